/**
 * Gauges for Prometheus, made from the database when they are asked for: the web app itself counts nothing, so that
 * every instance says the same. Several scrapers cost no more than one: a text is given out again for a while.
 */
import type { Database } from "@rokuga/db/connect.ts";
import { readCameras } from "@rokuga/db/read_cameras.ts";
import { readCompleteness } from "@rokuga/db/read_completeness.ts";
import { readPosition, readSitesHeard, type SiteHeard } from "@rokuga/db/read_sites.ts";
import type { CameraDay, CameraView } from "@rokuga/media/api.ts";
import { Gauge, Registry } from "prom-client";

/** How long a text is given out, ms. */
const FRESH_MS = 5_000;
const DAY_MS = 86_400_000;

export type MetricsText = { text: string; contentType: string };

/**
 * Makes a reader of metrics that keeps its last answer for 5 s. Rejects when `read` does, and asks it anew the next
 * time. `clock`: ms since the epoch.
 */
export function createMetrics(
  read: (nowMs: number) => Promise<Facts>,
  clock: () => number = Date.now,
): () => Promise<MetricsText> {
  let kept: { atMs: number; answer: Promise<MetricsText> } | undefined;
  return () => {
    const nowMs = clock();
    if (kept && nowMs - kept.atMs < FRESH_MS) return kept.answer;
    const answer = read(nowMs).then(metricsText);
    const mine = { atMs: nowMs, answer };
    kept = mine;
    answer.catch(() => {
      if (kept === mine) kept = undefined;
    });
    return answer;
  };
}

export type Facts = {
  nowMs: number;
  cameras: readonly CameraView[];
  /** Yesterday's and today's of each camera, in UTC. */
  days: ReadonlyMap<string, readonly CameraDay[]>;
  sites: readonly SiteHeard[];
  position: number;
};

export async function readFacts(database: Database, nowMs: number): Promise<Facts> {
  const cameras = await readCameras(database, nowMs);
  const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const days = await readCompleteness(database, {
    cameraIds: cameras.map(({ id }) => id),
    range: { startMs: todayMs - DAY_MS, endMs: todayMs + DAY_MS },
    nowMs,
  });
  const sites = await readSitesHeard(database);
  return { nowMs, cameras, days, sites, position: await readPosition(database) };
}

/** What Prometheus reads. Pure. */
export async function metricsText(facts: Facts): Promise<MetricsText> {
  const registry = new Registry();
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name: `rokuga_${name}`, help, labelNames, registers: [registry] });
  const ratio = gauge(
    "camera_completeness_ratio",
    "Part of the day (UTC) so far that can be played, 0 to 1. Absent while nothing was to be recorded.",
    ["camera", "day"],
  );
  const missing = gauge(
    "camera_missing_seconds",
    "Time of the day (UTC) so far that cannot be played, by cause. Causes without a gap are absent.",
    ["camera", "day", "cause"],
  );
  const recording = gauge("camera_recording", "Whether the camera records and its site is heard.", [
    "camera",
  ]);
  const backlogBytes = gauge("camera_backlog_bytes", "Recorded and waiting on site, as last reported.", [
    "camera",
  ]);
  const backlogSegments = gauge("camera_backlog_segments", "Segments waiting on site, as last reported.", [
    "camera",
  ]);
  for (const { id: camera, state, backlog } of facts.cameras) {
    recording.set({ camera }, state === "recording" ? 1 : 0);
    backlogBytes.set({ camera }, backlog?.bytes ?? 0);
    backlogSegments.set({ camera }, backlog?.segments ?? 0);
    for (const one of facts.days.get(camera) ?? []) {
      const day = one.endMs > facts.nowMs ? "today" : "yesterday";
      if (one.completeness !== null) ratio.set({ camera, day }, one.completeness);
      for (const [cause, ms] of Object.entries(one.missingMs)) missing.set({ camera, day, cause }, ms / 1000);
    }
  }
  const heard = gauge("site_last_heard_seconds", "Time since the site was last heard of.", ["site"]);
  for (const { siteId: site, lastHeardMs } of facts.sites) {
    heard.set({ site }, Math.max(0, facts.nowMs - lastHeardMs) / 1000);
  }
  gauge("events_position", "Highest position in the event log.").set(facts.position);
  return { text: await registry.metrics(), contentType: registry.contentType };
}
