/** The projection of when each camera and each site was last heard of: its rows are made by this, before all others. */
import type { NewEvent } from "@rokuga/media/events.ts";
import { type Column, sql } from "drizzle-orm";
import { chunks } from "./chunks.ts";
import type { Transaction } from "./connect.ts";
import { cameras, sites } from "./schema.ts";

/** Makes sure that the events' cameras and sites have their rows, and notes when they were heard of. */
export async function hear(
  tx: Transaction,
  events: readonly (NewEvent & { recordedAtMs: number })[],
): Promise<void> {
  const heard = { camera: new Map<string, number>(), site: new Map<string, number>() };
  for (const { data, occurredAtMs, recordedAtMs } of events) {
    // A clock that is ahead must not make a site count as alive for as long as it is ahead.
    const heardMs = Math.min(occurredAtMs, recordedAtMs);
    if ("cameraId" in data) note(heard.camera, data.cameraId, heardMs);
    else note(heard.site, data.siteId, heardMs);
  }
  const later = (column: Column) => ({ lastHeardMs: sql`greatest(${column}, excluded.last_heard_ms)` });
  for (const chunk of chunks([...heard.camera])) {
    await tx
      .insert(cameras)
      .values(chunk.map(([cameraId, lastHeardMs]) => ({ cameraId, lastHeardMs })))
      .onConflictDoUpdate({ target: cameras.cameraId, set: later(cameras.lastHeardMs) });
  }
  for (const chunk of chunks([...heard.site])) {
    await tx
      .insert(sites)
      .values(chunk.map(([siteId, lastHeardMs]) => ({ siteId, lastHeardMs })))
      .onConflictDoUpdate({ target: sites.siteId, set: later(sites.lastHeardMs) });
  }
}

function note(heard: Map<string, number>, id: string, heardMs: number): void {
  heard.set(id, Math.max(heard.get(id) ?? 0, heardMs));
}
