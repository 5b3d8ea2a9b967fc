import assert from "node:assert/strict";
import { test } from "node:test";
import { glided, isStill, releaseSpeed } from "./inertia.ts";

const drag = (speed: number) => Array.from({ length: 10 }, (_, n) => ({ at: n * 16 * speed, ms: n * 16 }));

test("the speed is that of the last moments of the drag", () => {
  assert.ok(Math.abs(releaseSpeed(drag(2), 144) - 2) < 1e-9);
  assert.ok(
    Math.abs(
      releaseSpeed([{ at: 500, ms: 0 }, ...drag(-1).map(({ at, ms }) => ({ at, ms: ms + 500 }))], 644) + 1,
    ) < 1e-9,
  );
});

test("who stops before letting go, or only clicks, gets no glide", () => {
  assert.equal(releaseSpeed(drag(2), 144 + 200), 0);
  assert.equal(releaseSpeed([{ at: 3, ms: 0 }], 0), 0);
  assert.equal(releaseSpeed([], 10), 0);
});

test("a glide begins at its speed, slows down and ends", () => {
  assert.ok(Math.abs(glided(1, 1) - 1) < 0.01);
  assert.ok(glided(1, 200) - glided(1, 100) < glided(1, 100));
  assert.ok(!isStill(100));
  assert.ok(isStill(1_500));
  assert.ok(glided(1, 1e6) <= 325);
});
