/** The cameras with their state, as the API shows them. */

import type { CameraView, TimeRange } from "@rokuga/media/api.ts";
import { SILENCE_MS } from "@rokuga/media/coverage.ts";
import { tracksOf } from "@rokuga/media/segment.ts";
import { eq, sql } from "drizzle-orm";
import type { Database } from "./connect.ts";
import { SITES_HEARD } from "./read_evidence.ts";
import { cameras } from "./schema.ts";

type Row = {
  camera_id: string;
  name: string | null;
  site_id: string | null;
  /** Of the site, over all its cameras. */
  last_heard_ms: number;
  /** Of the last run. */
  start_ms: number | null;
  end_ms: number | null;
  first_covered_ms: number | null;
  last_covered_ms: number | null;
  tracks: string | null;
  reported_ms: number | null;
  segments: number | null;
  bytes: number | null;
  ranges: TimeRange[] | null;
};

/** All cameras that are not retired, by name. `nowMs` decides whether an open run still counts as recording. */
export async function readCameras({ db }: Database, nowMs: number): Promise<CameraView[]> {
  const { rows } = await db.execute<Row>(sql`
    SELECT camera_id, name, site_id,
      greatest(cameras.last_heard_ms, heard.last_heard_ms)::float8 AS last_heard_ms,
      last_run.start_ms::float8 AS start_ms, last_run.end_ms::float8 AS end_ms,
      (SELECT min(start_ms) FROM coverage WHERE coverage.camera_id = cameras.camera_id)::float8 AS first_covered_ms,
      (SELECT end_ms FROM coverage WHERE coverage.camera_id = cameras.camera_id
        ORDER BY start_ms DESC LIMIT 1)::float8 AS last_covered_ms,
      (SELECT tracks FROM segments WHERE segments.camera_id = cameras.camera_id
        ORDER BY start_ms DESC LIMIT 1) AS tracks,
      reported_ms::float8 AS reported_ms, backlogs.segments, bytes::float8 AS bytes, ranges
    FROM cameras
    LEFT JOIN ${SITES_HEARD} AS heard USING (site_id)
    LEFT JOIN backlogs USING (camera_id)
    LEFT JOIN LATERAL (SELECT start_ms, end_ms FROM runs
      WHERE runs.camera_id = cameras.camera_id AND start_ms IS NOT NULL
      ORDER BY start_ms DESC LIMIT 1) AS last_run ON true
    WHERE retired_ms IS NULL
    ORDER BY name, camera_id`);
  return rows.map((row) => ({
    id: row.camera_id,
    name: row.name ?? row.camera_id,
    siteId: row.site_id ?? "unknown",
    ...stateOf(row, nowMs),
    firstMs: row.first_covered_ms,
    lastMs: row.last_covered_ms,
    tracks: row.tracks === null ? null : tracksOf(row.tracks),
    backlog: backlogOf(row),
  }));
}

/** An open run of a site that is silent may be going on or not: the site will tell. */
function stateOf(row: Row, nowMs: number): Pick<CameraView, "state" | "sinceMs"> {
  if (row.start_ms === null) return { state: "offline", sinceMs: null };
  if (row.end_ms !== null) return { state: "offline", sinceMs: row.end_ms };
  if (nowMs - row.last_heard_ms > SILENCE_MS) return { state: "waiting", sinceMs: row.last_heard_ms };
  return { state: "recording", sinceMs: row.start_ms };
}

function backlogOf({ reported_ms: reportedMs, segments, bytes, ranges }: Row): CameraView["backlog"] {
  if (reportedMs === null || !segments || bytes === null) return null;
  return { reportedMs, segments, bytes, oldestMs: ranges?.[0]?.startMs ?? reportedMs };
}

/** Whether the camera is known (retired or not). */
export async function cameraExists({ db }: Database, cameraId: string): Promise<boolean> {
  const rows = await db.select({ id: cameras.cameraId }).from(cameras).where(eq(cameras.cameraId, cameraId));
  return rows.length > 0;
}

/** The site of a camera; null when it is not known, or there is no such camera. */
export async function readSiteOf({ db }: Database, cameraId: string): Promise<string | null> {
  const rows = await db
    .select({ siteId: cameras.siteId })
    .from(cameras)
    .where(eq(cameras.cameraId, cameraId));
  return rows[0]?.siteId ?? null;
}

/** What a camera is called (retired or not); undefined when it is not known. */
export async function readCameraName({ db }: Database, cameraId: string): Promise<string | undefined> {
  const rows = await db.select({ name: cameras.name }).from(cameras).where(eq(cameras.cameraId, cameraId));
  return rows.map(({ name }) => name ?? cameraId)[0];
}
