/**
 * The projection `coverage`: merged playable ranges of each camera, disjoint and not touching. What a set of
 * segments covers is for packages/media/coverage.ts to say; here it is kept up to date, for many segments at once
 * and without reading more of the table than they touch.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import { coverageOf, type SegmentSpan, union } from "@rokuga/media/coverage.ts";
import { sql } from "drizzle-orm";
import { chunks } from "./chunks.ts";
import type { Transaction } from "./connect.ts";
import { coverage } from "./schema.ts";

type CameraSpan = SegmentSpan & { cameraId: string };
type CameraRange = TimeRange & { cameraId: string };

/** Adds what these segments cover, joined with the ranges they touch. Their rows must be in `segments` already. */
export async function addCoverage(tx: Transaction, added: readonly CameraSpan[]): Promise<void> {
  if (added.length === 0) return;
  // Neighbours decide whether there is a hole beside a segment. What they cover is in the table already.
  const known = [...added, ...(await readNeighbours(tx, added))];
  const ranges = byCamera(known, coverageOf);
  const touched = await takeTouching(tx, ranges);
  await insertRanges(
    tx,
    byCamera([...ranges, ...touched], (some) => union(some)),
  );
}

/**
 * Makes the coverage of `windows` anew from `segments`, and of all that touches them: for when segments are moved.
 */
export async function recomputeCoverage(
  tx: Transaction,
  cameraId: string,
  windows: readonly TimeRange[],
): Promise<void> {
  const taken = await takeTouching(
    tx,
    windows.map((window) => ({ ...window, cameraId })),
  );
  // Ranges in the table do not touch each other, so no segment lies half inside these.
  const areas = union([...windows, ...taken]);
  const { rows } = await tx.execute<SpanRow>(sql`
    SELECT camera_id, run_id, sequence, segments.start_ms::float8 AS start_ms, segments.end_ms::float8 AS end_ms
    FROM ${unnestRanges(areas.map((area) => ({ ...area, cameraId })))} AS area (camera_id, start_ms, end_ms)
    JOIN segments USING (camera_id)
    WHERE segments.start_ms >= area.start_ms AND segments.start_ms < area.end_ms`);
  await insertRanges(tx, byCamera(rows.map(toSpan), coverageOf));
}

type SpanRow = { camera_id: string; run_id: string; sequence: number; start_ms: number; end_ms: number };

const toSpan = (row: SpanRow): CameraSpan => ({
  cameraId: row.camera_id,
  runId: row.run_id,
  sequence: row.sequence,
  startMs: row.start_ms,
  endMs: row.end_ms,
});

/** The segments just before and after the given ones in their runs, as far as they are stored and not given. */
async function readNeighbours(tx: Transaction, spans: readonly CameraSpan[]): Promise<CameraSpan[]> {
  const keyOf = (span: CameraSpan, step: number) => `${span.cameraId}/${span.runId}/${span.sequence + step}`;
  const given = new Set(spans.map((span) => keyOf(span, 0)));
  const wanted = spans.flatMap((span) =>
    [-1, 1].filter((step) => !given.has(keyOf(span, step))).map((step) => ({ ...span, step })),
  );
  const { rows } = await tx.execute<SpanRow>(sql`
    SELECT camera_id, run_id, sequence, start_ms::float8 AS start_ms, end_ms::float8 AS end_ms
    FROM (SELECT DISTINCT * FROM unnest(
      ${sql.param(wanted.map(({ cameraId }) => cameraId))}::text[],
      ${sql.param(wanted.map(({ runId }) => runId))}::text[],
      ${sql.param(wanted.map(({ sequence, step }) => sequence + step))}::integer[]
    )) AS wanted (camera_id, run_id, sequence)
    JOIN segments USING (camera_id, run_id, sequence)`);
  return rows.map(toSpan);
}

/** Deletes the ranges that overlap or touch the given ones, and returns them. */
async function takeTouching(tx: Transaction, ranges: readonly CameraRange[]): Promise<CameraRange[]> {
  const { rows } = await tx.execute<{ camera_id: string; start_ms: number; end_ms: number }>(sql`
    WITH reach AS MATERIALIZED (
      SELECT camera_id, start_ms, end_ms,
        -- Ranges are disjoint, so only the last one before the reach can touch it from the left.
        coalesce((SELECT max(c.start_ms) FROM coverage c
          WHERE c.camera_id = given.camera_id AND c.start_ms <= given.start_ms), start_ms) AS from_ms
      FROM ${unnestRanges(ranges)} AS given (camera_id, start_ms, end_ms)
    )
    DELETE FROM coverage USING reach
    WHERE coverage.camera_id = reach.camera_id
      AND coverage.start_ms >= reach.from_ms AND coverage.start_ms <= reach.end_ms
      AND coverage.end_ms >= reach.start_ms
    RETURNING coverage.camera_id, coverage.start_ms::float8 AS start_ms, coverage.end_ms::float8 AS end_ms`);
  return rows.map((row) => ({ cameraId: row.camera_id, startMs: row.start_ms, endMs: row.end_ms }));
}

async function insertRanges(tx: Transaction, ranges: readonly CameraRange[]): Promise<void> {
  for (const chunk of chunks(ranges)) await tx.insert(coverage).values(chunk);
}

const unnestRanges = (ranges: readonly CameraRange[]) => sql`unnest(
  ${sql.param(ranges.map(({ cameraId }) => cameraId))}::text[],
  ${sql.param(ranges.map(({ startMs }) => startMs))}::bigint[],
  ${sql.param(ranges.map(({ endMs }) => endMs))}::bigint[])`;

/** What `merge` makes of each camera's items. */
function byCamera<T extends { cameraId: string }>(
  items: readonly T[],
  merge: (items: T[]) => TimeRange[],
): CameraRange[] {
  return [...Map.groupBy(items, ({ cameraId }) => cameraId)].flatMap(([cameraId, own]) =>
    merge(own).map((range) => ({ cameraId, ...range })),
  );
}
