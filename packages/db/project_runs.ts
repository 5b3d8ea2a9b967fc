/**
 * The projection `runs`, and what moves with a run when its clock turns out to have been wrong. Rows hold corrected
 * times; whatever of the run arrives after the correction is moved as it is written.
 */
import type { EventData } from "@rokuga/media/events.ts";
import { sql } from "drizzle-orm";
import type { Transaction } from "./connect.ts";
import { recomputeCoverage } from "./coverage.ts";
import { runs } from "./schema.ts";

const KEY = [runs.cameraId, runs.runId];

export async function startRun(tx: Transaction, data: EventData<"RunStarted">): Promise<void> {
  await tx
    .insert(runs)
    .values(data)
    .onConflictDoUpdate({
      target: KEY,
      set: { startMs: sql`excluded.start_ms + ${runs.correctedByMs}` },
    });
}

export async function endRun(tx: Transaction, data: EventData<"RunEnded">): Promise<void> {
  const { cameraId, runId, endMs, reason } = data;
  await tx
    .insert(runs)
    .values({ cameraId, runId, endMs, endReason: reason })
    .onConflictDoUpdate({
      target: KEY,
      set: { endMs: sql`excluded.end_ms + ${runs.correctedByMs}`, endReason: reason },
    });
}

/** Moves all that is known of a run. Keys of objects stay as they are: they only have to be found. */
export async function correctClock(tx: Transaction, data: EventData<"ClockCorrected">): Promise<void> {
  const { cameraId, runId, byMs } = data;
  await tx
    .insert(runs)
    .values({ cameraId, runId, correctedByMs: byMs })
    .onConflictDoUpdate({
      target: KEY,
      set: {
        startMs: sql`${runs.startMs} + excluded.corrected_by_ms`,
        endMs: sql`${runs.endMs} + excluded.corrected_by_ms`,
        correctedByMs: sql`${runs.correctedByMs} + excluded.corrected_by_ms`,
      },
    });
  await tx.execute(sql`
    UPDATE gaps SET start_ms = start_ms + ${byMs}::bigint, end_ms = end_ms + ${byMs}::bigint
    WHERE camera_id = ${cameraId} AND run_id = ${runId}`);
  const { rows } = await tx.execute<{ start_ms: number | null; end_ms: number | null }>(sql`
    WITH moved AS (
      UPDATE segments SET start_ms = start_ms + ${byMs}::bigint, end_ms = end_ms + ${byMs}::bigint
      WHERE camera_id = ${cameraId} AND run_id = ${runId}
      RETURNING start_ms, end_ms
    )
    SELECT min(start_ms)::float8 AS start_ms, max(end_ms)::float8 AS end_ms FROM moved`);
  const { start_ms: startMs, end_ms: endMs } = rows[0]!;
  if (startMs === null || endMs === null) return;
  await recomputeCoverage(tx, cameraId, [
    { startMs: startMs - byMs, endMs: endMs - byMs },
    { startMs, endMs },
  ]);
}

type Run = { cameraId: string; runId: string };

/** By how much the times of each of these runs are to be moved, ms. */
export async function readCorrections(
  tx: Transaction,
  wanted: readonly Run[],
): Promise<(run: Run) => number> {
  const keyOf = ({ cameraId, runId }: Run) => `${cameraId}/${runId}`;
  const distinct = [...new Map(wanted.map((run) => [keyOf(run), run])).values()];
  const { rows } = await tx.execute<{ camera_id: string; run_id: string; by_ms: number }>(sql`
    SELECT camera_id, run_id, corrected_by_ms::float8 AS by_ms FROM runs
    JOIN unnest(
      ${sql.param(distinct.map(({ cameraId }) => cameraId))}::text[],
      ${sql.param(distinct.map(({ runId }) => runId))}::text[]
    ) AS wanted (camera_id, run_id) USING (camera_id, run_id)
    WHERE corrected_by_ms <> 0`);
  const corrections = new Map(
    rows.map((row) => [keyOf({ cameraId: row.camera_id, runId: row.run_id }), row.by_ms]),
  );
  return (run) => corrections.get(keyOf(run)) ?? 0;
}
