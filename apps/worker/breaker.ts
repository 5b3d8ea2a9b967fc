/**
 * A breaker for one destination (the store, or the event log). While the destination is away nothing is tried in
 * vain and no job uses up an attempt: all wait for one probe, which looks at that destination only, and go on by
 * themselves when it succeeds.
 *
 * An outage is over when real work has succeeded, not already when a probe has: a store that takes the probe's few
 * bytes and fails with a segment's megabytes is still away, and is asked less and less often.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Fields, Log } from "@rokuga/runtime/log.ts";
import { OutageError } from "./outage_error.ts";
import { problemOf } from "./problem.ts";

export type BreakerStatus = {
  /** Since when it cannot be reached, ms since the epoch; null while it can. */
  awaySinceMs: number | null;
  /** One sentence for a person: what is wrong; null while nothing is. */
  problem: string | null;
};

export type BreakerOptions = {
  /** "store", "event log" */
  destination: string;
  /** Resolves when the destination works. Rejects with {@link OutageError} while it is away, else with what a person must cure. */
  probe: (options: { signal: AbortSignal }) => Promise<void>;
  log: Log;
  /** Called when the status has changed. */
  onChange?: () => void;
  /** First and longest pause between probes, ms; they vary by up to a half. */
  firstMs?: number;
  longestMs?: number;
};

type Outage = {
  sinceMs: number;
  problem: string;
  /** Of the pause before the next probe, ms. */
  pauseMs: number;
  /** Pending while the destination is being probed; undefined once a probe has succeeded. */
  probing: Promise<void> | undefined;
  /** Whether a person was told that waiting will not help. */
  isReported: boolean;
};

export class Breaker implements AsyncDisposable {
  readonly #options: Required<BreakerOptions>;
  readonly #closing = new AbortController();
  #outage: Outage | undefined;
  #doubt: Promise<unknown> | undefined;
  #waiters = 0;

  constructor({ firstMs = 500, longestMs = 10_000, onChange = () => {}, ...options }: BreakerOptions) {
    this.#options = { ...options, firstMs, longestMs, onChange };
  }

  get status(): BreakerStatus {
    return { awaySinceMs: this.#outage?.sinceMs ?? null, problem: this.#outage?.problem ?? null };
  }

  /**
   * What `work` gives, once the destination works. `work` is done again after every outage that it met: it must
   * not matter how often. Rejects with any other error of `work`, unless the probe finds the destination itself at
   * fault (a password that was changed, a bucket that was deleted), and with the signal's reason.
   */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      await this.#untilReachable(signal);
      try {
        const result = await work();
        this.#worked();
        return result;
      } catch (error) {
        signal.throwIfAborted();
        const reason = error instanceof OutageError ? error : await this.#faultOfDestination();
        signal.throwIfAborted();
        if (reason === undefined) throw error;
        this.isAway(reason);
      }
    }
  }

  /** Makes it wait from now on: `error` was met. */
  isAway(error: unknown): void {
    if (this.#outage?.probing || this.#closing.signal.aborted) return;
    if (!this.#outage) {
      const { destination, firstMs } = this.#options;
      const problem = problemOf(destination, error);
      this.#outage = {
        sinceMs: Date.now(),
        problem,
        pauseMs: firstMs,
        probing: undefined,
        isReported: false,
      };
      if (error instanceof OutageError)
        this.#log("warn", "a destination is away; footage waits in the spool", { error });
      else this.#report(this.#outage, error);
      this.#options.onChange();
    }
    this.#outage.probing = this.#probe(this.#outage);
  }

  /** Ends the probing. Whoever waits is to be stopped by its own signal before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#outage?.probing;
  }

  async #untilReachable(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const probing = this.#outage?.probing;
    if (!probing) return;
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    this.#waiters++;
    try {
      await Promise.race([probing, stopped]);
    } finally {
      this.#waiters--;
      signal.removeEventListener("abort", stop);
    }
    this.#closing.signal.throwIfAborted();
  }

  /** Resolves when a probe has succeeded, or when the breaker is disposed of. */
  async #probe(outage: Outage): Promise<void> {
    const { signal } = this.#closing;
    const { probe, longestMs } = this.#options;
    while (!signal.aborted) {
      const pauseMs = outage.pauseMs * (0.5 + Math.random() / 2);
      outage.pauseMs = Math.min(longestMs, outage.pauseMs * 2);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      try {
        await probe({ signal });
        break;
      } catch (error) {
        if (!signal.aborted) this.#stillAway(outage, error);
      }
    }
    outage.probing = undefined;
    // Whoever waits tries for real. When nobody does, the probe must do.
    if (this.#waiters === 0 && !signal.aborted) this.#worked();
  }

  #stillAway(outage: Outage, error: unknown): void {
    const problem = problemOf(this.#options.destination, error);
    if (!(error instanceof OutageError)) this.#report(outage, error);
    if (problem === outage.problem) return;
    outage.problem = problem;
    this.#options.onChange();
  }

  #report(outage: Outage, error: unknown): void {
    if (outage.isReported) return;
    outage.isReported = true;
    this.#log("error", "a destination refuses; recording goes on, and a person must act", { error });
  }

  /** After an error that is no outage: what is wrong with the destination, or undefined when it works. */
  #faultOfDestination(): Promise<unknown> {
    this.#doubt ??= this.#options
      .probe({ signal: this.#closing.signal })
      .then(
        () => undefined,
        (error: unknown) => error,
      )
      .finally(() => {
        this.#doubt = undefined;
      });
    return this.#doubt;
  }

  #worked(): void {
    const outage = this.#outage;
    // What was begun before the outage says nothing about it.
    if (!outage || outage.probing) return;
    this.#outage = undefined;
    const seconds = Math.round((Date.now() - outage.sinceMs) / 1000);
    this.#log("info", "a destination works again", { seconds });
    this.#options.onChange();
  }

  #log(level: "info" | "warn" | "error", message: string, fields: Fields): void {
    this.#options.log[level](message, { destination: this.#options.destination, ...fields });
  }
}
