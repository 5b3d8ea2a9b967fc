/**
 * A child process as the launcher sees it: how it ended is data, stopping it is a list of ever ruder steps. What
 * the process is (a part, PostgreSQL, Redis) is known elsewhere.
 */
import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { signalGroup } from "@rokuga/runtime/guard.ts";

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

/** Something that was started and works. */
export type Running<Details = unknown> = {
  readonly pid: number;
  /** What it said of itself. */
  readonly details: Details;
  /** Resolves when it has ended, for whatever reason. */
  readonly exited: Promise<Exit>;
  /** Why it ended, in words, as far as is known: empty while it runs. */
  lastWords(): string;
  /** Ends it and resolves when it is gone. When `force` aborts, it is no longer waited for politely. */
  stop(force: AbortSignal): Promise<void>;
};

/** One step of stopping: a signal, and how long it is given, ms. */
export type StopStep = {
  signal: NodeJS.Signals;
  waitMs: number;
  /** How long once force was asked for. */
  forcedWaitMs: number;
};

/** How long output may lag behind the exit: a grandchild may hold the pipe open. */
const OUTPUT_LAG_MS = 250;

/** Resolves when the process has ended and its output has been read. Rejects when it could not be started. */
export function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
    child.once("exit", (code, signal) => setTimeout(() => resolve({ code, signal }), OUTPUT_LAG_MS));
  });
}

/** `exit code 1`, `SIGKILL`. */
export function describeExit({ code, signal }: Exit): string {
  return signal ?? `exit code ${code}`;
}

/** Goes through the steps until the process has ended; at last the whole process group gets SIGKILL. */
export async function stopChild(
  child: ChildProcess,
  { exited, steps, force }: { exited: Promise<Exit>; steps: readonly StopStep[]; force: AbortSignal },
): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  for (const { signal, waitMs, forcedWaitMs } of steps) {
    if (hasEnded()) break;
    child.kill(signal);
    await waitAtMost(exited, waitMs, force);
    if (force.aborted) await waitAtMost(exited, forcedWaitMs);
  }
  // What is left of the group as well, such as a build's workers.
  signalGroup(pid, "SIGKILL");
  await waitAtMost(exited, 5_000);
}

/** Resolves when `exited` has, after `limitMs`, or when `cut` aborts. */
async function waitAtMost(exited: Promise<Exit>, limitMs: number, cut?: AbortSignal): Promise<void> {
  const done = new AbortController();
  const limits = cut ? AbortSignal.any([done.signal, cut]) : done.signal;
  const limit = delay(limitMs, undefined, { signal: limits }).catch(() => {
    // Cut short: by the exit, or because force was asked for.
  });
  await Promise.race([exited, limit]);
  done.abort();
}
