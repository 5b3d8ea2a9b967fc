/**
 * Hands closed segments and events to the queue. The spool has it all, so nothing is lost and nothing waits while
 * the queue is away; a queue that was wiped is filled again. Live segments are handed over as they are closed;
 * of the backlog never more than the queue can work off soon, oldest first. What is handed over, what came back by
 * being stored and what was lost on the way is one account, and so one class.
 */
import { rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { NewEvent } from "@rokuga/media/events.ts";
import type { Job, Lane } from "@rokuga/media/job.ts";
import type { Segment } from "@rokuga/media/segment.ts";
import { runDirectory, segmentPath } from "@rokuga/media/spool_layout.ts";
import type { Producer, QueueCounts } from "@rokuga/queue/producer.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import type { RestoredRun } from "./recovery.ts";
import type { Publish } from "./run_recorder.ts";
import {
  chunkOf,
  type IndexPlace,
  listOutbox,
  type RunIdentity,
  readRunFile,
  removeIndexChunk,
  writeToOutbox,
} from "./spool.ts";
import type { SpooledRun, SpooledSegment, SpoolLedger } from "./spool_ledger.ts";
import { jobsOf, spooledOf } from "./spooled_jobs.ts";

/** Jobs of the backlog in the queue: filled up to the most when there are fewer than the least. */
const MOST_QUEUED = 2_000;
const LEAST_QUEUED = 1_000;
/** Live segments that wait: with more of them the store does not keep up, and they are backlog like all others. */
const MOST_LIVE = 32;
const MOST_LIVE_PER_CAMERA = 4;
/** Pause between looks at the queue, ms: with a backlog, and without. */
const BUSY_MS = 250;
const IDLE_MS = 1_000;
/** How often it is looked for segments that are stored and gone, ms. */
const SWEEP_MS = 2_000;
/** A queue that has had fewer jobs than it was given for this long has lost some, ms: all is handed over again. */
const LOST_MS = 10_000;
/** Files looked at side by side. */
const LOOKS = 64;

export type QueueState = Record<Lane, QueueCounts>;

export type PublisherOptions = {
  spool: string;
  siteId: string;
  producer: Producer;
  ledger: SpoolLedger;
  /** Whether a run is being recorded right now. */
  isCurrent: (run: RunIdentity) => boolean;
  cameraCount: () => number;
  /** The queue was reached, for the first time or after it was away. */
  onReached: () => void;
  log: Log;
};

export class Publisher implements Publish {
  readonly #options: PublisherOptions;
  readonly #handing = new Set<Promise<void>>();
  #queue: QueueState | null = null;
  #away = false;
  #connections = 0;
  #sweptMs = Number.NEGATIVE_INFINITY;
  #missingSinceMs: number | undefined;
  #outboxDue = true;
  #wake = () => {};
  #lastToldMs = Number.NEGATIVE_INFINITY;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** How much is queued; null while the queue does not answer. */
  get queue(): QueueState | null {
    return this.#queue;
  }

  /** Monotonic time at which something was last handed to the queue, ms. */
  get lastToldMs(): number {
    return this.#lastToldMs;
  }

  async segment(closed: {
    segment: Segment;
    siteId: string;
    place: IndexPlace;
    closedAtMs: number;
  }): Promise<void> {
    const { segment, siteId, place, closedAtMs } = closed;
    const { ledger } = this.#options;
    const run = ledger.openRun(segment, { siteId, correctedByMs: 0 });
    const spooled = ledger.add(run, spooledOf(segment, place), { handed: this.#keepsUp });
    if (!spooled.handed) return this.#wake();
    const job: Job = { kind: "segment", siteId, segment, closedAtMs };
    // Not waited for: recording goes on while the queue is slow.
    this.#hand([job], "live", () => {
      spooled.handed = false;
    });
  }

  async events(events: readonly NewEvent[]): Promise<void> {
    if (events.length === 0) return;
    this.outboxWritten([await writeToOutbox(this.#options.spool, events)]);
  }

  /** All of a run was placed wrongly: what waits of it too. */
  runMoved(run: RunIdentity, byMs: number): void {
    const { ledger, siteId } = this.#options;
    ledger.openRun(run, { siteId, correctedByMs: 0 }).correctedByMs += byMs;
  }

  /** Hands over what lies in the outbox under these names. */
  outboxWritten(ids: readonly string[]): void {
    const { siteId } = this.#options;
    const jobs = ids.map((outboxId): Job => ({ kind: "events", siteId, outboxId }));
    this.#hand(jobs, "events", () => {
      this.#outboxDue = true;
    });
  }

  /** Takes in what an earlier recording has left. */
  restored({ run, segments, outbox }: RestoredRun): void {
    const { ledger } = this.#options;
    const spooled = ledger.openRun(run, run);
    for (const { segment, place } of segments) {
      ledger.add(spooled, spooledOf(segment, place), { handed: false });
    }
    this.outboxWritten(outbox);
    this.#wake();
  }

  /** Gives everything that failed, and all that is in the spool, to the queue again. */
  async replay(): Promise<{ failed: number; segments: number }> {
    const failed = await this.#options.producer.clearFailed();
    this.#handAllAgain();
    this.#wake();
    return { failed, segments: this.#options.ledger.count };
  }

  /** Resolves when everything that was being handed over is in the queue, or is known to have failed. */
  async settled(): Promise<void> {
    await Promise.all(this.#handing);
  }

  /** Keeps the queue filled from the spool, until the signal. */
  async keepPublishing(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const busy = await this.#look().catch((error) => {
        this.#noticeAway(error);
        return false;
      });
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      const either = AbortSignal.any([signal, woken.signal]);
      await sleep(busy ? BUSY_MS : IDLE_MS, undefined, { signal: either }).catch(() => undefined);
    }
  }

  #noticeAway(error: unknown): void {
    this.#queue = null;
    if (this.#away) return;
    this.#away = true;
    this.#options.log.warn("the queue is away; footage waits in the spool", { error });
  }

  get #keepsUp(): boolean {
    const most = Math.max(MOST_LIVE, MOST_LIVE_PER_CAMERA * this.#options.cameraCount());
    return this.#queue === null || this.#queue.live.waiting < most;
  }

  /** Resolves with whether there is more to do soon. */
  async #look(): Promise<boolean> {
    const { producer, ledger, onReached } = this.#options;
    this.#queue = await producer.counts();
    if (this.#away) this.#options.log.info("the queue is back");
    this.#away = false;
    const { connections } = producer;
    if (connections !== this.#connections) {
      // What was handed over through an earlier connection may be gone.
      if (connections > 1) this.#handAllAgain();
      this.#connections = connections;
      onReached();
    }
    await this.#handOutbox();
    const queued = this.#queue.backlog.waiting + this.#queue.backlog.active;
    if (queued < LEAST_QUEUED) await this.#handOldest(MOST_QUEUED - queued);
    if (performance.now() - this.#sweptMs >= SWEEP_MS) await this.#sweep();
    this.#noticeLosses(this.#queue);
    return ledger.oldest(1, (segment) => !segment.handed).length > 0 || queued > 0;
  }

  #handAllAgain(): void {
    for (const segment of this.#options.ledger.segments()) segment.handed = false;
    this.#outboxDue = true;
  }

  async #handOutbox(): Promise<void> {
    if (!this.#outboxDue) return;
    this.#outboxDue = false;
    this.outboxWritten(await listOutbox(this.#options.spool));
  }

  async #handOldest(most: number): Promise<void> {
    const { spool, ledger, producer } = this.#options;
    const oldest = ledger.oldest(most, (segment) => !segment.handed);
    if (oldest.length === 0) return;
    const jobs = await jobsOf(spool, oldest);
    for (const segment of oldest) segment.handed = true;
    await producer.add(jobs, { lane: "backlog" }).catch((error) => {
      for (const segment of oldest) segment.handed = false;
      throw error;
    });
    this.#lastToldMs = performance.now();
  }

  #hand(jobs: readonly Job[], lane: Lane, onFailure: () => void): void {
    if (jobs.length === 0) return;
    const { producer } = this.#options;
    const handing = producer
      .add(jobs, { lane })
      .then(() => {
        this.#lastToldMs = performance.now();
      })
      .catch((error) => {
        onFailure();
        this.#noticeAway(error);
      })
      .finally(() => this.#handing.delete(handing));
    this.#handing.add(handing);
  }

  /** Forgets segments that are stored: their files are gone. */
  async #sweep(): Promise<void> {
    const { spool, ledger } = this.#options;
    this.#sweptMs = performance.now();
    const handed = [...ledger.segments()].filter((segment) => segment.handed);
    const emptied = new Set<SpooledRun>();
    for (let from = 0; from < handed.length; from += LOOKS) {
      const looks = handed.slice(from, from + LOOKS).map(async (segment) => {
        const { run, sequence } = segment;
        if (await exists(segmentPath(spool, { ...run, sequence }))) return;
        await this.forget(segment);
        if (run.segments.size === 0) emptied.add(run);
      });
      await Promise.all(looks);
    }
    for (const run of emptied) await this.#removeIfDone(run);
  }

  /** Takes a segment off the books; its file is gone. */
  async forget(segment: SpooledSegment): Promise<void> {
    const { spool, ledger } = this.#options;
    const { run, sequence } = segment;
    ledger.remove(segment);
    const chunk = chunkOf(sequence);
    // The newest file of a run that goes on is being appended to.
    const isNewest = this.#options.isCurrent(run) && chunk === Math.max(...run.chunks.keys());
    if (run.chunks.get(chunk) === 0 && !isNewest) {
      run.chunks.delete(chunk);
      await removeIndexChunk(spool, run, chunk);
    }
  }

  /** A run's directory goes when the run has ended and all of it is stored. */
  async #removeIfDone(run: SpooledRun): Promise<void> {
    const { spool, ledger, isCurrent } = this.#options;
    if (isCurrent(run) || run.segments.size > 0) return;
    if (!(await readRunFile(spool, run))?.ended) return;
    await rm(runDirectory(spool, run), { recursive: true, force: true });
    ledger.closeRun(run);
  }

  /** The recorder of a run is done with it, and nothing is left over. */
  async runEnded(identity: RunIdentity): Promise<void> {
    const { ledger, siteId } = this.#options;
    await this.#removeIfDone(ledger.openRun(identity, { siteId, correctedByMs: 0 }));
  }

  /** Every segment that was handed over and is still here has its job, unless the queue has lost it. */
  #noticeLosses({ live, backlog, events }: QueueState): void {
    const jobs = [live, backlog].reduce((sum, lane) => sum + jobsIn(lane) + lane.failed, 0);
    let handed = 0;
    for (const segment of this.#options.ledger.segments()) handed += Number(segment.handed);
    const isIdle = jobsIn(live) + jobsIn(backlog) + jobsIn(events) === 0;
    if (handed <= jobs && !isIdle) {
      this.#missingSinceMs = undefined;
      return;
    }
    const nowMs = performance.now();
    this.#missingSinceMs ??= nowMs;
    if (nowMs - this.#missingSinceMs < LOST_MS) return;
    this.#missingSinceMs = undefined;
    this.#handAllAgain();
  }
}

const jobsIn = ({ waiting, active, delayed }: QueueCounts) => waiting + active + delayed;

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
