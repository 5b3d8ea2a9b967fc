/** SHA-256 of stored objects, as their `SegmentStored` events tell it: to check what is in the store. */
import { type SegmentId, segmentEventId } from "@rokuga/media/ids.ts";
import type { Database } from "./connect.ts";
import { LOG_COLUMNS, readRows } from "./read_log.ts";

/** Events that are read together: checking thousands at once would hold up everybody else in this process. */
const BATCH = 500;

/** Gives each segment's SHA-256, lower-case hex. Throws for one of which the log tells nothing. */
export async function readHashes(
  { pool }: Database,
  cameraId: string,
  of: readonly Omit<SegmentId, "cameraId">[],
): Promise<(segment: Omit<SegmentId, "cameraId">) => string> {
  const idOf = ({ runId, sequence }: Omit<SegmentId, "cameraId">) =>
    segmentEventId({ cameraId, runId, sequence }, "SegmentStored");
  const ids = of.map(idOf);
  const hashes = new Map<string, string>();
  for (let from = 0; from < ids.length; from += BATCH) {
    const { rows } = await pool.query<Parameters<typeof readRows>[0][number]>(
      `SELECT ${LOG_COLUMNS} FROM events WHERE event_id = ANY ($1::text[])`,
      [ids.slice(from, from + BATCH)],
    );
    for (const { eventId, type, data } of readRows(rows).events)
      if (type === "SegmentStored") hashes.set(eventId, data.sha256);
  }
  return (segment) => {
    const hash = hashes.get(idOf(segment));
    if (hash === undefined)
      throw new Error(`Cannot tell what is stored: the log has no event ${idOf(segment)}`);
    return hash;
  };
}
