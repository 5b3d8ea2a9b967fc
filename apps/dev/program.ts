/**
 * Connects the launcher to its process: arguments, signals, the terminal, the exit code. Nothing that was started
 * survives it.
 */
import { appendFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { SettingError } from "@rokuga/runtime/environment.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import { findLinks, watchLinks } from "./ancestors.ts";
import { CannotStart } from "./cannot_start.ts";
import { readSettings } from "./env.ts";
import { type LaunchOptions, launch } from "./launch.ts";
import { createReport } from "./report.ts";
import { noSpace, shortPath } from "./state_directory.ts";

/** A terminal's Ctrl-C can arrive twice, once from the terminal and once passed on by npx: that is one, ms. */
const SAME_PRESS_MS = 1_000;
/** All together may take so long to stop; then it is forced, and at last the program just ends, ms. */
const STOP_LIMIT_MS = 60_000;
const FORCED_LIMIT_MS = 15_000;

/** Runs the launcher for this process. Resolves with the exit code: 0 after an orderly stop, 1 otherwise. */
export async function run(injected: Pick<LaunchOptions, "entries" | "build"> = {}): Promise<number> {
  const root = resolve(import.meta.dirname, "../..");
  const report = createReport({ output: process.stdout, errors: process.stderr });
  const { stop, force, failure } = listen(report.note);
  let home = root;
  try {
    const settings = readSettings(process.env, process.argv.slice(2), root);
    home = settings.home;
    await launch({ ...injected, settings, report, signal: stop.signal, force: force.signal });
  } catch (error) {
    if (!stop.signal.aborted) {
      report.endProgress();
      report.problem(`\n${explain(error, home)}`);
      return 1;
    }
  }
  report.endProgress();
  const error = failure();
  if (error !== undefined) {
    report.problem(explain(error, home));
    return 1;
  }
  report.note(`Stopped. What was recorded is kept in ${shortPath(root, home)}.`);
  return force.signal.aborted ? 1 : 0;
}

/** Turns signals, the end of whoever started us, and mistakes of our own into "stop" and "stop now". */
function listen(note: (text: string) => void) {
  const stop = new AbortController();
  const force = new AbortController();
  let stoppingSince = Number.POSITIVE_INFINITY;
  let failed: unknown;
  const begin = (why: string) => {
    if (stop.signal.aborted) return;
    stoppingSince = performance.now();
    note(`\nStopping (${why}); Ctrl-C again to force`);
    stop.abort(new Error(why));
    setTimeout(() => hurry("it takes too long"), STOP_LIMIT_MS).unref();
  };
  const hurry = (why: string) => {
    if (force.signal.aborted) return;
    note(`Stopping now (${why})`);
    force.abort(new Error(why));
    setTimeout(() => process.exit(1), FORCED_LIMIT_MS).unref();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      const again = performance.now() - stoppingSince > SAME_PRESS_MS;
      // A closed terminal is no hurry.
      if (again && name !== "SIGHUP") hurry(name);
      else begin(name === "SIGINT" ? "Ctrl-C" : name);
    });
  }
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      failed ??= error;
      begin("an error of its own");
    });
  }
  const onGone = ({ command }: { command: string[] }) => begin(`${command.slice(0, 3).join(" ")} has ended`);
  watchLinks(findLinks(), { signal: stop.signal, onGone });
  return { stop, force, failure: () => failed };
}

/** A sentence for what was thrown. What is a mistake of this program goes to a file with its stack. */
function explain(error: unknown, home: string): string {
  if (error instanceof CannotStart || error instanceof SettingError) return error.message;
  if (error instanceof Error && "code" in error && error.code === "ENOSPC") return noSpace(home).message;
  const path = join(home, "logs", "dev.log");
  const stack = error instanceof Error ? error.stack : String(error);
  try {
    appendFileSync(path, `${new Date().toISOString()} ${stack}\n`, { mode: 0o600 });
  } catch (cause) {
    return `Rokuga stopped by a mistake of its own: ${errorChain(error)} (its details could not be written: ${errorChain(cause)})`;
  }
  return `Rokuga stopped by a mistake of its own: ${errorChain(error)}. Please report it with ${path}`;
}
