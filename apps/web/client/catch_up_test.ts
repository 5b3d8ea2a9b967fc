import assert from "node:assert/strict";
import { test } from "node:test";
import { type Report, timeLeft, withReport } from "./catch_up.ts";

const NOW = Date.parse("2026-03-12T10:00:00.000Z");
const after = (...counts: [afterMs: number, segments: number][]) =>
  counts.reduce<readonly Report[]>(
    (reports, [afterMs, segments]) => withReport(reports, { reportedMs: NOW + afterMs, segments }),
    [],
  );

test("the time left follows from the pace", () => {
  // 10 segments in 30 s, 3840 are left: 3 h 12 min, less what has passed since.
  assert.equal(timeLeft(after([0, 3_850], [30_000, 3_840]), NOW + 30_000), 11_520_000);
  assert.equal(timeLeft(after([0, 3_850], [30_000, 3_840]), NOW + 40_000), 11_510_000);
  assert.equal(timeLeft(after([0, 12], [20_000, 2]), NOW + 90_000), 0);
});

test("one report, a short while or no progress say nothing", () => {
  assert.equal(timeLeft([], NOW), null);
  assert.equal(timeLeft(after([0, 100]), NOW), null);
  assert.equal(timeLeft(after([0, 100], [5_000, 90]), NOW), null);
  assert.equal(timeLeft(after([0, 100], [30_000, 100]), NOW), null);
});

test("a backlog that has grown begins anew, and one that is gone is forgotten", () => {
  assert.deepEqual(after([0, 100], [30_000, 90], [60_000, 200]), [
    { reportedMs: NOW + 60_000, segments: 200 },
  ]);
  assert.deepEqual(withReport(after([0, 100]), null), []);
});

test("only the last ten minutes count, and a report counts once", () => {
  const reports = after([0, 1_000], [300_000, 900], [700_000, 100], [700_000, 100]);
  assert.deepEqual(
    reports.map(({ segments }) => segments),
    [900, 100],
  );
});
