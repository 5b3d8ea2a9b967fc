/** For tests of retention: events that were recorded at a given moment, and letting go what is due. */
import { type NewEvent, streamOf } from "@rokuga/media/events.ts";
import { batchText } from "./append.ts";
import type { Database } from "./connect.ts";
import { type ExpiredBatch, FIRST_PLACE, type Place } from "./read_expired.ts";
import { expireBatch } from "./retention.ts";
import type { RetentionClock } from "./retention_clock.ts";

/** Appends events as if the log had taken them then. */
export async function appendAt(
  { pool }: Database,
  recordedAtMs: number,
  events: readonly NewEvent[],
): Promise<void> {
  const batch = batchText(events.map((event) => ({ ...event, recordedAtMs })));
  await pool.query("CALL append_events($1::jsonb, $2::text[], NULL)", [
    batch,
    [...new Set(events.map(streamOf))].sort(),
  ]);
}

/** Lets all that is due of a camera go. */
export async function expireAll(
  database: Database,
  { cameraId, clock, most = 2_000 }: { cameraId: string; clock: RetentionClock; most?: number },
): Promise<ExpiredBatch[]> {
  const batches: ExpiredBatch[] = [];
  for (let place: Place | undefined = FIRST_PLACE; place; place = batches.at(-1)!.next) {
    batches.push(await expireBatch(database, { cameraId, place, clock, most }));
  }
  return batches;
}
