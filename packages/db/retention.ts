/**
 * Lets stored segments go that are beyond their camera's limits. Which ones is decided and told in one transaction that
 * keeps other writers of the camera waiting: a lock that is put meanwhile comes before or after, never in between.
 */
import { lockedRanges } from "@rokuga/media/locks.ts";
import { DAY_MS, segmentsExpired } from "@rokuga/media/retention.ts";
import { sql } from "drizzle-orm";
import { appendWithin, lockStream } from "./append.ts";
import type { Database, Reads } from "./connect.ts";
import { type ExpiredBatch, type ExpiryOptions, type KeptCamera, readExpiredBatch } from "./read_expired.ts";
import { ALL_TIME, readLocks } from "./read_locks.ts";

/**
 * Cameras that may be beyond a limit: what is stored says so, or their oldest segment. `byDays`: that one is too old.
 * Looks at one segment of each camera.
 */
export async function readOverLimit(
  { db }: Database,
  nowMs: number,
): Promise<{ cameraId: string; byDays: boolean }[]> {
  const { rows } = await db.execute<{ camera_id: string; by_days: boolean }>(sql`
    SELECT camera_id, by_days FROM (
      SELECT camera_id, stored_bytes > retention_bytes AS by_bytes,
        coalesce(end_ms <= ${nowMs}::bigint - retention_days * ${DAY_MS}::bigint, false) AS by_days
      FROM cameras LEFT JOIN LATERAL (
        SELECT end_ms FROM segments WHERE segments.camera_id = cameras.camera_id ORDER BY start_ms LIMIT 1
      ) AS oldest ON true
      WHERE retention_days IS NOT NULL OR retention_bytes IS NOT NULL
    ) AS limited
    WHERE by_days OR by_bytes ORDER BY camera_id`);
  return rows.map((row) => ({ cameraId: row.camera_id, byDays: row.by_days }));
}

/** Lets the next batch of a camera go: appends its `SegmentsExpired`, if there is something in it. */
export async function expireBatch(
  { db }: Database,
  { cameraId, ...options }: ExpiryOptions & { cameraId: string },
): Promise<ExpiredBatch> {
  return await db.transaction(async (tx) => {
    await lockStream(tx, `camera/${cameraId}`);
    const { nowMs } = options.clock;
    const camera = await readKeptCamera(tx, cameraId, nowMs);
    const batch = await readExpiredBatch(tx, camera, options);
    const { limit, spans } = batch;
    if (spans.length > 0) await appendWithin(tx, [segmentsExpired({ cameraId, limit, spans }, nowMs)]);
    return batch;
  });
}

export async function readKeptCamera(db: Reads, cameraId: string, nowMs: number): Promise<KeptCamera> {
  const { rows } = await db.execute<{
    days: number | null;
    bytes: number | null;
    stored_segments: number;
    stored_bytes: number;
  }>(sql`
    SELECT retention_days AS days, retention_bytes::float8 AS bytes,
      stored_segments::float8 AS stored_segments, stored_bytes::float8 AS stored_bytes
    FROM cameras WHERE camera_id = ${cameraId}`);
  const row = rows[0];
  return {
    cameraId,
    limits: { days: row?.days ?? null, bytes: row?.bytes ?? null },
    storedSegments: row?.stored_segments ?? 0,
    storedBytes: row?.stored_bytes ?? 0,
    locked: lockedRanges(await readLocks({ db }, { cameraId, range: ALL_TIME }), nowMs),
  };
}
