import assert from "node:assert/strict";
import { test } from "node:test";
import { createServerClock } from "./clock.ts";

test("the server's time is reckoned from half-way through a request", () => {
  const clock = createServerClock(() => 1_000_000);
  assert.equal(clock.nowMs(), 1_000_000);
  clock.learn({ serverMs: 1_060_000, sentAtMs: 999_800, receivedAtMs: 1_000_000 });
  assert.equal(clock.nowMs(), 1_060_100);
});

test("a slow answer does not spoil what a quick one taught", () => {
  const clock = createServerClock(() => 1_000_000);
  clock.learn({ serverMs: 1_060_000, sentAtMs: 999_900, receivedAtMs: 1_000_100 });
  clock.learn({ serverMs: 1_051_000, sentAtMs: 990_000, receivedAtMs: 1_000_000 });
  assert.equal(clock.nowMs(), 1_060_000);
});
