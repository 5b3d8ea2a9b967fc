/** Events of what people did, as the tables of people are changed: in the same transaction. */
import { randomUUID } from "node:crypto";
import { type EventData, type EventType, INSTALLATION_STREAM, NewEvent } from "@rokuga/media/events.ts";
import { appendWithin, lockStream } from "./append.ts";
import type { Database, Transaction } from "./connect.ts";

/** An event of the installation's stream. `eventId`: where a repeat has to be known as one; random without it. */
export function installationEvent<T extends EventType>(
  type: T,
  data: EventData<T>,
  { nowMs, eventId = randomUUID() }: { nowMs: number; eventId?: string },
): NewEvent {
  const id = `${INSTALLATION_STREAM}/${type}/${eventId}`;
  return NewEvent.parse({ eventId: id, type, version: 1, occurredAtMs: nowMs, data });
}

/**
 * Changes people and appends what `work` resolves with as events, or neither. One at a time, so that what it decides by
 * (who is the last owner) still holds when it is committed.
 */
export async function changePeople<T>(
  { db }: Database,
  work: (tx: Transaction) => Promise<{ events: NewEvent[]; result: T }>,
): Promise<T> {
  return await db.transaction(async (tx) => {
    await lockStream(tx, INSTALLATION_STREAM);
    const { events, result } = await work(tx);
    if (events.length > 0) await appendWithin(tx, events);
    return result;
  });
}
