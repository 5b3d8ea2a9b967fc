/**
 * Appends events to the log, each exactly once by its event id, and updates the projections in the same
 * transaction. Writers of the same camera take turns (an advisory lock), so that projections never see half of
 * another writer's batch. The commit notifies those who listen for the cameras concerned.
 */

import { NewEvent, streamOf } from "@rokuga/media/events.ts";
import { inArray, sql } from "drizzle-orm";
import { chunks } from "./chunks.ts";
import type { Database, Transaction } from "./connect.ts";
import { project, type RecordedEvent } from "./project.ts";
import { events as eventsTable } from "./schema.ts";

/** The NOTIFY channel; the payload is a JSON array of streams. */
export const CHANNEL = "rokuga_events";

/** Streams per notification: a payload must be shorter than 8,000 bytes, and a stream's name has at most 70. */
const STREAMS_PER_NOTICE = 100;

/** Appends a batch (in one transaction). Resolves, after the commit, with the ids that were new. */
export async function appendEvents({ db }: Database, batch: readonly NewEvent[]): Promise<string[]> {
  if (batch.length === 0) return [];
  const checked = batch.map((event) => NewEvent.parse(event));
  const streams = [...new Set(checked.map(streamOf))].sort();
  return await db.transaction(async (tx) => {
    // Sorted, so that two batches with the same cameras cannot deadlock.
    await tx.execute(
      sql`SELECT pg_advisory_xact_lock(hashtextextended(stream, 0)) FROM (SELECT unnest(${sql.param(streams)}::text[]) AS stream ORDER BY 1) AS streams`,
    );
    const fresh = await insertNew(tx, checked);
    if (fresh.length > 0) {
      await project(tx, fresh);
      await notify(tx, streams);
    }
    return fresh.map(({ eventId }) => eventId);
  });
}

/** Inserts those that the log does not have, and returns them, each once. */
async function insertNew(tx: Transaction, batch: readonly NewEvent[]): Promise<RecordedEvent[]> {
  const recorded = new Map<string, number>();
  for (const chunk of chunks(batch)) {
    const inserted = await tx
      .insert(eventsTable)
      .values(
        chunk.map((event) => ({
          eventId: event.eventId,
          stream: streamOf(event),
          type: event.type,
          version: event.version,
          data: event.data,
          occurredAt: new Date(event.occurredAtMs),
        })),
      )
      .onConflictDoNothing({ target: eventsTable.eventId })
      .returning({ eventId: eventsTable.eventId, recordedAt: eventsTable.recordedAt });
    for (const { eventId, recordedAt } of inserted) recorded.set(eventId, recordedAt.getTime());
  }
  return batch.flatMap((event) => {
    const recordedAtMs = recorded.get(event.eventId);
    // A batch may name the same event twice: it is new once.
    recorded.delete(event.eventId);
    return recordedAtMs === undefined ? [] : [{ ...event, recordedAtMs }];
  });
}

async function notify(tx: Transaction, streams: readonly string[]): Promise<void> {
  const payloads: string[] = [];
  for (let start = 0; start < streams.length; start += STREAMS_PER_NOTICE) {
    payloads.push(JSON.stringify(streams.slice(start, start + STREAMS_PER_NOTICE)));
  }
  await tx.execute(
    sql`SELECT pg_notify(${CHANNEL}, payload) FROM unnest(${sql.param(payloads)}::text[]) AS payload`,
  );
}

/** Which of these events the log has. */
export async function knownEvents({ db }: Database, eventIds: readonly string[]): Promise<Set<string>> {
  if (eventIds.length === 0) return new Set();
  const rows = await db
    .select({ eventId: eventsTable.eventId })
    .from(eventsTable)
    .where(inArray(eventsTable.eventId, [...eventIds]));
  return new Set(rows.map((row) => row.eventId));
}
