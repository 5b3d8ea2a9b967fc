/**
 * The projections: how events change the tables that queries read. Every change is such that the tables end up the
 * same whatever order events arrive in, and in whatever batches; an event's own uniqueness makes repeats harmless.
 */

import type { EventType, NewEvent } from "@rokuga/media/events.ts";
import { and, eq, sql } from "drizzle-orm";
import type { Transaction } from "./connect.ts";
import { storeGaps } from "./project_gaps.ts";
import { hear } from "./project_heard.ts";
import { correctClock, endRun, startRun } from "./project_runs.ts";
import { storeSegments } from "./project_segments.ts";
import { backlogs, cameras, relayMoments, sites } from "./schema.ts";

/** An event of the log. `recordedAtMs`: when the log took it, by the database's clock. */
export type RecordedEvent<T extends EventType = EventType> = Extract<NewEvent, { type: T }> & {
  recordedAtMs: number;
};

/**
 * Applies events that are new to the log, each named once. The transaction must hold the lock of every stream
 * concerned (see append.ts).
 */
export async function project(tx: Transaction, events: readonly RecordedEvent[]): Promise<void> {
  await hear(tx, events);
  const stored: RecordedEvent<"SegmentStored">[] = [];
  const holes: RecordedEvent<"SegmentLost" | "CameraFellSilent">[] = [];
  for (const event of events) {
    if (event.type === "SegmentStored") stored.push(event);
    else if (event.type === "SegmentLost" || event.type === "CameraFellSilent") holes.push(event);
    else await projectOne(tx, event);
  }
  // Those that come by the hundred are written together, after the corrections of their runs' clocks.
  await storeGaps(tx, holes);
  await storeSegments(tx, stored);
}

type Single = RecordedEvent<Exclude<EventType, "SegmentStored" | "SegmentLost" | "CameraFellSilent">>;

async function projectOne(tx: Transaction, event: Single): Promise<void> {
  switch (event.type) {
    case "SiteRegistered":
      return await nameSite(tx, event);
    case "CameraRegistered":
      await tx
        .update(cameras)
        .set({
          siteId: event.data.siteId,
          registeredMs: sql`least(${cameras.registeredMs}, ${event.occurredAtMs}::bigint)`,
        })
        .where(eq(cameras.cameraId, event.data.cameraId));
      return await nameCamera(tx, event);
    case "CameraRenamed":
      return await nameCamera(tx, event);
    case "CameraRetired":
      await tx
        .update(cameras)
        .set({ retiredMs: sql`greatest(${cameras.retiredMs}, ${event.occurredAtMs}::bigint)` })
        .where(eq(cameras.cameraId, event.data.cameraId));
      return;
    case "RelayStarted":
    case "RelayStopped":
      return await noteRelay(tx, event);
    case "RelayHeard":
      // That it was heard is all it says.
      return;
    case "RunStarted":
      return await startRun(tx, event.data);
    case "RunEnded":
      return await endRun(tx, event.data);
    case "BacklogReported":
      return await noteBacklog(tx, event);
    case "ClockCorrected":
      return await correctClock(tx, event.data);
    default:
      return event satisfies never;
  }
}

async function nameSite(tx: Transaction, event: RecordedEvent<"SiteRegistered">): Promise<void> {
  await tx
    .update(sites)
    .set({ name: event.data.name, nameAtMs: event.occurredAtMs })
    .where(
      and(
        eq(sites.siteId, event.data.siteId),
        sql`coalesce(${sites.nameAtMs}, 0) <= ${event.occurredAtMs}::bigint`,
      ),
    );
}

async function nameCamera(
  tx: Transaction,
  event: RecordedEvent<"CameraRegistered" | "CameraRenamed">,
): Promise<void> {
  await tx
    .update(cameras)
    .set({ name: event.data.name, nameAtMs: event.occurredAtMs })
    .where(
      and(
        eq(cameras.cameraId, event.data.cameraId),
        sql`coalesce(${cameras.nameAtMs}, 0) <= ${event.occurredAtMs}::bigint`,
      ),
    );
}

/** Of what a clock that is ahead says: nothing happened later than it was recorded. */
const notAhead = (atMs: number, event: RecordedEvent) => Math.min(atMs, event.recordedAtMs);

async function noteRelay(
  tx: Transaction,
  event: RecordedEvent<"RelayStarted" | "RelayStopped">,
): Promise<void> {
  const { eventId, data } = event;
  const moment =
    "startedMs" in data
      ? { kind: "started" as const, atMs: data.startedMs, lastAliveMs: data.lastAliveMs }
      : { kind: "stopped" as const, atMs: data.stoppedMs, lastAliveMs: null };
  await tx
    .insert(relayMoments)
    .values({ ...moment, eventId, siteId: data.siteId, atMs: notAhead(moment.atMs, event) })
    .onConflictDoNothing();
}

async function noteBacklog(tx: Transaction, event: RecordedEvent<"BacklogReported">): Promise<void> {
  const { eventId, data } = event;
  const { siteId: _, ...report } = data;
  const row = { ...report, eventId, reportedMs: notAhead(data.reportedMs, event) };
  await tx
    .insert(backlogs)
    .values(row)
    .onConflictDoUpdate({
      target: backlogs.cameraId,
      set: row,
      setWhere: sql`(${backlogs.reportedMs}, ${backlogs.eventId}) < (excluded.reported_ms, excluded.event_id)`,
    });
}
