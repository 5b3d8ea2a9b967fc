/**
 * Which stored segments of a camera are beyond its limits, oldest first, a page at a time. The cost follows what goes:
 * segments are found by their camera and start, from the oldest on, around what is locked.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import { subtract } from "@rokuga/media/coverage.ts";
import { segmentEventId } from "@rokuga/media/ids.ts";
import {
  bytesOf,
  cutoffMs,
  type ExpiredSpan,
  type Limit,
  oldestBeyond,
  type RetentionLimits,
  type StoredSegment,
  spansOf,
} from "@rokuga/media/retention.ts";
import { sql } from "drizzle-orm";
import type { Reads } from "./connect.ts";
import { ALL_TIME } from "./read_locks.ts";
import type { RetentionClock } from "./retention_clock.ts";

/** Segments that are looked at, and go, at a time, unless fewer are asked for. */
const BATCH = 2_000;

/**
 * What the log has had for less than this, or for less than the limit where that is shorter, does not go by its age: a
 * site whose clock was behind can still correct it, and what arrives late can be looked at once.
 */
const RECORDED_DAYS = 1;

/** What of a camera bears on its retention. */
export type KeptCamera = {
  cameraId: string;
  limits: RetentionLimits;
  storedSegments: number;
  storedBytes: number;
  /** What is locked: sorted and disjoint. */
  locked: TimeRange[];
};

/** How far a camera has been looked through: first by days, then by bytes, each from the oldest segment on. */
export type Place = { limit: Limit; startMs: number; runId: string; sequence: number };

const before = (limit: Limit, startMs: number): Place => ({ limit, startMs, runId: "", sequence: -1 });

/** Where to begin. */
export const FIRST_PLACE = before("days", ALL_TIME.startMs);

export type ExpiredBatch = {
  limit: Limit;
  /** What goes; may be empty although there is more to come. */
  segments: StoredSegment[];
  spans: ExpiredSpan[];
  /** What is too old, and stays because the log has not had it for long enough. */
  recent: StoredSegment[];
  /** What is stored beyond the limit of bytes once these are gone. */
  excessBytes: number;
  /** Where to go on; undefined when all is done. */
  next: Place | undefined;
};

export type ExpiryOptions = {
  place: Place;
  clock: RetentionClock;
  /** Segments at most. */
  most?: number;
};

/** What of a camera goes next, looked at from `place` on. */
export async function readExpiredBatch(
  db: Reads,
  camera: KeptCamera,
  { place, clock, most = BATCH }: ExpiryOptions,
): Promise<ExpiredBatch> {
  const found = freeRange(camera, place, clock);
  const excessBytes = excessOf(camera);
  if (!found)
    return { limit: place.limit, segments: [], spans: [], recent: [], excessBytes, next: undefined };
  const { limit, range, from } = found;
  const size = limit === "days" ? most : Math.min(most, usualCount(camera));
  const page = await readPage(db, camera.cameraId, { range, from, size });
  const old = await selectBeyond(db, camera, { limit, page, clock });
  const { spans, taken } = spansOf(old);
  const segments = old.slice(0, taken);
  // By bytes the rest of the page is looked at again, should more have come meanwhile.
  const isWhole = limit === "days" ? taken === old.length : segments.length === 0;
  const last = isWhole ? page.at(-1) : segments.at(-1);
  const isRead = page.length < size && last === page.at(-1);
  return {
    limit,
    segments,
    spans,
    recent: limit === "days" && last ? without(page.slice(0, page.indexOf(last) + 1), old) : [],
    excessBytes: Math.max(0, excessBytes - bytesOf(segments)),
    next: isRead ? before(limit, range.endMs) : { limit, ...placeOf(last!) },
  };
}

function without<T>(all: readonly T[], some: readonly T[]): T[] {
  const left = new Set(some);
  return all.filter((one) => !left.has(one));
}

const excessOf = ({ limits, storedBytes }: KeptCamera) =>
  limits.bytes === null ? 0 : Math.max(0, storedBytes - limits.bytes);

const placeOf = ({ startMs, runId, sequence }: StoredSegment) => ({ startMs, runId, sequence });

type FreeRange = { limit: Limit; range: TimeRange; from: Place };

/** The first range from a place on in which nothing is locked and something may be beyond a limit. */
function freeRange(camera: KeptCamera, place: Place, clock: RetentionClock): FreeRange | undefined {
  const { days } = camera.limits;
  const byDays = place.limit === "days" && days !== null && clock.isTrusted;
  const old = { startMs: place.startMs, endMs: byDays ? cutoffMs(days, clock.nowMs) : place.startMs };
  const range = subtract(old, camera.locked)[0];
  if (range) return { limit: "days", range, from: place };
  if (excessOf(camera) === 0) return undefined;
  const from = place.limit === "bytes" ? place : before("bytes", ALL_TIME.startMs);
  const rest = subtract({ ...ALL_TIME, startMs: from.startMs }, camera.locked)[0];
  return rest && { limit: "bytes", range: rest, from };
}

