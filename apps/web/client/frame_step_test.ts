import assert from "node:assert/strict";
import { test } from "node:test";
import { frameShown, NO_FRAMES, stepTarget } from "./frame_step.ts";

const seen = (...times: number[]) => times.reduce(frameShown, NO_FRAMES);

test("the frame's duration is learned from frames that follow each other", () => {
  const clock = seen(1, 1.1, 1.15, 1.2, 9, 9.05);
  assert.equal(clock.shownS, 9.05);
  assert.ok(Math.abs(clock.frameS! - 0.05) < 1e-9);
});

test("seeks and repeated frames teach nothing", () => {
  assert.equal(seen(1, 5, 5, 2).frameS, null);
});

test("a step goes to the middle of the neighbouring frame", () => {
  const clock = { shownS: 2, frameS: 0.1 };
  assert.ok(Math.abs(stepTarget(clock, { currentS: 2.03, direction: 1 }) - 2.15) < 1e-9);
  assert.ok(Math.abs(stepTarget(clock, { currentS: 2.03, direction: -1 }) - 1.95) < 1e-9);
});

test("without a frame seen there, the step is a usual frame from the current time", () => {
  assert.ok(Math.abs(stepTarget(NO_FRAMES, { currentS: 3, direction: 1 }) - 3.06) < 1e-9);
  assert.ok(Math.abs(stepTarget({ shownS: 2, frameS: 0.04 }, { currentS: 8, direction: -1 }) - 7.98) < 1e-9);
  assert.equal(stepTarget(NO_FRAMES, { currentS: 0, direction: -1 }), 0);
});
