import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraDay, CameraView } from "@rokuga/media/api.ts";
import { createMetrics, type Facts, metricsText } from "./metrics.ts";

const NOW = Date.parse("2026-03-12T06:00:00Z");
const DAY_MS = 86_400_000;
const TODAY = Date.parse("2026-03-12T00:00:00Z");

const camera: CameraView = {
  id: "front",
  name: "Front door",
  siteId: "home",
  state: "recording",
  sinceMs: TODAY,
  firstMs: TODAY,
  lastMs: NOW,
  tracks: null,
  backlog: { reportedMs: NOW, segments: 12, bytes: 30_000_000, oldestMs: TODAY },
};
const yard: CameraView = { ...camera, id: "yard", state: "waiting", backlog: null };

const yesterday: CameraDay = {
  day: "2026-03-11",
  startMs: TODAY - DAY_MS,
  endMs: TODAY,
  expectedMs: 0,
  coveredMs: 0,
  completeness: null,
  missingMs: {},
};
const today: CameraDay = {
  day: "2026-03-12",
  startMs: TODAY,
  endMs: TODAY + DAY_MS,
  expectedMs: 20_000_000,
  coveredMs: 15_000_000,
  completeness: 0.75,
  missingMs: { corrupt: 10_500, "waiting-on-site": 4_989_500 },
};

const FACTS: Facts = {
  nowMs: NOW,
  cameras: [camera, yard],
  days: new Map([["front", [yesterday, today]]]),
  sites: [{ siteId: "home", lastHeardMs: NOW - 1_500 }],
  position: 42,
};

/** The samples, without what explains them. */
const samples = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

test("what Prometheus reads of cameras, sites and the log", async () => {
  const { text, contentType } = await metricsText(FACTS);
  assert.match(contentType, /^text\/plain; version=0\.0\.4/);
  assert.match(text, /^# TYPE rokuga_camera_completeness_ratio gauge$/m);
  assert.deepEqual(samples(text), [
    'rokuga_camera_completeness_ratio{camera="front",day="today"} 0.75',
    'rokuga_camera_missing_seconds{camera="front",day="today",cause="corrupt"} 10.5',
    'rokuga_camera_missing_seconds{camera="front",day="today",cause="waiting-on-site"} 4989.5',
    'rokuga_camera_recording{camera="front"} 1',
    'rokuga_camera_recording{camera="yard"} 0',
    'rokuga_camera_backlog_bytes{camera="front"} 30000000',
    'rokuga_camera_backlog_bytes{camera="yard"} 0',
    'rokuga_camera_backlog_segments{camera="front"} 12',
    'rokuga_camera_backlog_segments{camera="yard"} 0',
    'rokuga_site_last_heard_seconds{site="home"} 1.5',
    "rokuga_events_position 42",
  ]);
});

test("scrapes within five seconds cost one reading; one that failed is not kept", async () => {
  let nowMs = NOW;
  let readings = 0;
  const metrics = createMetrics(
    async (atMs) => {
      readings++;
      if (readings === 2) throw new Error("the database is away");
      return { ...FACTS, nowMs: atMs, position: readings };
    },
    () => nowMs,
  );
  const position = async () => samples((await metrics()).text).at(-1);
  assert.deepEqual(await Promise.all([position(), position()]), Array(2).fill("rokuga_events_position 1"));
  nowMs += 4_999;
  assert.equal(await position(), "rokuga_events_position 1");
  nowMs += 1;
  await assert.rejects(metrics(), /away/);
  assert.equal(await position(), "rokuga_events_position 3");
});
