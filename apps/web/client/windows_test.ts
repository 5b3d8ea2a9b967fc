import assert from "node:assert/strict";
import { test } from "node:test";
import { continuation, seekPlan, startTime, stepInside, windowFor } from "./windows.ts";

const BASE = Date.parse("2026-03-12T10:00:00.000Z");
/** Ten seconds, a gap of ten seconds, ten seconds. */
const fragments = [
  { start: 0, duration: 10, programDateTime: BASE },
  { start: 10, duration: 10, programDateTime: BASE + 20_000 },
];

test("the window begins half a minute before the moment", () => {
  assert.deepEqual(windowFor(BASE), { startMs: BASE - 30_000, endMs: BASE + 3_600_000 });
});

test("a recording begins at its moment, in a gap at the next footage, and not at all after the end", () => {
  const playlist = { fragments, liveSyncS: null };
  assert.equal(startTime({ kind: "moment", ms: BASE + 4_000 }, playlist), 4);
  assert.equal(startTime({ kind: "moment", ms: BASE + 15_000 }, playlist), 10);
  assert.equal(startTime({ kind: "moment", ms: BASE + 30_000 }, playlist), null);
});

test("live begins where the playlist asks for, or earlier when joined at a moment", () => {
  const playlist = { fragments, liveSyncS: 12 };
  assert.equal(startTime({ kind: "live" }, playlist), 12);
  assert.equal(startTime({ kind: "live", fromMs: BASE + 4_000 }, playlist), 4);
  assert.equal(startTime({ kind: "live", fromMs: BASE + 29_000 }, playlist), 12);
  assert.equal(startTime({ kind: "live", fromMs: BASE + 40_000 }, playlist), 12);
});

test("a live playlist that has forgotten the moment is not the place to join", () => {
  assert.equal(startTime({ kind: "live", fromMs: BASE - 1 }, { fragments, liveSyncS: 12 }), null);
});

test("a window is continued by the next one, near the present by live", () => {
  const far = { nowMs: BASE + 3_600_000, recording: true };
  assert.deepEqual(continuation(BASE, far), { kind: "moment", ms: BASE });
  const near = { nowMs: BASE + 60_000, recording: true };
  assert.deepEqual(continuation(BASE, near), { kind: "live", fromMs: BASE });
  assert.deepEqual(continuation(BASE, { ...near, recording: false }), { kind: "moment", ms: BASE });
});

test("a step leaves out the gap, and leads nowhere outside of what is loaded", () => {
  assert.equal(stepInside(-10_000, { fragments, currentS: 12 }), 2);
  assert.equal(stepInside(10_000, { fragments, currentS: 4 }), 14);
  assert.equal(stepInside(-10_000, { fragments, currentS: 9 }), null);
  assert.equal(stepInside(10_000, { fragments, currentS: 10 }), null);
  assert.equal(stepInside(1_000, { fragments: [], currentS: 0 }), null);
});

test("a seek stays inside what is loaded where it can", () => {
  const loaded = { fragments, liveSyncS: null, nowMs: BASE + 999_000 };
  assert.deepEqual(seekPlan(BASE + 25_000, loaded), { kind: "inside", timeS: 15 });
});

test("a seek to a gap asks again: footage may have come meanwhile", () => {
  const loaded = { fragments, liveSyncS: null, nowMs: BASE + 999_000 };
  const inGap = { kind: "open", at: { kind: "moment", ms: BASE + 15_000 } };
  assert.deepEqual(seekPlan(BASE + 15_000, loaded), inGap);
  assert.deepEqual(seekPlan(BASE - 1, loaded), { kind: "open", at: { kind: "moment", ms: BASE - 1 } });
  assert.deepEqual(seekPlan(BASE + 31_000, loaded), {
    kind: "open",
    at: { kind: "moment", ms: BASE + 31_000 },
  });
});

test("a slit of rounding between fragments is not a gap", () => {
  const slit = [
    { start: 0, duration: 9.999, programDateTime: BASE },
    { start: 10, duration: 10, programDateTime: BASE + 10_000 },
  ];
  const loaded = { fragments: slit, liveSyncS: null, nowMs: BASE + 999_000 };
  assert.deepEqual(seekPlan(BASE + 9_999, loaded), { kind: "inside", timeS: 10 });
});

test("nothing is later than live", () => {
  const live = { fragments, liveSyncS: 12, nowMs: BASE + 40_000 };
  assert.deepEqual(seekPlan(BASE + 29_000, live), { kind: "inside", timeS: 12 });
  assert.deepEqual(seekPlan(BASE + 90_000, live), { kind: "inside", timeS: 12 });
  assert.deepEqual(seekPlan(BASE + 90_000, { ...live, liveSyncS: null }), {
    kind: "open",
    at: { kind: "live" },
  });
});
