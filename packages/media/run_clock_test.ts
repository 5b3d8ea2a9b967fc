import assert from "node:assert/strict";
import { test } from "node:test";
import { RunClock } from "./run_clock.ts";

const WALL = 1_770_000_000_000;
const SECOND = 90_000;

/** Feeds a frame every 40 ms from `fromS` to `toS` (media time), each delayed by `delayMs(frame)`. */
function feed(
  clock: RunClock,
  options: {
    fromS: number;
    toS: number;
    delayMs: (frame: number) => number;
    wallMs?: (trueMs: number) => number;
  },
) {
  const { fromS, toS, delayMs, wallMs = (trueMs) => trueMs } = options;
  const steps = [];
  for (let frame = fromS * 25; frame < toS * 25; frame++) {
    const monotonicMs = frame * 40 + delayMs(frame);
    const step = clock.observe(frame * 3600, {
      monotonicMs: 5_000 + monotonicMs,
      wallMs: wallMs(WALL + monotonicMs),
    });
    if (step) steps.push(step);
  }
  return steps;
}

const newClock = () => new RunClock({ wallMs: WALL, monotonicMs: 5_000 });

test("a run starts where its least-delayed frame says", () => {
  const clock = newClock();
  // Delays between 30 and 230 ms: the least is 30.
  feed(clock, { fromS: 0, toS: 10, delayMs: (frame) => 30 + ((frame * 7919) % 200) });
  const placed = clock.close({ startTicks: 0, endTicks: 10 * SECOND });
  assert.equal(placed.startMs, WALL + 30);
  assert.ok(Math.abs(placed.endMs - (WALL + 10_030)) <= 5);
});

test("segments follow each other without a hole, and are drawn to the clock by 500 ppm at most", () => {
  const clock = newClock();
  feed(clock, { fromS: 0, toS: 10, delayMs: () => 0 });
  let before = clock.close({ startTicks: 0, endTicks: 10 * SECOND });
  // From now on everything arrives a second late: 10 s of media may move by 5 ms.
  for (let index = 1; index < 20; index++) {
    feed(clock, { fromS: index * 10, toS: (index + 1) * 10, delayMs: () => 1_000 });
    const placed = clock.close({ startTicks: index * 10 * SECOND, endTicks: (index + 1) * 10 * SECOND });
    assert.equal(placed.startMs, before.endMs);
    assert.equal(placed.endMs - placed.startMs, 10_005);
    before = placed;
  }
});

test("a camera's clock that is off by 100 ppm is followed: it never drifts away", () => {
  const clock = newClock();
  let placed = { startMs: 0, endMs: 0 };
  for (let index = 0; index < 360; index++) {
    // After an hour a frame arrives 360 ms later than its media time says.
    feed(clock, { fromS: index * 10, toS: index * 10 + 10, delayMs: (frame) => frame * 40 * 100e-6 });
    placed = clock.close({ startTicks: index * 10 * SECOND, endTicks: (index + 1) * 10 * SECOND });
  }
  assert.ok(Math.abs(placed.endMs - (WALL + 3_600_360)) < 15, `off by ${placed.endMs - WALL - 3_600_360} ms`);
});

test("a step of the wall clock is told and moves no footage", () => {
  for (const hour of [3_600_000, -3_600_000]) {
    const clock = newClock();
    feed(clock, { fromS: 0, toS: 10, delayMs: () => 0 });
    const first = clock.close({ startTicks: 0, endTicks: 10 * SECOND });
    const steps = feed(clock, { fromS: 10, toS: 20, delayMs: () => 0, wallMs: (trueMs) => trueMs + hour });
    const second = clock.close({ startTicks: 10 * SECOND, endTicks: 20 * SECOND });
    assert.equal(steps.length, 1);
    assert.equal(Math.round(steps[0]!.byMs), hour);
    assert.equal(second.startMs, first.endMs);
    assert.equal(second.endMs, first.endMs + 10_000);
  }
});

test("footage that no frame was observed for cannot be placed, unless something came before", () => {
  const clock = newClock();
  assert.throws(() => clock.close({ startTicks: 0, endTicks: SECOND }), /no frame of its run was observed/);
  feed(clock, { fromS: 0, toS: 1, delayMs: () => 0 });
  clock.close({ startTicks: 0, endTicks: SECOND });
  assert.deepEqual(clock.close({ startTicks: SECOND, endTicks: 3 * SECOND }), {
    startMs: WALL + 1_000,
    endMs: WALL + 3_000,
    lateByMs: 0,
  });
});

test("a start that only late frames told of is found out, and once the run is moved nothing is slewed", () => {
  const clock = newClock();
  feed(clock, { fromS: 0, toS: 2, delayMs: () => 6_000 });
  clock.close({ startTicks: 0, endTicks: 2 * SECOND });
  feed(clock, { fromS: 2, toS: 4, delayMs: () => 0 });
  const found = clock.close({ startTicks: 2 * SECOND, endTicks: 4 * SECOND });
  assert.equal(found.lateByMs, 6_000);
  clock.moveBy(-6_000);
  feed(clock, { fromS: 4, toS: 6, delayMs: () => 0 });
  const after = clock.close({ startTicks: 4 * SECOND, endTicks: 6 * SECOND });
  assert.equal(after.startMs, found.endMs);
  assert.ok(Math.abs(after.endMs - after.startMs - 2_000) <= 1);
  assert.ok(after.lateByMs < 2);
  // The scale stays: with the move it is where it was recorded.
  assert.ok(Math.abs(after.startMs - 6_000 - (WALL + 4_000)) <= 2);
});

test("frames that come late in the middle of a run say nothing of its start", () => {
  const clock = newClock();
  feed(clock, { fromS: 0, toS: 2, delayMs: () => 0 });
  clock.close({ startTicks: 0, endTicks: 2 * SECOND });
  feed(clock, { fromS: 2, toS: 4, delayMs: () => 3_000 });
  assert.equal(clock.close({ startTicks: 2 * SECOND, endTicks: 4 * SECOND }).lateByMs, 0);
});
