/**
 * Starts one part (relay, worker, web) as a Node process with an IPC channel, and waits for what `runMain` sends:
 * `{ ready: true, … }` when it works, `{ failed: "sentence" }` before it exits. When this launcher dies the channel
 * closes and the part stops by itself; the guard makes sure.
 */
import { join } from "node:path";
import { type Guard, spawnGuarded } from "@rokuga/runtime/guard.ts";
import { z } from "zod";
import { CannotStart } from "./cannot_start.ts";
import { describeExit, exitOf, type Running, type StopStep, stopChild } from "./child.ts";
import { type LogFile, lastLines } from "./log_file.ts";
import { lastComplaint, limitRepeats, readLine, type ShownLine } from "./part_lines.ts";

export type PartName = "relay" | "worker" | "web";
export type PartDetails = Record<string, unknown>;

/** A part ends itself after 15 s (`runMain`); what is left a second later is stuck. */
const STOP: readonly StopStep[] = [{ signal: "SIGTERM", waitMs: 16_000, forcedWaitMs: 0 }];
const READY_MS = 90_000;
/** The same warning is shown once in so long, ms. */
const REPEAT_MS = 300_000;

const Message = z.union([z.looseObject({ ready: z.literal(true) }), z.object({ failed: z.string() })]);

export type PartOptions = {
  name: PartName;
  /** Path of its main module. */
  entry: string;
  environment: NodeJS.ProcessEnv;
  /** The repository: its working directory. */
  root: string;
  guard: Guard;
  log: LogFile;
  /** Warnings and errors of its log. */
  onLine: (line: ShownLine) => void;
  signal: AbortSignal;
  readyMs?: number;
};

/** Starts a part and resolves when it works. Throws {@link CannotStart} with its own sentence when it does not. */
export async function startPart(options: PartOptions): Promise<Running<PartDetails>> {
  const { name, log, signal, readyMs = READY_MS } = options;
  signal.throwIfAborted();
  const child = spawnGuarded(options.guard, process.execPath, [options.entry], {
    cwd: options.root,
    env: options.environment,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const exited = exitOf(child);
  const shows = limitRepeats(REPEAT_MS, () => performance.now());
  const recent = lastLines();
  let failed = "";
  const follow = (line: string) => {
    recent.add(line);
    const shown = readLine(line);
    // What it says with `failed` is told once, by whoever waits for it.
    if (shown && !shown.text.startsWith("ended by an error") && shows(shown)) options.onLine(shown);
  };
  if (child.stdout) log.follow(child.stdout, follow);
  if (child.stderr) log.follow(child.stderr, follow);
  const lastWords = () => failed || lastComplaint(recent.list());
  const stop = (force: AbortSignal) => stopChild(child, { exited, steps: STOP, force });

  const ready = new Promise<PartDetails>((resolve) => {
    child.on("message", (message) => {
      const read = Message.safeParse(message).data;
      if (!read) return;
      if ("failed" in read && typeof read.failed === "string") failed = read.failed;
      else resolve(read);
    });
  });
  const early = exited.then((exit) => {
    throw new CannotStart(
      `The ${name} cannot start: ${lastWords() || describeExit(exit)}. Its log is ${log.path}`,
    );
  });
  try {
    const details = await withLimit(Promise.race([ready, early]), { name, log, readyMs, signal });
    return { pid: child.pid!, details, exited, lastWords, stop };
  } catch (error) {
    await stop(AbortSignal.abort());
    throw error;
  } finally {
    early.catch(() => {
      // From here on its end is reported through `exited`.
    });
  }
}

function withLimit<T>(
  work: Promise<T>,
  { name, log, readyMs, signal }: { name: string; log: LogFile; readyMs: number; signal: AbortSignal },
): Promise<T> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(readyMs)]);
  return new Promise((resolve, reject) => {
    const cut = () =>
      reject(
        signal.aborted
          ? signal.reason
          : new CannotStart(
              `The ${name} did not become ready within ${readyMs / 1000} s. Its log is ${log.path}`,
            ),
      );
    limit.addEventListener("abort", cut, { once: true });
    work.then(resolve, reject).finally(() => limit.removeEventListener("abort", cut));
  });
}

/** Path of a part's main module in the repository. */
export function partEntry(root: string, name: PartName): string {
  return join(root, "apps", name, "main.ts");
}
