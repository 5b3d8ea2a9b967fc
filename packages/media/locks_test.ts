import assert from "node:assert/strict";
import { test } from "node:test";
import { NewEvent } from "./events.ts";
import { type FootageLock, footageLocked, footageUnlocked, isInForce, lockedRanges } from "./locks.ts";

const START = 1_770_000_000_000;
const lock = (fromS: number, toS: number, changes: Partial<FootageLock> = {}): FootageLock => ({
  lockId: "one",
  startMs: START + fromS * 1_000,
  endMs: START + toS * 1_000,
  reason: "burglary",
  untilMs: null,
  unlocked: false,
  ...changes,
});

test("a lock holds until it is unlocked, or its time has come", () => {
  assert.equal(isInForce(lock(0, 1), START + 1e12), true);
  assert.equal(isInForce(lock(0, 1, { unlocked: true }), START), false);
  const ending = lock(0, 1, { untilMs: START + 5 });
  assert.deepEqual(
    [4, 5, 6].map((ms) => isInForce(ending, START + ms)),
    [true, false, false],
  );
});

test("what is locked is one range where locks touch, and those that hold no longer are left out", () => {
  const locks = [lock(50, 60), lock(0, 10), lock(10, 20), lock(15, 30, { unlocked: true }), lock(5, 12)];
  assert.deepEqual(
    lockedRanges(locks, START).map(({ startMs, endMs }) => [
      (startMs - START) / 1000,
      (endMs - START) / 1000,
    ]),
    [
      [0, 20],
      [50, 60],
    ],
  );
});

test("a lock's events are named by it", () => {
  const range = { startMs: START, endMs: START + 1 };
  const locked = footageLocked(
    { cameraId: "a", lockId: "one", reason: "burglary", untilMs: null, ...range },
    START,
  );
  const unlocked = footageUnlocked({ cameraId: "a", lockId: "one" }, START + 1);
  assert.deepEqual(NewEvent.parse(locked), locked);
  assert.deepEqual(NewEvent.parse(unlocked), unlocked);
  assert.deepEqual(
    [locked.eventId, unlocked.eventId],
    ["camera/a/FootageLocked/one", "camera/a/FootageUnlocked/one"],
  );
});
