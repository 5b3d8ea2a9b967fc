/**
 * Brings what earlier recordings have left in the spool to the publisher: at start, when a run could not be
 * finished, and now and then, since people put files there too. One run at a time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "@rokuga/runtime/log.ts";
import type { Publisher } from "./publisher.ts";
import { type RecoveryOptions, readClosed, restoreRun } from "./recovery.ts";
import { listRuns, listSegments, type RunIdentity } from "./spool.ts";
import type { SpoolLedger } from "./spool_ledger.ts";

const RESCAN_MS = 60_000;
/** After a run could not be finished (the disk is full). */
const RETRY_MS = 5_000;
const PROGRESS_MS = 5_000;

export type RestorerOptions = Omit<RecoveryOptions, "log"> & {
  ledger: SpoolLedger;
  publisher: Publisher;
  isCurrent: (run: RunIdentity) => boolean;
  log: Log;
};

export class Restorer {
  readonly #options: RestorerOptions;
  #work: Promise<void> = Promise.resolve();
  #scanned = false;
  #hasFailed = false;

  constructor(options: RestorerOptions) {
    this.#options = options;
  }

  /** Whether all that was in the spool at start is known. */
  get scanned(): boolean {
    return this.#scanned;
  }

  /** Finishes a run that nobody records. Never rejects: one damaged run must not keep the others from being stored. */
  restore(run: RunIdentity): Promise<void> {
    this.#work = this.#work.then(() => this.#restore(run));
    return this.#work;
  }

  /** Goes through the whole spool once, then looks for what was added. Runs until the signal. */
  async keepRestoring(signal: AbortSignal): Promise<void> {
    await this.restoreAll(signal);
    while (!signal.aborted) {
      const pauseMs = this.#hasFailed ? RETRY_MS : RESCAN_MS;
      this.#hasFailed = false;
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.#rescan(signal);
    }
  }

  /** Goes through the whole spool. */
  async restoreAll(signal: AbortSignal): Promise<void> {
    const { spool, ledger, log } = this.#options;
    const startedMs = performance.now();
    let toldMs = startedMs;
    const runs = await listRuns(spool);
    for (const [index, run] of runs.entries()) {
      if (signal.aborted) return;
      await this.restore(run);
      if (performance.now() - toldMs < PROGRESS_MS) continue;
      toldMs = performance.now();
      log.info("looking through the spool", {
        runs: `${index + 1} of ${runs.length}`,
        segments: ledger.count,
      });
    }
    this.#scanned = true;
    const seconds = Number(((performance.now() - startedMs) / 1000).toFixed(1));
    log.info("the spool is known", { segments: ledger.count, bytes: ledger.bytes, seconds });
  }

  async #rescan(signal: AbortSignal): Promise<void> {
    const { spool, ledger, isCurrent, log } = this.#options;
    try {
      for (const run of await listRuns(spool)) {
        if (signal.aborted) return;
        if (isCurrent(run)) continue;
        const known = ledger.run(run)?.segments;
        const { closed, open } = await listSegments(spool, run);
        if (open.length > 0 || closed.some((sequence) => !known?.has(sequence))) await this.restore(run);
      }
    } catch (error) {
      log.warn("cannot look through the spool; trying again later", { error });
    }
  }

  async #restore(run: RunIdentity): Promise<void> {
    const { publisher, isCurrent, log } = this.#options;
    if (isCurrent(run)) return;
    try {
      const restored = await restoreRun(this.#options, run);
      if (!restored) return;
      publisher.restored(restored);
      if (restored.segments.length === 0) await publisher.runEnded(run);
      for (const split of restored.splits) await this.#restore(split);
    } catch (error) {
      this.#hasFailed = true;
      log.error("cannot finish what a run has left in the spool; trying again soon", { ...run, error });
      // What is closed can be stored all the same, or make room.
      publisher.restored(await readClosed(this.#options, run));
    }
  }
}
