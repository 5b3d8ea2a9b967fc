/**
 * The projections: how each event changes the tables that queries read. Every change is such that the tables
 * end up the same whatever order events arrive in; the event's own uniqueness makes repeats harmless.
 */

import type { EventData, NewEvent } from "@rokuga/media/events.ts";
import { and, eq, lte, sql } from "drizzle-orm";
import type { Db } from "./connect.ts";
import { addCoverage } from "./coverage.ts";
import { cameras, gaps, runs, segments, sites } from "./schema.ts";

export type Transaction = Parameters<Parameters<Db["transaction"]>[0]>[0];

export async function project(tx: Transaction, event: NewEvent): Promise<void> {
  switch (event.type) {
    case "SiteRegistered": {
      const row = { ...event.data, nameAtMs: event.occurredAtMs };
      await tx
        .insert(sites)
        .values(row)
        .onConflictDoUpdate({ target: sites.siteId, set: row, setWhere: lte(sites.nameAtMs, row.nameAtMs) });
      return;
    }
    case "CameraRegistered":
      await heard(tx, event.data.cameraId, event.occurredAtMs);
      await tx
        .update(cameras)
        .set({
          siteId: event.data.siteId,
          registeredMs: sql`least(${cameras.registeredMs}, ${event.occurredAtMs})`,
        })
        .where(eq(cameras.cameraId, event.data.cameraId));
      return await name(tx, event.data, event.occurredAtMs);
    case "CameraRenamed":
      await heard(tx, event.data.cameraId, event.occurredAtMs);
      return await name(tx, event.data, event.occurredAtMs);
    case "CameraRetired":
      await heard(tx, event.data.cameraId, event.occurredAtMs);
      await tx.update(cameras).set({ retired: true }).where(eq(cameras.cameraId, event.data.cameraId));
      return;
    case "RunStarted": {
      const { cameraId, runId, startMs } = event.data;
      await heard(tx, cameraId, event.occurredAtMs);
      await tx
        .insert(runs)
        .values({ cameraId, runId, startMs })
        .onConflictDoUpdate({ target: [runs.cameraId, runs.runId], set: { startMs } });
      return;
    }
    case "RunEnded": {
      const { cameraId, runId, endMs, reason } = event.data;
      await heard(tx, cameraId, event.occurredAtMs);
      await tx
        .insert(runs)
        .values({ cameraId, runId, endMs, endReason: reason })
        .onConflictDoUpdate({ target: [runs.cameraId, runs.runId], set: { endMs, endReason: reason } });
      return;
    }
    case "SegmentStored":
      await heard(tx, event.data.cameraId, event.occurredAtMs);
      return await storeSegment(tx, event.data);
    case "SegmentLost": {
      const { cameraId, runId, sequence, startMs, wallDurationMs, cause, detail } = event.data;
      await heard(tx, cameraId, event.occurredAtMs);
      await tx
        .insert(gaps)
        .values({ cameraId, runId, sequence, startMs, endMs: startMs + wallDurationMs, cause, detail })
        .onConflictDoNothing();
      return;
    }
    default:
      return event satisfies never;
  }
}

/** Makes sure that the camera's row exists and knows when it was last heard of. */
async function heard(tx: Transaction, cameraId: string, atMs: number): Promise<void> {
  await tx
    .insert(cameras)
    .values({ cameraId, lastHeardMs: atMs })
    .onConflictDoUpdate({
      target: cameras.cameraId,
      set: { lastHeardMs: sql`greatest(${cameras.lastHeardMs}, excluded.last_heard_ms)` },
    });
}

async function name(tx: Transaction, data: { cameraId: string; name: string }, atMs: number): Promise<void> {
  await tx
    .update(cameras)
    .set({ name: data.name, nameAtMs: atMs })
    .where(and(eq(cameras.cameraId, data.cameraId), sql`coalesce(${cameras.nameAtMs}, 0) <= ${atMs}`));
}

async function storeSegment(tx: Transaction, data: EventData<"SegmentStored">): Promise<void> {
  const { fragments, wallDurationMs, ...rest } = data;
  const row = {
    ...rest,
    endMs: rest.startMs + wallDurationMs,
    fragmentBytes: fragments.map((fragment) => fragment.bytes),
    fragmentTicks: fragments.map((fragment) => fragment.durationTicks),
    keyframeBytes: fragments.map((fragment) => fragment.keyframeBytes),
  };
  await tx.insert(segments).values(row).onConflictDoNothing();
  await addCoverage(tx, row);
}
