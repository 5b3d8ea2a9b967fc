/**
 * Appends events to the log, each exactly once by its event id, and updates the projections in the same
 * transaction. Writers of the same camera take turns (an advisory lock), so that projections never see half of
 * another writer's batch. The commit notifies those who listen for the cameras concerned.
 */

import { NewEvent, streamOf } from "@rokuga/media/events.ts";
import { inArray, sql } from "drizzle-orm";
import type { Database } from "./connect.ts";
import { project } from "./project.ts";
import { events as eventsTable } from "./schema.ts";

/** The NOTIFY channel; the payload is a JSON array of streams. */
export const CHANNEL = "rokuga_events";

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
    const inserted = await tx
      .insert(eventsTable)
      .values(
        checked.map((event) => ({
          eventId: event.eventId,
          stream: streamOf(event),
          type: event.type,
          version: event.version,
          data: event.data,
          occurredAt: new Date(event.occurredAtMs),
        })),
      )
      .onConflictDoNothing({ target: eventsTable.eventId })
      .returning({ eventId: eventsTable.eventId });
    const fresh = new Set(inserted.map((row) => row.eventId));
    for (const event of checked) {
      // A batch may name the same event twice: it is projected once.
      if (fresh.delete(event.eventId)) await project(tx, event);
    }
    if (inserted.length > 0) {
      await tx.execute(sql`SELECT pg_notify(${CHANNEL}, ${JSON.stringify(streams)})`);
    }
    return inserted.map((row) => row.eventId);
  });
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
