import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY_MS } from "@rokuga/media/retention.ts";
import { SteadyClock } from "./steady_clock.ts";

const HOUR_MS = 3_600_000;

/** Looks once an hour; each entry is by how much the clock jumped since the look before. */
function looks(jumpsMs: readonly number[]): boolean[] {
  let monotonicMs = 5_000;
  let wallMs = 1_770_000_000_000;
  const clock = new SteadyClock(() => monotonicMs);
  return jumpsMs.map((jumpMs) => {
    monotonicMs += HOUR_MS;
    wallMs += HOUR_MS + jumpMs;
    return clock.look(wallMs);
  });
}
const still = (hours: number) => Array<number>(hours).fill(0);

test("a clock is steady once it has been watched for a day", () => {
  assert.deepEqual(looks(still(26)).indexOf(true), 24);
  assert.equal(looks([...still(24), 60_000]).at(-1), true, "a minute is drift");
});

test("one that is set ahead or back has to be watched anew", () => {
  for (const jumpMs of [365 * DAY_MS, -HOUR_MS]) {
    const seen = looks([...still(30), jumpMs, ...still(24)]);
    assert.equal(seen[29], true);
    assert.deepEqual(seen.slice(30, 54), Array(24).fill(false));
    assert.equal(seen[54], true);
  }
});
