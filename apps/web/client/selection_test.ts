import assert from "node:assert/strict";
import { test } from "node:test";
import { createSelection, firstRange, markedAt, withEdge } from "./selection.ts";
import { HOUR_MS, MINUTE_MS } from "./zone.ts";

const T = Date.UTC(2026, 2, 12, 14);
const NOW = T + HOUR_MS;
const range = { startMs: T, endMs: T + 60_000 };
const at = (fromS: number, toS: number) => ({ startMs: T + fromS * 1000, endMs: T + toS * 1000 });

test("an end moves as far as the other one, the longest clip and the present allow", () => {
  const start = (ms: number) => withEdge(range, { edge: "start", ms, nowMs: NOW });
  const end = (ms: number) => withEdge(range, { edge: "end", ms, nowMs: NOW });
  assert.deepEqual(start(T + 10_000.4), at(10, 60));
  assert.deepEqual(start(T + 59_500), at(59, 60), "a second is left");
  assert.deepEqual(start(T + HOUR_MS), at(59, 60));
  assert.deepEqual(start(T - 90 * HOUR_MS), { startMs: T + 60_000 - 25 * HOUR_MS, endMs: T + 60_000 });
  assert.deepEqual(end(T + 90_000), at(0, 90));
  assert.deepEqual(end(T - 5), at(0, 1));
  assert.deepEqual(end(NOW + 5_000), { startMs: T, endMs: NOW });
  assert.deepEqual(withEdge(range, { edge: "end", ms: T + 99 * HOUR_MS, nowMs: T + 100 * HOUR_MS }), {
    startMs: T,
    endMs: T + 25 * HOUR_MS,
  });
});

test("in and out: beyond the other end a new range begins, and none lies in the future", () => {
  const mark = (edge: "start" | "end", ms: number, from: typeof range | null = range) =>
    markedAt(from, { edge, ms, nowMs: NOW });
  assert.deepEqual(mark("start", T + 20_000), at(20, 60));
  assert.deepEqual(mark("end", T + 20_000), at(0, 20));
  assert.deepEqual(mark("start", T + 100_000), at(100, 130));
  assert.deepEqual(mark("end", T - 10_000), at(-40, -10));
  assert.deepEqual(mark("start", T, null), at(0, 30));
  assert.deepEqual(mark("end", T, null), at(-30, 0));
  assert.deepEqual(mark("start", NOW - 10_000, null), { startMs: NOW - 30_000, endMs: NOW });
});

test("at first a part of what is in sight is selected, around the playhead", () => {
  const view = { startMs: T - 30 * MINUTE_MS, endMs: T + 30 * MINUTE_MS };
  const first = (playheadMs: number | null, nowMs = NOW) => firstRange(view, { playheadMs, nowMs });
  assert.deepEqual(first(T + 600_000), at(300, 900));
  assert.deepEqual(first(null), at(-300, 300));
  assert.deepEqual(first(T - 9 * HOUR_MS), at(-300, 300), "the playhead is out of sight");
  assert.deepEqual(first(T + 600_000, T + 650_000), at(50, 650));
  const near = { startMs: T, endMs: T + 5_000 };
  assert.deepEqual(firstRange(near, { playheadMs: null, nowMs: NOW }), {
    startMs: T + 2_000,
    endMs: T + 3_000,
  });
});

test("the store keeps one range and tells of its changes", () => {
  const selection = createSelection(() => NOW);
  let told = 0;
  selection.subscribe(() => told++);
  selection.move("end", T);
  assert.deepEqual([selection.getState().range, told], [null, 0]);
  selection.mark("start", T);
  selection.move("end", T + 60_000);
  assert.deepEqual([selection.getState().range, told], [range, 2]);
  selection.clear();
  assert.deepEqual(selection.getState().range, null);
});
