/**
 * Finishes what a run has left in the spool when its recorder could not: the relay died, or the disk was full.
 * Segments that were not closed are cut at their last whole frame, placed after the ones before, and closed; the
 * run is ended. The spool describes itself: no queue and no database is asked.
 */
import { createHash } from "node:crypto";
import { readFile, rm, stat, truncate } from "node:fs/promises";
import { linkOfSegment } from "@rokuga/media/chain.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { runIdStartMs, type SegmentId } from "@rokuga/media/ids.ts";
import { type Segment, TICKS_PER_MS } from "@rokuga/media/segment.ts";
import { type ParseResult, SegmentParser } from "@rokuga/media/segment_parser.ts";
import { openSegmentPath, runDirectory, segmentPath } from "@rokuga/media/spool_layout.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import type { ChainHeads } from "./chain_heads.ts";
import { endEvent, lossEvent, startEvent } from "./run_events.ts";
import { endOf, follows, place } from "./segment_place.ts";
import { splitRun } from "./split_run.ts";
import {
  appendToIndex,
  type IndexedSegment,
  listSegments,
  moveToClosed,
  quarantine,
  type RunFile,
  type RunIdentity,
  readIndex,
  readRunFile,
  writeRunFile,
  writeToOutbox,
} from "./spool.ts";

export type RecoveryOptions = {
  spool: string;
  siteId: string;
  chain: ChainHeads;
  nowMs: () => number;
  log: Log;
};

/** What a finished run holds. */
export type RestoredRun = {
  run: RunFile;
  /** Closed segments whose files are there, ascending. */
  segments: IndexedSegment[];
  /** Names of what was written to the outbox. */
  outbox: string[];
  /** Runs that were split off, to be restored too. */
  splits: RunIdentity[];
};

/** Finishes a run that nobody records. Resolves with undefined when there is nothing of it, and takes its directory away. */
export async function restoreRun(
  options: RecoveryOptions,
  identity: RunIdentity,
): Promise<RestoredRun | undefined> {
  const { spool, chain } = options;
  // Before the run's index may go: it is what is asked where the head of the chain is behind.
  await chain.head(identity.cameraId);
  const { closed, open } = await listSegments(spool, identity);
  const known = await readRunFile(spool, identity);
  if (closed.length === 0 && open.length === 0 && (known?.ended || known?.startMs === undefined)) {
    await rm(runDirectory(spool, identity), { recursive: true, force: true });
    return undefined;
  }
  const index = closed.length > 0 || open.length > 0 ? await readIndex(spool, identity) : new Map();
  await chain.found(identity.cameraId, segmentsOf(index));
  const work = new Restoration(options, known ?? describe(options.siteId, identity), index);
  const unfinished = [...open, ...closed.filter((sequence) => !index.has(sequence))].sort((a, b) => a - b);
  const last = Math.max(-1, ...closed, ...open);
  for (const sequence of unfinished) {
    await work.finish({ sequence, isOpen: open.includes(sequence), isLast: sequence === last });
  }
  await work.end();
  return await work.result();
}

/** What is closed of a run and listed, without finishing the rest: for when that cannot be done now. */
export async function readClosed(options: RecoveryOptions, identity: RunIdentity): Promise<RestoredRun> {
  const { spool, siteId } = options;
  const { closed } = await listSegments(spool, identity);
  const index = await readIndex(spool, identity);
  const run = (await readRunFile(spool, identity)) ?? describe(siteId, identity);
  const segments = closed.map((sequence) => index.get(sequence)).filter((found) => found !== undefined);
  return { run, segments, outbox: [], splits: [] };
}

const segmentsOf = (index: ReadonlyMap<number, IndexedSegment>) =>
  [...index.values()].map(({ segment }) => segment);

/** A run whose `run.json` is lost or was never written. */
const describe = (siteId: string, identity: RunIdentity): RunFile => ({
  version: 1,
  siteId,
  ...identity,
  clock: "unknown",
  clockSteps: [],
  correctedByMs: 0,
});

/** A segment that cannot be played: where it lies, when it was last written, what is wrong. */
type Loss = { id: SegmentId; path: string; writtenMs: number; bytes: number; reason: string };

