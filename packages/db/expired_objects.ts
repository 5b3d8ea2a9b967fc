/**
 * Objects of segments that have expired, until they are deleted. An object goes only when the archive of the log has
 * come past the `SegmentsExpired` that lets it go: one who has only the store, with the archive in it, then never finds
 * a segment that should be there and is not.
 */
import type { NewEvent } from "@rokuga/media/events.ts";
import { type SegmentId, segmentEventId } from "@rokuga/media/ids.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import type { Database } from "./connect.ts";
import { LOG_COLUMNS, type RecordedEvent, readRows, type UnreadableEvent } from "./read_log.ts";

/** Events looked up at a time. */
const LOOK_UP = 2_000;

/** How far the archive has come; as columns of a row, to be compared with (transaction_id, position). */
const ARCHIVED = "(SELECT transaction_id, position FROM cursors WHERE name = 'archive')";

/** A `SegmentsExpired` whose objects are not known to be deleted. */
export type PendingExpiry = RecordedEvent & {
  type: "SegmentsExpired";
  /** Whether the archive has come past it. */
  isArchived: boolean;
};

export type PendingExpiries = {
  expiries: PendingExpiry[];
  unreadable: UnreadableEvent[];
  /** Where to go on; undefined when these were all. */
  next: string | undefined;
};

/** Whether the log is archived at all. */
export async function hasArchive({ pool }: Database): Promise<boolean> {
  const { rows } = await pool.query("SELECT FROM cursors WHERE name = 'archive'");
  return rows.length > 0;
}

/** What is still to be deleted, by event id. `after`: where the page before ended, at first "". */
export async function readPendingExpiries(
  { pool }: Database,
  { after, limit }: { after: string; limit: number },
): Promise<PendingExpiries> {
  const { rows } = await pool.query(
    `SELECT ${LOG_COLUMNS}, coalesce((transaction_id, position) <= ${ARCHIVED}, false) AS is_archived
     FROM (
       SELECT event_id FROM expiries WHERE known AND NOT objects_deleted AND event_id > $1 ORDER BY event_id LIMIT $2
     ) AS pending JOIN events USING (event_id) ORDER BY event_id`,
    [after, limit],
  );
  const archived = new Set(rows.filter((row) => row.is_archived).map((row) => row.event_id));
  const { events, unreadable } = readRows(rows);
  return {
    expiries: events.flatMap((event) =>
      event.type === "SegmentsExpired" ? [{ ...event, isArchived: archived.has(event.eventId) }] : [],
    ),
    unreadable,
    next: rows.length === limit ? rows.at(-1).event_id : undefined,
  };
}

export type ExpiredObjects = { keys: string[]; bytes: number; unreadable: UnreadableEvent[] };

/** The objects of an expiry, by the `SegmentStored` events in the log. Of what was never stored there is none. */
export async function readExpiredObjects(
  { pool }: Database,
  { data: { cameraId, spans } }: NewEvent & { type: "SegmentsExpired" },
): Promise<ExpiredObjects> {
  const objects: ExpiredObjects = { keys: [], bytes: 0, unreadable: [] };
  const ids = spans.flatMap(({ runId, fromSequence, toSequence }) =>
    Array.from({ length: toSequence - fromSequence + 1 }, (_, index) =>
      segmentEventId({ cameraId, runId, sequence: fromSequence + index }, "SegmentStored"),
    ),
  );
  for (let from = 0; from < ids.length; from += LOOK_UP) {
    const { rows } = await pool.query(`SELECT ${LOG_COLUMNS} FROM events WHERE event_id = ANY ($1::text[])`, [
      ids.slice(from, from + LOOK_UP),
    ]);
    const { events, unreadable } = readRows(rows);
    objects.unreadable.push(...unreadable);
    for (const { type, data } of events) {
      if (type !== "SegmentStored") continue;
      objects.keys.push(data.key ?? objectKey(data));
      objects.bytes += data.bytes;
    }
  }
  return objects;
}

/**
 * Of segments that were stored just now, those whose time was over before: they had expired, and the archive knows it.
 * Nobody else will delete the objects that were made of them, since that was done. (Before the archive knows, whoever
 * deletes what has expired will find them.)
 */
export async function readStoredInVain(
  { pool }: Database,
  segments: readonly SegmentId[],
): Promise<SegmentId[]> {
  if (segments.length === 0) return [];
  const { rows } = await pool.query<SegmentId>({
    name: "stored_in_vain",
    // OFFSET 0: each by the index, whatever the planner thinks of joining all that has ever expired.
    text: `SELECT stored.camera_id AS "cameraId", stored.run_id AS "runId", sequence
      FROM unnest($1::text[], $2::text[], $3::integer[]) AS stored (camera_id, run_id, sequence)
      CROSS JOIN LATERAL (
        SELECT event_id FROM expired_spans WHERE camera_id = stored.camera_id AND run_id = stored.run_id
          AND stored.sequence BETWEEN from_sequence AND to_sequence OFFSET 0
      ) AS gone JOIN events USING (event_id)
      WHERE (transaction_id, position) <= ${ARCHIVED}`,
    values: [
      segments.map(({ cameraId }) => cameraId),
      segments.map(({ runId }) => runId),
      segments.map(({ sequence }) => sequence),
    ],
  });
  return rows;
}
