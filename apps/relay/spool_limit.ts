/**
 * Keeps the spool within its limits: by its own size and by the disk's free space. When one is reached the oldest
 * segments go first, each told as `SegmentLost` with `spool-overflow` before its file is deleted. Recording never
 * stops because the disk is full of the past.
 */
import { rm, statfs } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { placeInChain } from "@rokuga/media/chain.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import type { Segment } from "@rokuga/media/segment.ts";
import { segmentPath } from "@rokuga/media/spool_layout.ts";
import { atMostEvery } from "@rokuga/runtime/abort.ts";
import { formatBytes } from "@rokuga/runtime/bytes.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import { trimQuarantine } from "./quarantine.ts";
import { lossEvent } from "./run_events.ts";
import type { SpooledSegment, SpoolLedger } from "./spool_ledger.ts";
import { describe } from "./spooled_jobs.ts";

export type SpoolLimits = {
  /** Most bytes of segments in the spool; undefined: no limit. */
  bytes: number | undefined;
  /** Free bytes that the disk is to keep; undefined: 5 % of it, and at most {@link MOST_RESERVED}. */
  freeBytes: number | undefined;
};

/** 2 GiB. */
const MOST_RESERVED = 2 * 2 ** 30;
/** With less than this a few cameras cannot begin. 16 MiB. */
const FULL_BYTES = 16 * 2 ** 20;
/** What is evicted beyond what is needed, so that it is not done anew with every segment. */
const SLACK = 0.05;
/** The newest segments of a camera stay: they may be on their way to the store. */
const KEPT_PER_CAMERA = 3;
const CHECK_MS = 1_000;
/** What may lie in quarantine while there is room, bytes, and how often that is looked at, ms. */
const MOST_QUARANTINED = 10 ** 9;
const TRIM_MS = 600_000;
/** Segments that are told of and deleted at a time. */
const BATCH = 200;

export type SpoolSpace = { freeBytes: number; sizeBytes: number; reservedBytes: number };

export type SpoolLimitOptions = {
  spool: string;
  ledger: SpoolLedger;
  limits: SpoolLimits;
  publish: {
    events(events: readonly NewEvent[]): Promise<void>;
    forget(segment: SpooledSegment): Promise<void>;
  };
  nowMs: () => number;
  log: Log;
};

export class SpoolLimit {
  readonly #options: SpoolLimitOptions;
  #evicted = { segments: 0, bytes: 0 };
  #space: SpoolSpace | undefined;
  #trimmedMs = Number.NEGATIVE_INFINITY;
  /** Losses that could not be written down yet. */
  #untold: NewEvent[] = [];
  readonly #warnFull: (reservedBytes: number) => void;