/** About as many as have to go by bytes. */
function usualCount(camera: KeptCamera): number {
  const usualBytes = camera.storedBytes / camera.storedSegments;
  return 10 + Math.ceil(excessOf(camera) / usualBytes);
}

type SegmentRow = {
  run_id: string;
  sequence: number;
  start_ms: number;
  end_ms: number;
  bytes: number;
  corrected_by_ms: number;
};

/** Segments that lie in `range` as a whole, after `from`, in order of their start. */
async function readPage(
  db: Reads,
  cameraId: string,
  { range, from, size }: { range: TimeRange; from: Place; size: number },
): Promise<StoredSegment[]> {
  const { rows } = await db.execute<SegmentRow>(sql`
    SELECT run_id, sequence, segments.start_ms::float8 AS start_ms, segments.end_ms::float8 AS end_ms, bytes,
      coalesce(corrected_by_ms, 0)::float8 AS corrected_by_ms
    FROM segments LEFT JOIN runs USING (camera_id, run_id)
    WHERE camera_id = ${cameraId} AND segments.start_ms >= ${range.startMs} AND segments.start_ms < ${range.endMs}
      AND segments.end_ms <= ${range.endMs}
      AND (segments.start_ms, run_id, sequence) > (${from.startMs}, ${from.runId}, ${from.sequence})
    ORDER BY segments.start_ms, run_id, sequence LIMIT ${size}`);
  return rows.map((row) => ({
    runId: row.run_id,
    sequence: row.sequence,
    startMs: row.start_ms,
    endMs: row.end_ms,
    bytes: row.bytes,
    correctedByMs: row.corrected_by_ms,
  }));
}

/** Those of a page that are beyond the limit. */
async function selectBeyond(
  db: Reads,
  camera: KeptCamera,
  { limit, page, clock }: { limit: Limit; page: StoredSegment[]; clock: RetentionClock },
): Promise<StoredSegment[]> {
  const { cameraId, limits } = camera;
  const { nowMs } = clock;
  const days = clock.isTrusted ? limits.days : null;
  const oldMs = days === null ? ALL_TIME.startMs : cutoffMs(days, nowMs);
  const recordedMs = cutoffMs(Math.min(days ?? RECORDED_DAYS, RECORDED_DAYS), nowMs);
  const old = page.filter(({ endMs }) => endMs <= oldMs);
  const goneByDays = await recordedUntil(db, { cameraId, segments: old, recordedMs });
  if (limit === "days") return goneByDays;
  const newest = await readNewest(db, camera, { oldMs, recordedMs });
  const rest = without(page, goneByDays).filter((segment) => !isSame(segment, newest));
  return oldestBeyond(rest, excessOf(camera));
}

type Name = { runId: string; sequence: number };
const isSame = (a: Name, b: Name | undefined) => a.runId === b?.runId && a.sequence === b.sequence;

/**
 * The newest of what does not go by days: however small the limit of bytes is, this one stays. Nearly always it is the
 * camera's newest, which is looked at first.
 */
async function readNewest(
  db: Reads,
  { cameraId, locked }: KeptCamera,
  { oldMs, recordedMs }: { oldMs: number; recordedMs: number },
): Promise<Name | undefined> {
  const { rows } = await db.execute<{ runId: string; sequence: number }>(sql`
    SELECT run_id AS "runId", sequence FROM segments
    WHERE camera_id = ${cameraId} AND (
      end_ms > ${oldMs}
      OR EXISTS (
        SELECT FROM unnest(${sql.param(locked.map(({ startMs }) => startMs))}::bigint[],
          ${sql.param(locked.map(({ endMs }) => endMs))}::bigint[]) AS lock (from_ms, to_ms)
        WHERE start_ms < to_ms AND end_ms > from_ms
      )
      OR (
        SELECT recorded_at FROM events WHERE event_id = camera_id || '/' || run_id || '/' || sequence || '/SegmentStored'
      ) > to_timestamp(${recordedMs} / 1000.0)
    )
    ORDER BY start_ms DESC, run_id DESC, sequence DESC LIMIT 1`);
  return rows[0];
}

/** Those that the log has had since `recordedMs` or longer. */
async function recordedUntil(
  db: Reads,
  { cameraId, segments, recordedMs }: { cameraId: string; segments: StoredSegment[]; recordedMs: number },
): Promise<StoredSegment[]> {
  if (segments.length === 0) return [];
  const ids = segments.map((segment) => segmentEventId({ cameraId, ...segment }, "SegmentStored"));
  const { rows } = await db.execute<{ event_id: string }>(sql`
    SELECT event_id FROM events
    WHERE event_id = ANY (${sql.param(ids)}::text[]) AND recorded_at <= to_timestamp(${recordedMs} / 1000.0)`);
  const recorded = new Set(rows.map((row) => row.event_id));
  return segments.filter((_, index) => recorded.has(ids[index]!));
}
