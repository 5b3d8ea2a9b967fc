/**
 * What the spool still holds: the jobs of everything that is closed and not stored, after finishing what a relay
 * that died has left open. The spool describes itself; no queue and no database is asked.
 */
import { readFile, rm, truncate } from "node:fs/promises";
import { runEventId, segmentEventId } from "@rokuga/media/ids.ts";
import type { Job } from "@rokuga/media/job.ts";
import { type Segment, TICKS_PER_MS } from "@rokuga/media/segment.ts";
import { SegmentParser } from "@rokuga/media/segment_parser.ts";
import { segmentPath } from "@rokuga/media/spool_layout.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import { TickUnwrapper } from "./media_time.ts";
import {
  appendToIndex,
  listRuns,
  listSegments,
  pruneRun,
  quarantine,
  type RunFile,
  type RunIdentity,
  readOutbox,
  readRun,
  type StoredRun,
  writeRunFile,
  writeToOutbox,
} from "./spool.ts";

export type RecoveryOptions = {
  spool: string;
  siteId: string;
  /** Whether a run is being recorded right now: its open segment is its recorder's business. */
  isCurrent: (run: RunIdentity) => boolean;
  nowMs: () => number;
  log: Log;
};

/** All jobs that the spool holds, oldest first for each camera; events come first. */
export async function* spooledJobs(options: RecoveryOptions): AsyncGenerator<Job> {
  const { spool, siteId, isCurrent, log } = options;
  const runs = await listRuns(spool);
  for (const identity of runs.filter((run) => !isCurrent(run))) {
    await finishRun(options, identity).catch((error) => {
      // One damaged run directory must not keep the others from being stored.
      log.error("cannot finish what a run has left in the spool", { ...identity, error });
    });
  }
  for (const event of await readOutbox(spool)) yield { kind: "event", siteId, event };
  for (const identity of runs) {
    // Nothing but the file that is being written: its index, which may be long, need not be read.
    if (isCurrent(identity) && (await listSegments(spool, identity)).length <= 1) continue;
    const stored = await readRun(spool, identity).catch(() => undefined);
    if (!stored?.run) continue;
    for (const sequence of stored.files) {
      const segment = stored.index.get(sequence);
      if (segment) yield { kind: "segment", siteId: stored.run.siteId, segment, closedAtMs: endOf(segment) };
    }
    if (!isCurrent(identity)) await pruneRun(spool, identity);
  }
}

/** Closes what a dead relay left of a run: its last segments, and the run itself. */
async function finishRun(options: RecoveryOptions, identity: RunIdentity): Promise<void> {
  const { spool, nowMs, log } = options;
  const stored = await readRun(spool, identity);
  if (!stored.run) return await pruneRun(spool, identity);
  const { run, index } = stored;
  const open = stored.files.filter((sequence) => !index.has(sequence));
  const losses: Loss[] = [];
  for (const sequence of open) {
    const loss = await finishSegment(options, { ...stored, sequence });
    if (loss) losses.push(loss);
  }
  // Only now it is known where the segments after a lost one begin, and so how long it was.
  for (const loss of losses) await reportLoss(options, { run, index, loss });
  if (run.ended) return;
  const ends = [...index.values()].map(endOf);
  const endMs = Math.max(run.startMs, ...ends);
  // The relay may have died before it told of the start: told twice is told once.
  await writeToOutbox(spool, {
    eventId: runEventId(identity, "RunStarted"),
    type: "RunStarted",
    version: 1,
    occurredAtMs: run.startMs,
    data: { ...identity, startMs: run.startMs },
  });
  await writeToOutbox(spool, {
    eventId: runEventId(identity, "RunEnded"),
    type: "RunEnded",
    version: 1,
    occurredAtMs: nowMs(),
    data: { ...identity, endMs, reason: "relay-died" },
  });
  await writeRunFile(spool, { ...run, ended: { endMs, reason: "relay-died" } });
  log.info("finished a run that was left open", { ...identity, segments: open.length });
}

