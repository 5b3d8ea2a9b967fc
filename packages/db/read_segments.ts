/** Segments for playlists, with their fragment index. read_whole_segments.ts reads those that are listed whole. */

import type { TimeRange } from "@rokuga/media/api.ts";
import { runIdStartMs, type SegmentId } from "@rokuga/media/ids.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import { unpackFragments } from "@rokuga/media/packed_fragments.ts";
import type { PlaylistSegment, WholeSegment } from "@rokuga/media/playlist_items.ts";
import { type Fragment, LONGEST_SEGMENT_MS, tracksOf } from "@rokuga/media/segment.ts";
import { and, asc, desc, eq, gt, lt, sql } from "drizzle-orm";
import type { Database } from "./connect.ts";
import { runs, segments } from "./schema.ts";

/** Columns of a segment with, for its key, by how much its run was corrected. */
const columns = {
  runId: segments.runId,
  sequence: segments.sequence,
  firstFragment: segments.firstFragment,
  startMs: segments.startMs,
  endMs: segments.endMs,
  startTicks: segments.startTicks,
  mediaDurationTicks: segments.mediaDurationTicks,
  bytes: segments.bytes,
  siteId: segments.siteId,
  key: segments.key,
  tracks: segments.tracks,
  fragments: segments.fragments,
  correctedByMs: sql<number>`coalesce(${runs.correctedByMs}, 0)::float8`,
};

type Row = Pick<typeof segments.$inferSelect, Exclude<keyof typeof columns, "correctedByMs">> & {
  correctedByMs: number;
};

const sameRun = and(eq(runs.cameraId, segments.cameraId), eq(runs.runId, segments.runId));

function toPlaylistSegment(cameraId: string, row: Row): PlaylistSegment {
  const { siteId, key, tracks, fragments, correctedByMs, ...rest } = row;
  const { runId, sequence, startMs, endMs } = row;
  const placed = { startMs: startMs - correctedByMs, wallDurationMs: endMs - startMs };
  return {
    ...rest,
    beganMs: runIdStartMs(runId) + correctedByMs,
    key: key ?? objectKey({ siteId, cameraId, runId, sequence, ...placed }),
    tracks: tracksOf(tracks),
    fragments: unpackFragments(fragments),
  };
}

/** Segments that overlap `range`, in order of time. Those of several runs may overlap each other. */
export async function readSegments(
  { db }: Database,
  cameraId: string,
  range: TimeRange,
): Promise<PlaylistSegment[]> {
  const rows = await db
    .select(columns)
    .from(segments)
    .leftJoin(runs, sameRun)
    .where(
      and(
        eq(segments.cameraId, cameraId),
        // The segment that contains the range's start began before it.
        gt(segments.startMs, range.startMs - LONGEST_SEGMENT_MS),
        lt(segments.startMs, range.endMs),
        gt(segments.endMs, range.startMs),
      ),
    )
    .orderBy(asc(segments.startMs), asc(segments.runId), asc(segments.sequence));
  return rows.map((row) => toPlaylistSegment(cameraId, row));
}

/** One segment; undefined when it is not, or no longer, stored. */
export async function readSegment(
  { db }: Database,
  { cameraId, runId, sequence }: SegmentId,
): Promise<PlaylistSegment | undefined> {
  const rows = await db
    .select(columns)
    .from(segments)
    .leftJoin(runs, sameRun)
    .where(and(eq(segments.cameraId, cameraId), eq(segments.runId, runId), eq(segments.sequence, sequence)));
  return rows.map((row) => toPlaylistSegment(cameraId, row))[0];
}

/** The fragment indexes of some of a camera's segments; of those that are gone there is none. */
export async function readFragments(
  { pool }: Database,
  cameraId: string,
  of: readonly Pick<WholeSegment, "runId" | "sequence">[],
): Promise<(segment: Pick<WholeSegment, "runId" | "sequence">) => Fragment[] | undefined> {
  const idOf = (one: Pick<WholeSegment, "runId" | "sequence">) => `${one.runId}/${one.sequence}`;
  if (of.length === 0) return () => undefined;
  const { rows } = await pool.query<{ run_id: string; sequence: number; fragments: string }>({
    name: "fragments",
    text: `SELECT run_id, sequence, fragments FROM unnest($2::text[], $3::integer[]) AS wanted (run_id, sequence)
      JOIN segments USING (run_id, sequence) WHERE camera_id = $1`,
    values: [cameraId, of.map((one) => one.runId), of.map((one) => one.sequence)],
  });
  const found = new Map(
    rows.map(({ run_id: runId, sequence, fragments }) => [idOf({ runId, sequence }), fragments]),
  );
  return (segment) => {
    const packed = found.get(idOf(segment));
    return packed === undefined ? undefined : unpackFragments(packed);
  };
}

export type LiveSegments = {
  /** In order, without a missing sequence number. Empty without footage. */
  segments: PlaylistSegment[];
  /** How many runs of the camera came before this one. */
  earlierRuns: number;
};

/** The newest segments of the camera's newest run. */
export async function readLiveSegments(
  { db }: Database,
  cameraId: string,
  count: number,
): Promise<LiveSegments> {
  const newestRun = db
    .select({ runId: segments.runId })
    .from(segments)
    .where(eq(segments.cameraId, cameraId))
    .orderBy(desc(segments.startMs))
    .limit(1);
  const [rows, earlier] = await Promise.all([
    db
      .select(columns)
      .from(segments)
      .leftJoin(runs, sameRun)
      .where(and(eq(segments.cameraId, cameraId), eq(segments.runId, newestRun)))
      .orderBy(desc(segments.sequence))
      .limit(count),
    // Ids of runs sort by their start.
    db.$count(runs, and(eq(runs.cameraId, cameraId), lt(runs.runId, newestRun))),
  ]);
  const hole = rows.findIndex((row, index) => index > 0 && row.sequence !== rows[index - 1]!.sequence - 1);
  const unbroken = hole < 0 ? rows : rows.slice(0, hole);
  return {
    segments: unbroken.reverse().map((row) => toPlaylistSegment(cameraId, row)),
    earlierRuns: earlier,
  };
}

/** The playable range nearest to `range`: what to offer when it has no footage. */
export async function readNearest(
  { db }: Database,
  cameraId: string,
  range: TimeRange,
): Promise<TimeRange | undefined> {
  const result = await db.execute<{ start_ms: string; end_ms: string }>(sql`
    SELECT start_ms, end_ms FROM (
      (SELECT start_ms, end_ms FROM coverage WHERE camera_id = ${cameraId} AND start_ms >= ${range.endMs} ORDER BY start_ms LIMIT 1)
      UNION ALL
      (SELECT start_ms, end_ms FROM coverage WHERE camera_id = ${cameraId} AND start_ms < ${range.endMs} ORDER BY start_ms DESC LIMIT 1)
    ) AS candidates
    ORDER BY greatest(start_ms - ${range.endMs}::bigint, ${range.startMs}::bigint - end_ms) LIMIT 1`);
  const row = result.rows[0];
  return row && { startMs: Number(row.start_ms), endMs: Number(row.end_ms) };
}
