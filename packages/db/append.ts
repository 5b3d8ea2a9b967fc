/**
 * Appends events to the log, each exactly once by its event id, and updates the projections in the same transaction:
 * one statement, one round trip (`append_events` of the migrations), which then tells those who listen for the cameras
 * concerned.
 */
import { NewEvent, streamOf } from "@rokuga/media/events.ts";
import { sql } from "drizzle-orm";
import type { Database, Transaction } from "./connect.ts";

/** Appends a batch (in one transaction). Resolves, after the commit, with the ids that were new. */
export async function appendEvents({ pool }: Database, batch: readonly NewEvent[]): Promise<string[]> {
  if (batch.length === 0) return [];
  const { rows } = await pool.query<{ fresh: string[] | null }>({
    name: "append_events",
    text: "CALL append_events($1::jsonb, $2::text[], NULL)",
    values: appendArguments(checked(batch)),
  });
  return rows[0]?.fresh ?? [];
}

/**
 * The same as part of the caller's transaction. One who decides by the projections what to append takes the stream's
 * lock first ({@link lockStream}), so that nothing comes in between.
 */
export async function appendWithin(tx: Transaction, batch: readonly NewEvent[]): Promise<void> {
  const [events, streams] = appendArguments(checked(batch));
  await tx.execute(sql`SELECT append_locked(${events}::jsonb, ${sql.param(streams)}::text[])`);
  await tx.execute(sql`SELECT notify_streams(${sql.param(streams)}::text[])`);
}

/** Keeps all others from appending to a stream until the transaction ends. */
export async function lockStream(tx: Transaction, stream: string): Promise<void> {
  await tx.execute(sql`SELECT lock_streams(ARRAY[${stream}])`);
}

const checked = (batch: readonly NewEvent[]) => batch.map((event) => NewEvent.parse(event));

/** An event with when the log took it (by the database's clock), if it was before now. */
export type Appendable = NewEvent & { recordedAtMs?: number };

/** A batch and its streams, as `append_events` and `append_locked` take them. */
export function appendArguments(events: readonly Appendable[]): [batch: string, streams: string[]] {
  // A batch may name an event twice: it happened once.
  const once = [...new Map(events.map((event) => [event.eventId, event])).values()];
  return [batchText(once), [...new Set(once.map(streamOf))].sort()];
}

/** Events as the functions of the database take them. */
export function batchText(events: readonly Appendable[]): string {
  return JSON.stringify(events.map((event) => ({ ...event, stream: streamOf(event) })));
}

/** Which of these events the log has. */
export async function knownEvents({ pool }: Database, eventIds: readonly string[]): Promise<Set<string>> {
  if (eventIds.length === 0) return new Set();
  const { rows } = await pool.query<{ event_id: string }>(
    "SELECT event_id FROM events WHERE event_id = ANY ($1::text[])",
    [eventIds],
  );
  return new Set(rows.map((row) => row.event_id));
}
