/**
 * Waiting for an outage to end. When a store or the event log is away, jobs burn no attempts: the first one to
 * notice starts a probe, all others wait for the same probe, and they go on by themselves when it succeeds.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "@rokuga/runtime/log.ts";

/** Something that is needed is away; it will come back. */
export class OutageError extends Error {
  override name = "OutageError";
}

export type OutageOptions = {
  /** Resolves when all that is needed can be reached. */
  probe: (options: { signal: AbortSignal }) => Promise<void>;
  log: Log;
  /** First and longest pause between probes, ms. */
  firstMs?: number;
  longestMs?: number;
};

export class Outage {
  readonly #options: Required<OutageOptions>;
  #over: Promise<void> | undefined;

  constructor({ firstMs = 500, longestMs = 10_000, ...options }: OutageOptions) {
    this.#options = { ...options, firstMs, longestMs };
  }

  /** Resolves when the probe succeeds. Rejects when the signal aborts. */
  waitUntilOver(error: OutageError, signal: AbortSignal): Promise<void> {
    this.#over ??= this.#probeUntilOver(error, signal).finally(() => {
      this.#over = undefined;
    });
    return this.#over;
  }

  async #probeUntilOver(error: OutageError, signal: AbortSignal): Promise<void> {
    const { probe, log, firstMs, longestMs } = this.#options;
    log.warn("storing pauses until the outage is over; footage waits in the spool", { error });
    const startedMs = performance.now();
    for (let pauseMs = firstMs; ; pauseMs = Math.min(longestMs, pauseMs * 2)) {
      await sleep(pauseMs, undefined, { signal });
      try {
        await probe({ signal });
        log.info("the outage is over", { seconds: Math.round((performance.now() - startedMs) / 1000) });
        return;
      } catch (cause) {
        signal.throwIfAborted();
        log.info("still away", { error: cause });
      }
    }
  }
}
