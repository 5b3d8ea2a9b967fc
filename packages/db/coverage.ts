/**
 * The projection `coverage`: merged playable ranges of each camera. The rule, which does not depend on the order
 * of arrival: a segment covers `[start, end)`; between two segments of one run whose sequence numbers follow
 * each other there is no hole (footage of a run is contiguous by sequence number, not by clock), unless the
 * clock says more than {@link BRIDGE_MS}, which only a camera that went silent within its run can cause.
 */
import { sql } from "drizzle-orm";
import type { Transaction } from "./project.ts";

/** The longest hole between neighbours that is taken for the uncertainty of a last frame's duration, ms. */
export const BRIDGE_MS = 2_000;

type Span = { cameraId: string; runId: string; sequence: number; startMs: number; endMs: number };

/** Adds a stored segment's time, joined with the ranges it touches. Its row must be in `segments` already. */
export async function addCoverage(tx: Transaction, span: Span): Promise<void> {
  const { cameraId, runId, sequence, startMs, endMs } = span;
  await tx.execute(sql`
    WITH reach AS (
      SELECT
        coalesce((SELECT least(end_ms, ${startMs}::bigint) FROM segments
          WHERE camera_id = ${cameraId} AND run_id = ${runId} AND sequence = ${sequence - 1}
            AND end_ms >= ${startMs - BRIDGE_MS}), ${startMs}::bigint) AS start_ms,
        coalesce((SELECT greatest(start_ms, ${endMs}::bigint) FROM segments
          WHERE camera_id = ${cameraId} AND run_id = ${runId} AND sequence = ${sequence + 1}
            AND start_ms <= ${endMs + BRIDGE_MS}), ${endMs}::bigint) AS end_ms
    ), touched AS (
      DELETE FROM coverage USING reach
      WHERE camera_id = ${cameraId}
        AND coverage.start_ms <= reach.end_ms AND coverage.end_ms >= reach.start_ms
        -- Ranges are disjoint, so only the last one before the reach can touch it from the left.
        AND coverage.start_ms >= coalesce((SELECT max(c.start_ms) FROM coverage c
          WHERE c.camera_id = ${cameraId} AND c.start_ms <= reach.start_ms), reach.start_ms)
      RETURNING coverage.start_ms, coverage.end_ms
    )
    INSERT INTO coverage (camera_id, start_ms, end_ms)
    SELECT ${cameraId},
      least(reach.start_ms, (SELECT min(start_ms) FROM touched)),
      greatest(reach.end_ms, (SELECT max(end_ms) FROM touched))
    FROM reach
    -- In one statement the delete's effect is not seen by the unique index: an equal start is an update.
    ON CONFLICT (camera_id, start_ms) DO UPDATE SET end_ms = greatest(coverage.end_ms, excluded.end_ms)`);
}
