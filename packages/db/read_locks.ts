/** The locks on a camera's footage. */

import type { TimeRange } from "@rokuga/media/api.ts";
import type { FootageLock } from "@rokuga/media/locks.ts";
import { sql } from "drizzle-orm";
import type { Reads } from "./connect.ts";

type Row = {
  lock_id: string;
  start_ms: number;
  end_ms: number;
  reason: string;
  until_ms: number | null;
  unlocked: boolean;
};

/** Locks that overlap `range`, in force or not, in order of their start. */
export async function readLocks(
  { db }: { db: Reads },
  { cameraId, range }: { cameraId: string; range: TimeRange },
): Promise<FootageLock[]> {
  const { rows } = await db.execute<Row>(sql`
    SELECT ${COLUMNS}
    FROM locks WHERE camera_id = ${cameraId} AND start_ms < ${range.endMs} AND end_ms > ${range.startMs}
    ORDER BY locks.start_ms, lock_id`);
  return rows.map(lockOf);
}

/** One lock, in force or not; undefined when the camera has no such lock. */
export async function readLock(
  { db }: { db: Reads },
  { cameraId, lockId }: { cameraId: string; lockId: string },
): Promise<FootageLock | undefined> {
  const { rows } = await db.execute<Row>(sql`
    SELECT ${COLUMNS}
    FROM locks WHERE camera_id = ${cameraId} AND lock_id = ${lockId} AND start_ms IS NOT NULL`);
  return rows.map(lockOf)[0];
}

const COLUMNS = sql`lock_id, start_ms::float8 AS start_ms, end_ms::float8 AS end_ms, reason,
      until_ms::float8 AS until_ms, unlocked`;

function lockOf(row: Row): FootageLock {
  return {
    lockId: row.lock_id,
    startMs: row.start_ms,
    endMs: row.end_ms,
    reason: row.reason,
    untilMs: row.until_ms,
    unlocked: row.unlocked,
  };
}

/** Any time that there is, ms. */
export const ALL_TIME: TimeRange = { startMs: Number.MIN_SAFE_INTEGER, endMs: Number.MAX_SAFE_INTEGER };
