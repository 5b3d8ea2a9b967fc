import assert from "node:assert/strict";
import { test } from "node:test";
import { backlogReport, formatDuration, progressLine, type Situation } from "./backlog_report.ts";

const NOW = Date.UTC(2026, 0, 2, 6, 12);
const HOUR = 3_600_000;
const none = { waiting: 0, active: 0, delayed: 0, failed: 0 };
const reachable = { awaySinceMs: null, problem: null };
const quiet: Situation = {
  nowMs: NOW,
  relayRuns: true,
  queue: { live: none, backlog: none, events: none },
  failed: [],
  workers: [
    {
      ...{ version: 1, workerId: "here-1", startedMs: 0, updatedMs: NOW },
      ...{ stored: { segments: 0, bytes: 0 }, store: reachable, log: reachable },
    },
  ],
  spool: { segments: 0, bytes: 0, backlog: [], evicted: { segments: 0, bytes: 0 } },
};
const backlog = [
  { cameraId: "front-door", segments: 2_160, bytes: 2.1e9, oldestMs: NOW - 6.2 * HOUR, oldestEndMs: 0 },
  { cameraId: "garage", segments: 12, bytes: 9e6, oldestMs: NOW - 90_000, oldestEndMs: 0 },
];
const outage: Situation = {
  ...quiet,
  queue: { live: none, backlog: { ...none, waiting: 2_000, active: 8 }, events: none },
  spool: { segments: 2_172, bytes: 2.109e9, backlog, evicted: { segments: 3, bytes: 4e6 } },
  workers: [
    {
      ...quiet.workers[0]!,
      store: { awaySinceMs: NOW - 6 * HOUR, problem: "connection refused" },
    },
  ],
  failed: [
    {
      lane: "backlog",
      jobId: "garage_0mk3x0abcd123_7",
      reason: "it cannot be read",
      attempts: 4,
      failedMs: NOW,
      segment: null,
    },
  ],
};

test("a quiet site takes one line", () => {
  assert.equal(backlogReport(quiet), "Nothing waits on site: all that was recorded is stored.\n");
});

test("an outage says how much waits, since when, for which camera, and why", () => {
  assert.equal(
    backlogReport(outage),
    `2,172 segments (2.1 GB) wait on site, the oldest for 6 h 12 min.

camera       segments     size   oldest                           age
front-door      2,160   2.1 GB   2026-01-02 00:00:00 UTC   6 h 12 min
garage             12   9.0 MB   2026-01-02 06:10:30 UTC   1 min 30 s

Queue: 2,000 next, 8 at work.
The store has been away for 6 h 0 min: connection refused
Dropped since the relay's start, because the spool was full: 3 segments (4.0 MB).

These jobs failed. 'pnpm backlog replay' tries them again:
  garage_0mk3x0abcd123_7: it cannot be read
`,
  );
});

test("without a relay, a queue or a worker it says so", () => {
  assert.match(backlogReport({ ...outage, relayRuns: false }), /The relay does not run/);
  assert.match(backlogReport({ ...outage, queue: null }), /The queue does not answer/);
  assert.match(backlogReport({ ...outage, workers: [] }), /No worker runs/);
});

test("progress is a line: how far, how fast, how long", () => {
  assert.equal(
    progressLine(outage, { total: 4_344, perSecond: 10e6 }),
    "50 %  2,172 segments (2.1 GB) wait, 10.0 MB/s, 3 min 31 s left",
  );
  assert.match(progressLine(outage, { total: 2_172, perSecond: -5 }), /^0 %.*0 B\/s$/);
});

test("durations are as long as they need to be", () => {
  assert.deepEqual([0, 59_400, 61_000, 3_600_000, 90_000_000].map(formatDuration), [
    "0 s",
    "59 s",
    "1 min 1 s",
    "1 h 0 min",
    "1 d 1 h",
  ]);
});
