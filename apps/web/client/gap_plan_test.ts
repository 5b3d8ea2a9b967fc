import assert from "node:assert/strict";
import { test } from "node:test";
import { stretchFrom } from "./gap_plan.ts";

const range = (startMs: number, endMs: number) => ({ startMs, endMs });

test("a stretch goes on as long as any camera has footage", () => {
  const coverages = [[range(0, 10_000), range(30_000, 40_000)], [range(8_000, 20_000)]];
  assert.deepEqual(stretchFrom(coverages, 5_000), range(5_000, 20_000));
  assert.deepEqual(stretchFrom(coverages, 20_000), range(30_000, 40_000));
  assert.equal(stretchFrom(coverages, 40_000), null);
  assert.equal(stretchFrom([[], []], 0), null);
});

test("a change of runs is no break, and a late start of less than that is none either", () => {
  assert.deepEqual(stretchFrom([[range(1_000, 5_000), range(6_400, 9_000)]], 0), range(0, 9_000));
  assert.deepEqual(stretchFrom([[range(1_600, 5_000), range(6_600, 9_000)]], 0), range(1_600, 5_000));
});

test("a camera inside of another's footage makes the stretch no shorter", () => {
  assert.deepEqual(stretchFrom([[range(0, 60_000)], [range(10_000, 20_000)]], 15_000), range(15_000, 60_000));
});
