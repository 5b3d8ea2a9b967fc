/**
 * Reads the log in its order, for those who follow it. Positions are given before the commit, so a lower one may be
 * committed after a higher one. The order is therefore that of (transaction, position), and it is read only below the
 * oldest transaction that is still open: what comes later comes after the cursor.
 */
import type { NewEvent } from "@rokuga/media/events.ts";
import { readEvent } from "@rokuga/media/upcast.ts";
import type pg from "pg";

/** How far a reader has come: the last event it has read. */
export type LogCursor = { transactionId: string; position: number };

export const LOG_START: LogCursor = { transactionId: "0", position: 0 };

/** An event of the log. `recordedAtMs`: when the log took it, by the database's clock. */
export type RecordedEvent = NewEvent & { recordedAtMs: number; position: number };

/** An event that cannot be read: the log keeps it, readers go on without it. */
export type UnreadableEvent = { position: number; eventId: string; problem: string };

export type LogPage = {
  events: RecordedEvent[];
  unreadable: UnreadableEvent[];
  /** Where to go on. */
  cursor: LogCursor;
  /** Whether there may be more. */
  isFull: boolean;
  /** Whether all of them can be read, and are in the log as this program would write them. */
  isCurrent: boolean;
};

export type ReadLogOptions = {
  after: LogCursor;
  /** Events at most. */
  limit: number;
  /** Reads all that is committed. Only for one who keeps others from appending: else it may pass a late commit. */
  withoutHorizon?: boolean;
};

/** A row of {@link LOG_COLUMNS}. */
export type LogRow = {
  position: string;
  transaction_id: string;
  event_id: string;
  type: string;
  version: number;
  data: unknown;
  occurred_ms: string;
  recorded_ms: string;
};

/** Columns of a row as {@link readRows} reads them. */
export const LOG_COLUMNS = `position, transaction_id::text AS transaction_id, event_id, type, version, data,
  floor(extract(epoch FROM occurred_at) * 1000)::bigint AS occurred_ms,
  floor(extract(epoch FROM recorded_at) * 1000)::bigint AS recorded_ms`;

/** The next events after a cursor, upcast and checked. */
export async function readLog(
  client: pg.Pool | pg.ClientBase,
  { after, limit, withoutHorizon = false }: ReadLogOptions,
): Promise<LogPage> {
  const { rows } = await client.query<LogRow>(
    `SELECT ${LOG_COLUMNS} FROM events
     WHERE (transaction_id, position) > ($1::xid8, $2)
       ${withoutHorizon ? "" : "AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())"}
     ORDER BY events.transaction_id, position LIMIT $3`,
    [after.transactionId, after.position, limit],
  );
  const last = rows.at(-1);
  return {
    ...readRows(rows),
    cursor: last ? { transactionId: last.transaction_id, position: Number(last.position) } : after,
    isFull: rows.length === limit,
  };
}

/** Rows as events. */
export function readRows(rows: readonly LogRow[]): Pick<LogPage, "events" | "unreadable" | "isCurrent"> {
  const events: RecordedEvent[] = [];
  const unreadable: UnreadableEvent[] = [];
  let isCurrent = true;
  for (const row of rows) {
    const position = Number(row.position);
    const { event_id: eventId, type, version, data } = row;
    const read = readEvent({ eventId, type, version, data, occurredAtMs: Number(row.occurred_ms) });
    if (read.ok) {
      events.push(Object.assign(read.event, { recordedAtMs: Number(row.recorded_ms), position }));
      isCurrent &&= read.event.version === version;
    } else {
      unreadable.push({ position, eventId, problem: read.problem });
      isCurrent = false;
    }
  }
  return { events, unreadable, isCurrent };
}
