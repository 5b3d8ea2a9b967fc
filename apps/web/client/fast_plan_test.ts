import assert from "node:assert/strict";
import { test } from "node:test";
import { fastStep } from "./fast_plan.ts";

/** Keyframes at 0, 2, 4 and 6 s. */
const fragments = [0, 2, 4, 6].map((start) => ({ start, duration: 2, programDateTime: start * 1000 }));
const anchor = { timeS: 1, atMs: 10_000 };
const at = (afterMs: number, currentS: number) =>
  fastStep(fragments, { anchor, rate: 8, atMs: 10_000 + afterMs, currentS });

test("the picture stays until playing would come to the next keyframe", () => {
  assert.deepEqual(at(0, 1), { kind: "wait" });
  assert.deepEqual(at(124, 1), { kind: "wait" });
  assert.deepEqual(at(125, 1), { kind: "show", timeS: 2.005 });
  assert.deepEqual(at(200, 2.005), { kind: "wait" });
});

test("what is late is left out", () => {
  assert.deepEqual(at(640, 2.005), { kind: "show", timeS: 6.005 });
});

test("it ends with the last fragment", () => {
  assert.deepEqual(at(870, 6.005), { kind: "wait" });
  assert.deepEqual(at(875, 6.005), { kind: "end" });
  assert.deepEqual(fastStep([], { anchor, rate: 8, atMs: 0, currentS: 0 }), { kind: "wait" });
});
