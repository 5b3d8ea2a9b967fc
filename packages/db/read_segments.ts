/** Segments with their fragment index, for playlists. */

import type { TimeRange } from "@rokuga/media/api.ts";
import type { PlaylistSegment } from "@rokuga/media/playlist.ts";
import { and, asc, desc, eq, gt, lt, lte, type SQL, sql } from "drizzle-orm";
import type { Database } from "./connect.ts";
import { runs, segments } from "./schema.ts";

const columns = {
  runId: segments.runId,
  sequence: segments.sequence,
  firstFragment: segments.firstFragment,
  startMs: segments.startMs,
  endMs: segments.endMs,
  mediaDurationTicks: segments.mediaDurationTicks,
  key: segments.key,
  tracks: segments.tracks,
  fragmentBytes: segments.fragmentBytes,
  fragmentTicks: segments.fragmentTicks,
};

type Row = Pick<typeof segments.$inferSelect, keyof typeof columns>;

const toPlaylistSegment = ({ fragmentBytes, fragmentTicks, ...row }: Row): PlaylistSegment => ({
  ...row,
  fragments: fragmentBytes.map((bytes, index) => ({ bytes, durationTicks: fragmentTicks[index]! })),
});

/** Segments that overlap `range`, in order of time. */
export async function readSegments(
  { db }: Database,
  cameraId: string,
  range: TimeRange,
): Promise<PlaylistSegment[]> {
  const select = (where: SQL | undefined) =>
    db
      .select(columns)
      .from(segments)
      .where(and(eq(segments.cameraId, cameraId), where));
  const [before, within] = await Promise.all([
    // The segment that contains the range's start began before it.
    select(lte(segments.startMs, range.startMs))
      .orderBy(desc(segments.startMs), desc(segments.sequence))
      .limit(1),
    select(and(gt(segments.startMs, range.startMs), lt(segments.startMs, range.endMs))).orderBy(
      asc(segments.startMs),
      asc(segments.runId),
      asc(segments.sequence),
    ),
  ]);
  return [...before.filter((row) => row.endMs > range.startMs), ...within].map(toPlaylistSegment);
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
      .where(and(eq(segments.cameraId, cameraId), eq(segments.runId, newestRun)))
      .orderBy(desc(segments.sequence))
      .limit(count),
    // Ids of runs sort by their start.
    db.$count(runs, and(eq(runs.cameraId, cameraId), lt(runs.runId, newestRun))),
  ]);
  const hole = rows.findIndex((row, index) => index > 0 && row.sequence !== rows[index - 1]!.sequence - 1);
  const unbroken = hole < 0 ? rows : rows.slice(0, hole);
  return { segments: unbroken.reverse().map(toPlaylistSegment), earlierRuns: earlier };
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
