/**
 * Keeps something running: when it ends by itself it is started again, after a pause that grows while it does not
 * last. The first start is the caller's to judge: its failure is thrown.
 */
import { setTimeout as delay } from "node:timers/promises";
import { errorChain } from "@rokuga/runtime/log.ts";
import { describeExit, type Running } from "./child.ts";

/** Pauses before the 1st, 2nd, … start in a row, ms; the last one repeats. */
const PAUSES_MS = [1_000, 2_000, 5_000, 10_000, 30_000] as const;
/** After so long a failure counts as the first again, ms. */
const LASTED_MS = 60_000;

export type KeepOptions<Details> = {
  name: string;
  /** Starts it; resolves when it works. */
  start: (signal: AbortSignal) => Promise<Running<Details>>;
  /** Told in one sentence of what happens. */
  report: (sentence: string) => void;
  /** Aborts when there is no time for a polite end. */
  force: AbortSignal;
  /** Aborts when everything stops: ends the first start too. */
  signal: AbortSignal;
  pausesMs?: readonly number[];
};

export type Kept<Details> = AsyncDisposable & { readonly details: Details; readonly pid: number | undefined };

/** Starts it, and from then on keeps it running until it is disposed of. Throws what the first start throws. */
export async function keepRunning<Details>(options: KeepOptions<Details>): Promise<Kept<Details>> {
  const stopping = new AbortController();
  const first = await options.start(options.signal);
  const state = { current: first as Running<Details> | undefined };
  const loop = watch(options, state, stopping.signal);
  return {
    details: first.details,
    get pid() {
      return state.current?.pid;
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await state.current?.stop(options.force);
      await loop;
    },
  };
}

async function watch<Details>(
  { name, start, report, pausesMs = PAUSES_MS }: KeepOptions<Details>,
  state: { current: Running<Details> | undefined },
  stopping: AbortSignal,
): Promise<void> {
  let failures = 0;
  let startedAt = performance.now();
  while (true) {
    if (state.current) {
      const exit = await state.current.exited;
      if (stopping.aborted) return;
      if (performance.now() - startedAt > LASTED_MS) failures = 0;
      const words = state.current.lastWords();
      state.current = undefined;
      report(`${name} ended by itself (${describeExit(exit)}${words ? `: ${words}` : ""})`);
    }
    const pauseMs = pausesMs[Math.min(failures++, pausesMs.length - 1)] ?? 0;
    report(`${name} starts again in ${pauseMs / 1000} s`);
    try {
      await delay(pauseMs, undefined, { signal: stopping });
      startedAt = performance.now();
      state.current = await start(stopping);
      report(`${name} works again`);
    } catch (error) {
      if (stopping.aborted) return;
      report(`${name} cannot be started: ${errorChain(error)}`);
    }
  }
}
