/**
 * By which clock footage is old. Deleting cannot be taken back, so one clock that is wrong must not be enough for it:
 * the earlier of the database's and the caller's counts, and only where it is vouched for by what was recorded between
 * one and two days before. A clock that has just been set ahead has nothing to show for those days.
 */
import { DAY_MS } from "@rokuga/media/retention.ts";
import { sql } from "drizzle-orm";
import type { Database, Reads } from "./connect.ts";

export type RetentionClock = {
  /** The moment by which footage is old, and locks run out, ms. */
  nowMs: number;
  /** Whether ages count: where they do not, nothing is too old. */
  isTrusted: boolean;
};

/** `ownMs`: what the caller's clock says. `databaseMs`: what the database's says, for one who watches it. */
export async function readRetentionClock(
  { db }: Database,
  ownMs: number,
): Promise<RetentionClock & { databaseMs: number }> {
  const { rows } = await db.execute<{ ms: number }>(
    sql`SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`,
  );
  const databaseMs = rows[0]!.ms;
  const nowMs = Math.min(databaseMs, ownMs);
  return { nowMs, databaseMs, isTrusted: await isVouchedFor(db, nowMs) };
}

/** Whether any camera has footage of the day before the last one, or had and it has expired since. */
async function isVouchedFor(db: Reads, nowMs: number): Promise<boolean> {
  const [fromMs, toMs] = [nowMs - 2 * DAY_MS, nowMs - DAY_MS];
  const { rows } = await db.execute<{ vouched: boolean }>(sql`
    SELECT EXISTS (
      SELECT FROM cameras CROSS JOIN LATERAL (
        (SELECT end_ms FROM coverage WHERE coverage.camera_id = cameras.camera_id AND start_ms < ${toMs}
          ORDER BY start_ms DESC LIMIT 1)
        UNION ALL
        (SELECT end_ms FROM gaps WHERE gaps.camera_id = cameras.camera_id AND cause = 'expired'
          AND end_ms > ${fromMs} AND start_ms < ${toMs})
      ) AS footage WHERE end_ms > ${fromMs}
    ) AS vouched`);
  return rows[0]!.vouched;
}
