import assert from "node:assert/strict";
import { test } from "node:test";
import { type Follower, followStep, type Lead } from "./follow_plan.ts";

const NOW = Date.parse("2026-03-12T10:00:00.000Z");
const step = (tile: Partial<Follower>, lead: Partial<Lead> = {}) =>
  followStep(
    { ms: NOW, playing: true, rate: 1, live: false, ...lead },
    {
      ...{ phase: "ready", ms: NOW, paused: false, askedMs: NOW - 5_000, askedAgoMs: 5_000, lastMs: null },
      ...tile,
    },
  );

test("in step it plays at the lead's speed", () => {
  assert.deepEqual(step({ ms: NOW + 20 }), { kind: "play", nudge: 1 });
  assert.deepEqual(step({ ms: NOW - 20 }), { kind: "play", nudge: 1 });
});

test("a little off, the speed brings it back, gently", () => {
  assert.deepEqual(step({ ms: NOW - 100 }), { kind: "play", nudge: 1.1 });
  assert.deepEqual(step({ ms: NOW + 100 }), { kind: "play", nudge: 0.9 });
  assert.deepEqual(step({ ms: NOW - 290 }), { kind: "play", nudge: 1.15 });
  assert.deepEqual(step({ ms: NOW - 400 }, { rate: 4 }), { kind: "play", nudge: 1.1 });
});

test("far behind it is sent after the lead, once in a while; a little ahead it waits", () => {
  const seek = { kind: "seek", ms: NOW + 80, keyframe: false };
  assert.deepEqual(step({ ms: NOW - 400 }), seek);
  assert.equal(step({ ms: NOW - 400, askedAgoMs: 100 }).kind, "play");
  assert.deepEqual(step({ ms: NOW + 1_000 }), { kind: "hold", gap: false });
  assert.deepEqual(step({ ms: NOW + 100, paused: true }), { kind: "hold", gap: false });
});

test("without footage it waits at the next one, and is sent back when the viewer goes back", () => {
  assert.deepEqual(step({ ms: NOW + 60_000 }), { kind: "hold", gap: true });
  const back = step({ ms: NOW + 60_000, askedMs: NOW + 1 });
  assert.deepEqual(back, { kind: "seek", ms: NOW + 80, keyframe: false });
});

test("paused, it shows the lead's moment and stays", () => {
  const lead = { playing: false };
  assert.deepEqual(step({}, lead), { kind: "pause" });
  assert.deepEqual(step({ paused: true }, lead), { kind: "wait" });
  assert.deepEqual(step({ paused: true, ms: NOW - 60 }, lead), { kind: "seek", ms: NOW, keyframe: false });
  assert.deepEqual(step({ paused: true, ms: NOW - 60, askedMs: NOW }, lead), { kind: "wait" });
});

test("when only keyframes are shown it shows its own", () => {
  assert.deepEqual(step({ ms: NOW - 2_000 }, { rate: 8 }), { kind: "seek", ms: NOW, keyframe: true });
});

test("it is opened where the lead is, near now in the live list", () => {
  assert.deepEqual(step({ phase: "empty" }), { kind: "open", at: { kind: "moment", ms: NOW } });
  const at = { kind: "live", fromMs: NOW };
  assert.deepEqual(step({ phase: "empty" }, { live: true }), { kind: "open", at });
  assert.equal(step({ phase: "loading", ms: null }).kind, "wait");
  assert.equal(step({ phase: "loading", ms: null, askedMs: NOW - 60_000 }).kind, "open");
});

test("a camera that had nothing is asked again when the viewer goes back, or it has more", () => {
  assert.equal(step({ phase: "end", ms: null }).kind, "wait");
  assert.equal(step({ phase: "end", ms: null, askedMs: NOW + 1 }).kind, "open");
  assert.equal(step({ phase: "no-footage", ms: null, lastMs: NOW + 1_000, askedAgoMs: 6_000 }).kind, "open");
  assert.equal(step({ phase: "no-footage", ms: null, lastMs: NOW + 1_000, askedAgoMs: 1_000 }).kind, "wait");
  assert.equal(step({ phase: "unsupported", ms: null, askedMs: NOW + 1 }).kind, "wait");
});