/** What a lost file may at most have held, ms: its time of writing may mean nothing. */
const LONGEST_LOSS_MS = 3_600_000;

type Unfinished = { sequence: number; isOpen: boolean; isLast: boolean };

class Restoration {
  readonly #options: RecoveryOptions;
  readonly #run: RunFile;
  /** The run as `run.json` has it. */
  readonly #onDisk: string;
  readonly #index: Map<number, IndexedSegment>;
  readonly #events: NewEvent[] = [];
  readonly #outbox: string[] = [];
  readonly #splits: RunIdentity[] = [];
  readonly #losses: Loss[] = [];

  constructor(options: RecoveryOptions, run: RunFile, index: Map<number, IndexedSegment>) {
    this.#options = options;
    this.#run = run;
    this.#onDisk = JSON.stringify(run);
    this.#index = index;
  }

  async finish({ sequence, isOpen, isLast }: Unfinished): Promise<void> {
    const { spool } = this.#options;
    const id = { cameraId: this.#run.cameraId, runId: this.#run.runId, sequence };
    const path = isOpen ? openSegmentPath(spool, id) : segmentPath(spool, id);
    // It was listed, and the relay died before it moved the file.
    if (isOpen && this.#index.has(sequence)) return await moveToClosed(spool, id);
    const bytes = await readFile(path);
    if (bytes.length === 0 && isOpen && isLast) {
      // FFmpeg had opened it and written nothing: there was nothing to lose.
      await rm(path, { force: true });
      return;
    }
    // Only the last file can have been cut off: FFmpeg ends one before it begins the next.
    const { keepBytes, result, isBeginning } = parse(bytes, { isLast });
    if (!result.ok && isOpen && isLast && isBeginning) {
      // Not even its first picture was whole: the run ended before it.
      await rm(path, { force: true });
      return;
    }
    if (!result.ok) {
      return await this.#lose(id, { path, size: bytes.length, reason: result.reason });
    }
    await this.#place(id, { path, isOpen, size: bytes.length, keepBytes, result });
  }

  async #lose(
    id: SegmentId,
    { path, size, reason }: { path: string; size: number; reason: string },
  ): Promise<void> {
    const { mtimeMs: writtenMs } = await stat(path);
    this.#losses.push({ id, path, writtenMs, bytes: size, reason });
  }

  async #place(
    id: SegmentId,
    file: {
      path: string;
      isOpen: boolean;
      size: number;
      keepBytes: number;
      result: ParseResult & { ok: true };
    },
  ): Promise<void> {
    const { spool, chain } = this.#options;
    const { path, isOpen, size, keepBytes, result } = file;
    const before = this.#before(id.sequence);
    const parts = before && !follows(before, { sequence: id.sequence, ...result.segment });
    if (parts && isOpen) {
      const split = { from: this.#run, id, atByte: 0, startMs: endOf(before) };
      this.#splits.push(await splitRun(spool, split));
      return;
    }
    if (parts) {
      const reason = "It does not continue the run that it lies in: its time stamps or its video are others.";
      await this.#lose(id, { path, size, reason });
      return;
    }
    const startMs = before
      ? undefined
      : (this.#run.startMs ?? (await this.#estimateStart(path, result.segment)));
    const placed = place(result.segment, before ?? { startMs: startMs!, startTicks: this.#run.startTicks });
    this.#run.startMs ??= placed.startMs;
    if (keepBytes > 0 && keepBytes < size) await truncate(path, keepBytes);
    if (result.changedAt !== undefined) {
      const split = { from: this.#run, id, atByte: result.changedAt, startMs: endOf(placed) };
      if (isOpen) this.#splits.push(await splitRun(spool, split));
      else await truncate(path, result.changedAt);
    }
    const kept = (await readFile(path)).subarray(0, result.segment.bytes);
    const segment: Segment = {
      ...result.segment,
      ...id,
      sha256: createHash("sha256").update(kept).digest("hex"),
      previous: before ? linkOfSegment(before) : await chain.head(id.cameraId),
      firstFragment: before ? before.firstFragment + before.fragments.length : 0,
      ...placed,
    };
    const indexPlace = await appendToIndex(spool, segment);
    this.#index.set(id.sequence, { segment, place: indexPlace });
    await chain.found(id.cameraId, [segment]);
    if (isOpen) await moveToClosed(spool, id);
  }

  /** When nothing is known of a run but its files: the last frame had arrived when its file was last written. */
  async #estimateStart(path: string, parsed: { mediaDurationTicks: number }): Promise<number> {
    const { mtimeMs } = await stat(path);
    const startMs = Math.round(mtimeMs - parsed.mediaDurationTicks / TICKS_PER_MS);
    return Math.max(startMs, runIdStartMs(this.#run.runId));
  }

  #before(sequence: number): Segment | undefined {
    const earlier = [...this.#index.keys()].filter((candidate) => candidate < sequence);
    return earlier.length === 0 ? undefined : this.#index.get(Math.max(...earlier))!.segment;
  }

  /** Tells of losses and of the run's end. */
  async end(): Promise<void> {
    const { spool, nowMs, log } = this.#options;
    const run = this.#run;
    let lostUntilMs = 0;
    // Only now it is known where the segments after a lost one begin, and so how long it was.
    for (const loss of this.#losses) {
      const { id, bytes, reason } = loss;
      log.error("a segment cannot be played and was set aside", { ...id, reason });
      const span = this.#spanOf(loss);
      lostUntilMs = Math.max(lostUntilMs, span.startMs + span.wallDurationMs);
      this.#events.push(
        lossEvent({ ...id, ...span, bytes, cause: "corrupt", detail: reason.slice(0, 500) }, nowMs()),
      );
    }
    if (!run.ended) {
      const { cameraId, runId, endReason: reason = "relay-died" } = run;
      const startMs = run.startMs ?? runIdStartMs(runId);
      const ends = segmentsOf(this.#index).map(endOf);
      run.ended = { endMs: Math.max(startMs, lostUntilMs, ...ends), reason };
      run.startMs = startMs;
      const { splitFrom } = run;
      // The relay may have died before it told of the start: told twice is told once.
      this.#events.push(
        startEvent({ cameraId, runId, startMs, ...(splitFrom && { splitFrom }) }),
        endEvent({ cameraId, runId, ...run.ended }, nowMs()),
      );
      log.info("finished a run that was left open", { cameraId, runId, reason });
    }
    if (this.#events.length > 0) this.#outbox.push(await writeToOutbox(spool, this.#events));
    // Files move and the run is marked only when all is told: a crash before this finds them again.
    for (const { id, path } of this.#losses) await quarantine(spool, id, path);
    if (JSON.stringify(run) !== this.#onDisk) await writeRunFile(spool, run);
  }

  async result(): Promise<RestoredRun> {
    const run = this.#run;
    const { closed } = await listSegments(this.#options.spool, run);
    const segments = closed
      .map((sequence) => this.#index.get(sequence))
      .filter((found) => found !== undefined);
    return { run, segments, outbox: this.#outbox, splits: this.#splits };
  }

  /** From the end of what came before to the start of what follows. */
  #spanOf({ id: { sequence }, writtenMs }: Loss): { startMs: number; wallDurationMs: number } {
    const known = segmentsOf(this.#index).sort((a, b) => a.sequence - b.sequence);
    const before = known.findLast((segment) => segment.sequence < sequence);
    const after = known.find((segment) => segment.sequence > sequence);
    const startMs = before ? endOf(before) : (this.#run.startMs ?? runIdStartMs(this.#run.runId));
    // Nothing after it: it was written to until its file changed last.
    const endMs = after?.startMs ?? this.#run.ended?.endMs ?? Math.round(writtenMs);
    return { startMs, wallDurationMs: Math.min(LONGEST_LOSS_MS, Math.max(0, endMs - startMs)) };
  }
}

function parse(
  bytes: Uint8Array,
  { isLast }: { isLast: boolean },
): { keepBytes: number; result: ParseResult; isBeginning: boolean } {
  const parser = new SegmentParser();
  parser.push(bytes);
  const { isBeginning } = parser;
  const parsed = isLast ? parser.finishPartial() : { keepBytes: bytes.length, result: parser.finish() };
  return { ...parsed, isBeginning };
}
