/**
 * Builds the page for production before the web starts. turbo knows whether its sources have changed since the
 * last build; when not, this takes a second. Nothing is sent anywhere.
 */
import { join } from "node:path";
import { type Guard, spawnGuarded } from "@rokuga/runtime/guard.ts";
import { CannotStart } from "./cannot_start.ts";
import { describeExit, exitOf, type StopStep, stopChild } from "./child.ts";
import { findExecutable } from "./executable.ts";
import { type LogFile, lastLines } from "./log_file.ts";

const STOP: readonly StopStep[] = [{ signal: "SIGTERM", waitMs: 3_000, forcedWaitMs: 0 }];
const LIMIT_MS = 15 * 60_000;
const SHOWN_LINES = 15;

export type BuildOptions = {
  root: string;
  environment: NodeJS.ProcessEnv;
  guard: Guard;
  log: LogFile;
  signal: AbortSignal;
  /** What to run; by default what {@link buildCommand} says. */
  command?: BuildCommand;
};

export type BuildCommand = { command: string; args: string[]; cwd: string };

/** turbo starts the build through pnpm. Where there is no pnpm to be found, Next is asked directly, without a cache. */
export function buildCommand(root: string, path: string | undefined): BuildCommand {
  const bin = (directory: string, name: string) => join(directory, "node_modules", ".bin", name);
  if (findExecutable("pnpm", path) === undefined) {
    const cwd = join(root, "apps", "web");
    return { command: bin(cwd, "next"), args: ["build"], cwd };
  }
  const args = [
    "run",
    "build",
    "--filter=@rokuga/web",
    "--ui=stream",
    "--output-logs=new-only",
    "--log-prefix=none",
    "--no-color",
  ];
  return { command: bin(root, "turbo"), args, cwd: root };
}

/** Builds the page. Throws {@link CannotStart} with the end of the build's output when it fails. */
export async function buildPage({
  root,
  environment,
  guard,
  log,
  signal,
  ...rest
}: BuildOptions): Promise<void> {
  const { command, args, cwd } = rest.command ?? buildCommand(root, environment.PATH);
  signal.throwIfAborted();
  const child = spawnGuarded(guard, command, args, {
    cwd,
    env: buildEnvironment(environment),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = exitOf(child);
  const recent = lastLines(SHOWN_LINES);
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) log.follow(stream, (line) => line.trim() !== "" && recent.add(line));
  }
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  const cut = new Promise<"cut">((resolve) =>
    limit.addEventListener("abort", () => resolve("cut"), { once: true }),
  );
  const outcome = await Promise.race([exited, cut]);
  if (outcome === "cut") await stopChild(child, { exited, steps: STOP, force: new AbortController().signal });
  signal.throwIfAborted();
  if (outcome !== "cut" && outcome.code === 0) return;
  const why = outcome === "cut" ? `not done after ${LIMIT_MS / 60_000} minutes` : describeExit(outcome);
  throw new CannotStart(
    `Cannot build the page (${why}). The end of what the build said, all of it in ${log.path}:\n\n` +
      recent
        .list()
        .map((line) => `  ${line}`)
        .join("\n"),
  );
}

/** What a build may know: no address, no credential. */
function buildEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const wanted =
    /^(PATH|HOME|LANG|LC_ALL|TZ|TMPDIR|CI|NODE_EXTRA_CA_CERTS|PNPM_HOME|XDG_\w+|npm_config_\w+)$/;
  const passed = Object.fromEntries(Object.entries(environment).filter(([name]) => wanted.test(name)));
  return {
    ...passed,
    NODE_ENV: "production",
    TURBO_TELEMETRY_DISABLED: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
    NEXT_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
  };
}