  constructor(options: SpoolLimitOptions) {
    this.#options = options;
    this.#warnFull = atMostEvery(60_000, (reservedBytes) =>
      options.log.error(
        "the disk of the spool is nearly full, and not of footage that waits: free some space, or recording may stop",
        { wantedFree: formatBytes(reservedBytes) },
      ),
    );
  }

  /** Evicted since the relay's start. */
  get evicted(): { segments: number; bytes: number } {
    return this.#evicted;
  }

  /** Of the disk, when it was last looked at. */
  get space(): SpoolSpace | undefined {
    return this.#space;
  }

  /** Whether the disk is so full that nothing can be recorded. */
  async isFull(): Promise<boolean> {
    const { freeBytes, reservedBytes } = await this.#lookAtDisk();
    return freeBytes < Math.min(reservedBytes, FULL_BYTES);
  }

  async keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.enforce().catch((error) =>
        this.#options.log.error("cannot keep the spool within its limits", { error }),
      );
      await sleep(CHECK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Evicts what exceeds the limits. Resolves with how many segments that were. */
  async enforce(): Promise<number> {
    const { ledger, limits } = this.#options;
    this.#space = await this.#lookAtDisk();
    const { freeBytes, reservedBytes } = this.#space;
    const tooMany = ledger.bytes - (limits.bytes ?? Number.POSITIVE_INFINITY);
    const tooFull = reservedBytes - freeBytes;
    await this.#tell();
    await this.#trimQuarantine(tooFull);
    if (tooMany <= 0 && tooFull <= 0) return 0;
    const [excess, limit, detail] =
      tooMany >= tooFull
        ? [tooMany, limits.bytes!, `the spool had reached its limit of ${formatBytes(limits.bytes!)}`]
        : [tooFull, reservedBytes, `the disk of the spool had less than ${formatBytes(reservedBytes)} left`];
    const victims = this.#victims(excess + limit * SLACK);
    const bytes = victims.reduce((sum, segment) => sum + segment.bytes, 0);
    if (bytes < excess && tooFull > 0) this.#warnFull(reservedBytes);
    for (let from = 0; from < victims.length; from += BATCH) {
      await this.#evict(victims.slice(from, from + BATCH), detail);
    }
    return victims.length;
  }

  /** What cannot be played goes before what can. */
  async #trimQuarantine(tooFull: number): Promise<void> {
    if (tooFull > 0) await trimQuarantine(this.#options.spool, 0);
    else if (performance.now() - this.#trimmedMs >= TRIM_MS) {
      this.#trimmedMs = performance.now();
      await trimQuarantine(this.#options.spool, MOST_QUARANTINED);
    }
  }

  async #lookAtDisk(): Promise<SpoolSpace> {
    const { bsize, blocks, bavail } = await statfs(this.#options.spool);
    const sizeBytes = bsize * blocks;
    const reservedBytes = this.#options.limits.freeBytes ?? Math.min(MOST_RESERVED, sizeBytes * 0.05);
    return { freeBytes: bsize * bavail, sizeBytes, reservedBytes };
  }

  /** The oldest segments that make up so many bytes, without the newest ones of each camera. */
  #victims(bytes: number): SpooledSegment[] {
    const { ledger } = this.#options;
    const kept = new Set<SpooledSegment>();
    for (const segments of Map.groupBy(ledger.segments(), ({ run }) => run.cameraId).values()) {
      const newest = segments.sort((a, b) => b.startMs - a.startMs).slice(0, KEPT_PER_CAMERA);
      for (const segment of newest) kept.add(segment);
    }
    let sum = 0;
    const victims: SpooledSegment[] = [];
    for (const segment of ledger.oldest(ledger.count, (candidate) => !kept.has(candidate))) {
      if (sum >= bytes) break;
      sum += segment.bytes;
      victims.push(segment);
    }
    return victims;
  }

  /** Resolves with false when the disk has no room for it. */
  async #tell(): Promise<boolean> {
    if (this.#untold.length === 0) return true;
    try {
      await this.#options.publish.events(this.#untold);
      this.#untold = [];
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      return false;
    }
  }

  /** What cannot be read keeps nothing from going: its loss is told without its place in the chain. */
  async #describe(victims: readonly SpooledSegment[]): Promise<Map<SpooledSegment, Segment>> {
    const { spool, log } = this.#options;
    return await describe(spool, victims).catch((error) => {
      log.warn("cannot read what is dropped from the spool in its index", { error });
      return new Map();
    });
  }

  async #evict(victims: readonly SpooledSegment[], detail: string): Promise<void> {
    const { spool, publish, nowMs, log } = this.#options;
    const described = await this.#describe(victims);
    const events = victims.map((segment) => {
      const { run, sequence, startMs, endMs, bytes } = segment;
      const { cameraId, runId } = run;
      const span = { startMs, wallDurationMs: Math.max(0, endMs - startMs) };
      const place = placeInChain(described.get(segment) ?? {});
      return lossEvent(
        { cameraId, runId, sequence, ...span, bytes, cause: "spool-overflow", detail, ...place },
        nowMs(),
      );
    });
    const remove = async (segment: SpooledSegment) => {
      await rm(segmentPath(spool, { ...segment.run, sequence: segment.sequence }), { force: true });
      await publish.forget(segment);
    };
    this.#untold.push(...events);
    for (const segment of victims) {
      if (await this.#tell()) break;
      // Not even room to say so: a file has to go first. If the relay dies right now, its time is told as deleted.
      await remove(segment);
    }
    await this.#tell();
    for (const segment of victims) await remove(segment);
    this.#evicted.segments += victims.length;
    this.#evicted.bytes += victims.reduce((sum, { bytes }) => sum + bytes, 0);
    log.error("footage was dropped: the spool is full", { segments: victims.length, why: detail });
  }
}
