/** The cameras with their state, as the API shows them. */

import type { CameraView } from "@rokuga/media/api.ts";
import { SILENCE_MS } from "@rokuga/media/coverage.ts";
import { asc, eq, sql } from "drizzle-orm";
import type { Database } from "./connect.ts";
import { cameras, coverage, runs, segments } from "./schema.ts";

/** All cameras that are not retired, by name. `nowMs` decides whether an open run still counts as recording. */
export async function readCameras({ db }: Database, nowMs: number): Promise<CameraView[]> {
  const rows = await db
    .select({
      id: cameras.cameraId,
      name: cameras.name,
      siteId: cameras.siteId,
      lastHeardMs: cameras.lastHeardMs,
      runStartMs: sql<string | null>`last_run.start_ms`,
      runEndMs: sql<string | null>`last_run.end_ms`,
      firstMs: sql<
        string | null
      >`(SELECT min(${coverage.startMs}) FROM ${coverage} WHERE ${coverage.cameraId} = ${cameras.cameraId})`,
      lastMs: sql<
        string | null
      >`(SELECT end_ms FROM ${coverage} WHERE ${coverage.cameraId} = ${cameras.cameraId} ORDER BY start_ms DESC LIMIT 1)`,
      tracks: sql<
        CameraView["tracks"]
      >`(SELECT tracks FROM ${segments} WHERE ${segments.cameraId} = ${cameras.cameraId} ORDER BY start_ms DESC LIMIT 1)`,
    })
    .from(cameras)
    .leftJoin(
      sql`LATERAL (SELECT start_ms, end_ms FROM ${runs} WHERE ${runs.cameraId} = ${cameras.cameraId} AND start_ms IS NOT NULL ORDER BY start_ms DESC LIMIT 1) AS last_run`,
      sql`true`,
    )
    .where(eq(cameras.retired, false))
    .orderBy(asc(cameras.name), asc(cameras.cameraId));
  return rows.map((row) => ({
    id: row.id,
    name: row.name ?? row.id,
    siteId: row.siteId ?? "unknown",
    ...stateOf(row, nowMs),
    firstMs: toNumber(row.firstMs),
    lastMs: toNumber(row.lastMs),
    tracks: row.tracks,
  }));
}

function stateOf(
  row: { runStartMs: string | null; runEndMs: string | null; lastHeardMs: number },
  nowMs: number,
): Pick<CameraView, "state" | "sinceMs"> {
  if (row.runStartMs === null) return { state: "offline", sinceMs: null };
  if (row.runEndMs !== null) return { state: "offline", sinceMs: Number(row.runEndMs) };
  if (nowMs - row.lastHeardMs > SILENCE_MS) return { state: "waiting", sinceMs: row.lastHeardMs };
  return { state: "recording", sinceMs: Number(row.runStartMs) };
}

const toNumber = (value: string | null) => (value === null ? null : Number(value));

/** Whether the camera is known (retired or not). */
export async function cameraExists({ db }: Database, cameraId: string): Promise<boolean> {
  const rows = await db.select({ id: cameras.cameraId }).from(cameras).where(eq(cameras.cameraId, cameraId));
  return rows.length > 0;
}