/** A segment that cannot be played. */
type Loss = { sequence: number; bytes: number; reason: string };

/** Reports a loss, from the end of what came before to the start of what follows, and takes the file out of the way. */
async function reportLoss(
  { spool, nowMs, log }: RecoveryOptions,
  { run, index, loss }: { run: RunFile; index: Map<number, Segment>; loss: Loss },
): Promise<void> {
  const { sequence, bytes, reason } = loss;
  const id = { cameraId: run.cameraId, runId: run.runId, sequence };
  const known = [...index.values()].sort((a, b) => a.sequence - b.sequence);
  const before = known.findLast((segment) => segment.sequence < sequence);
  const after = known.find((segment) => segment.sequence > sequence);
  const startMs = before ? endOf(before) : run.startMs;
  log.error("a segment cannot be played and was set aside", { ...id, reason });
  await writeToOutbox(spool, {
    eventId: segmentEventId(id, "SegmentLost"),
    type: "SegmentLost",
    version: 1,
    occurredAtMs: nowMs(),
    data: {
      ...id,
      startMs,
      // Nothing after it: the run ends where it begins, and what follows is the gap of the run's end.
      wallDurationMs: Math.max(0, (after?.startMs ?? startMs) - startMs),
      bytes,
      cause: "corrupt",
      detail: reason.slice(0, 500),
    },
  });
  // Last: a crash before this finds the file again.
  await quarantine(spool, id);
}

/**
 * Cuts a segment that was not closed at its last whole frame, places it after the ones before, and lists it.
 * Resolves with the loss when it cannot be played.
 */
async function finishSegment(
  options: RecoveryOptions,
  { run, index, files, sequence }: StoredRun & { sequence: number },
): Promise<Loss | undefined> {
  const { spool } = options;
  const id = { cameraId: run.cameraId, runId: run.runId, sequence };
  const path = segmentPath(spool, id);
  const bytes = await readFile(path);
  const parser = new SegmentParser();
  parser.push(bytes);
  // Only the last file can have been cut off: FFmpeg ends one before it begins the next.
  const isLast = sequence === Math.max(...files);
  const { keepBytes, result } = isLast
    ? parser.finishPartial()
    : { keepBytes: bytes.length, result: parser.finish() };
  if (bytes.length === 0 && isLast) {
    // FFmpeg had opened it and written nothing: there was nothing to lose.
    await rm(path, { force: true });
    return undefined;
  }
  const before = [...index.values()]
    .filter((segment) => segment.sequence < sequence)
    .sort((a, b) => b.sequence - a.sequence)[0];
  if (!result.ok) return { sequence, bytes: bytes.length, reason: result.reason };
  if (keepBytes > 0 && keepBytes < bytes.length) await truncate(path, keepBytes);
  const segment: Segment = {
    ...result.segment,
    ...id,
    firstFragment: before ? before.firstFragment + before.fragments.length : 0,
    ...place(
      result.segment,
      before ?? { startTicks: run.startTicks, mediaDurationTicks: 0, endMs: run.startMs },
    ),
  };
  await appendToIndex(spool, segment);
  index.set(sequence, segment);
  return undefined;
}

const endOf = (segment: Segment) => segment.startMs + segment.wallDurationMs;

/** Media time from the end of what came before leads to the wall time. */
function place(
  parsed: { startTicks: number; mediaDurationTicks: number },
  before: Segment | { startTicks: number; mediaDurationTicks: number; endMs: number },
): { startMs: number; wallDurationMs: number } {
  const ticks = new TickUnwrapper();
  const beforeEnd = ticks.unwrap(before.startTicks) + before.mediaDurationTicks;
  const elapsedMs = (ticks.unwrap(parsed.startTicks) - beforeEnd) / TICKS_PER_MS;
  const beforeEndMs = "endMs" in before ? before.endMs : endOf(before);
  return {
    startMs: Math.round(beforeEndMs + elapsedMs),
    wallDurationMs: Math.max(1, Math.round(parsed.mediaDurationTicks / TICKS_PER_MS)),
  };
}
