import assert from "node:assert/strict";
import { test } from "node:test";
import { holes, type LateQuestion, lateBetween, lateStep } from "./late_plan.ts";

const BASE = Date.parse("2026-03-12T10:00:00.000Z");
/** Ten seconds; nothing for twenty; ten seconds that begin a few milliseconds late; nothing for ten; the rest. */
const fragments = [
  { start: 0, duration: 5, programDateTime: BASE },
  { start: 5, duration: 5, programDateTime: BASE + 5_000 },
  { start: 10, duration: 5, programDateTime: BASE + 30_000 },
  { start: 15, duration: 5, programDateTime: BASE + 35_040 },
  { start: 20, duration: 60, programDateTime: BASE + 50_040 },
];
const HOLE = { startMs: BASE + 10_000, endMs: BASE + 30_000 };
const SECOND_HOLE = { startMs: BASE + 40_040, endMs: BASE + 50_040 };

const step = (at: Partial<LateQuestion>) =>
  lateStep({
    ...{ fragments, shownMs: BASE, beforeMs: null, rate: 1, atMs: 100_000, known: null, taken: null },
    ...at,
  });
const filled = { range: HOLE, coverage: [{ startMs: BASE, endMs: BASE + 99_000 }], atMs: 99_000 };

test("holes are where the clock goes on and the list does not, but for rounding", () => {
  assert.deepEqual(holes(fragments, { startMs: BASE, endMs: BASE + 60_000 }), [HOLE, SECOND_HOLE]);
  assert.deepEqual(holes(fragments, { startMs: BASE + 10_001, endMs: BASE + 40_000 }), []);
});

test("far from a hole nothing is asked, ten seconds before it is", () => {
  assert.equal(step({ shownMs: BASE - 1 }), null);
  assert.deepEqual(step({ shownMs: BASE }), { kind: "ask", range: HOLE });
});

test("faster playback asks earlier, for all holes that it will soon reach", () => {
  const range = { startMs: HOLE.startMs, endMs: SECOND_HOLE.endMs };
  assert.deepEqual(step({ shownMs: BASE - 100_000, rate: 16 }), { kind: "ask", range });
  assert.equal(step({ shownMs: BASE - 160_000, rate: 16 }), null);
});

test("it is asked again every three seconds", () => {
  const known = { range: HOLE, coverage: [], atMs: 98_000 };
  assert.equal(step({ known }), null);
  assert.deepEqual(step({ known: { ...known, atMs: 97_000 } }), { kind: "ask", range: HOLE });
});

test("what has arrived is loaded at the hole's edge and not before", () => {
  assert.equal(step({ shownMs: BASE + 9_800, known: filled }), null);
  const taken = { startMs: HOLE.startMs, coveredMs: 20_000 };
  const ms = BASE + 9_900;
  assert.deepEqual(step({ shownMs: ms, known: filled }), { kind: "load", ms, taken });
});

test("a hole that was passed between two looks is gone back to", () => {
  const step1 = step({ beforeMs: BASE + 9_500, shownMs: BASE + 30_100, known: filled });
  assert.deepEqual(step1?.kind === "load" && step1.ms, HOLE.startMs);
});

test("the list is not loaded for what is not there", () => {
  const at = { shownMs: BASE + 9_900 };
  const none = { ...filled, coverage: [{ startMs: BASE, endMs: BASE + 10_400 }] };
  assert.equal(step({ ...at, known: none }), null);
});

test("nor twice for the same footage, but again for more of it", () => {
  const at = { shownMs: BASE + 9_900, known: filled };
  assert.equal(step({ ...at, taken: { startMs: HOLE.startMs, coveredMs: 20_000 } }), null);
  assert.equal(step({ ...at, taken: { startMs: HOLE.startMs, coveredMs: 8_000 } })?.kind, "load");
  assert.equal(step({ ...at, taken: { startMs: BASE, coveredMs: 20_000 } })?.kind, "load");
});

test("a step by played time knows what it would leave out", () => {
  const range = { startMs: BASE + 9_000, endMs: BASE + 19_000 };
  assert.equal(lateBetween(fragments, { range, known: filled }), true);
  assert.equal(lateBetween(fragments, { range, known: null }), false);
  assert.equal(
    lateBetween(fragments, { range: { startMs: BASE, endMs: BASE + 9_000 }, known: filled }),
    false,
  );
});
