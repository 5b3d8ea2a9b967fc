import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hole } from "@rokuga/media/chain_check.ts";
import { type Circumstances, explainHole } from "./explain_hole.ts";

const NOW = 10_000_000;
const nothing: Circumstances = {
  expired: [],
  split: new Set(),
  told: new Set(),
  report: undefined,
  nowMs: NOW,
};

/** Segments of 10 s of a run that began at 1,000 s. */
const hole = (fromSequence: number, toSequence: number | null, endMs?: number): Hole => ({
  ...{ runId: "0mk3x0aaaa001", fromSequence, toSequence, segmentMs: 10_000, isBridged: false },
  startMs: 1_000_000 + fromSequence * 10_000,
  endMs: endMs ?? 1_010_000 + (toSequence ?? fromSequence) * 10_000,
});

const pieces = (of: Hole, circumstances: Partial<Circumstances>) =>
  explainHole(of, { ...nothing, ...circumstances }).map(({ fromSequence, toSequence, why }) =>
    [why ?? "nothing", fromSequence, toSequence].join(" "),
  );

test("a hole falls into what is explained and what is not", () => {
  assert.deepEqual(pieces(hole(3, 9), {}), ["nothing 3 9"]);
  const circumstances = {
    expired: [
      { fromSequence: 0, toSequence: 3 },
      { fromSequence: 7, toSequence: 20 },
    ],
    split: new Set([5]),
    told: new Set([8]),
  };
  assert.deepEqual(pieces(hole(3, 9), circumstances), [
    "expired 3 3",
    "nothing 4 4",
    "split 5 5",
    "nothing 6 6",
    "expired 7 7",
    "told 8 8",
    "expired 9 9",
  ]);
  const [, piece] = explainHole(hole(3, 9), { ...nothing, ...circumstances });
  assert.deepEqual([piece!.startMs, piece!.endMs], [1_040_000, 1_050_000]);
});

test("what the site holds by its last report waits, as far as that reaches", () => {
  const report = (startMs: number, endMs: number) => ({
    report: { reportedMs: NOW - 1_000, ranges: [{ startMs, endMs }] },
  });
  assert.deepEqual(pieces(hole(3, 4), report(1_030_000, 1_050_000)), ["waiting 3 4"]);
  assert.deepEqual(pieces(hole(3, 4), report(1_050_000, 1_060_000)), ["nothing 3 4"]);
  // Of a hundred it holds one.
  assert.deepEqual(pieces(hole(0, 99), report(1_030_000, 1_040_000)), ["nothing 0 99"]);
  // The camera was silent for a minute within the hole: the one segment that is missing is held.
  assert.deepEqual(pieces(hole(3, 3, 1_100_000), report(1_030_000, 1_040_000)), ["waiting 3 3"]);
  assert.deepEqual(pieces(hole(3, null, 1_050_000), report(1_030_000, 1_050_000)), ["waiting 3 "]);
});

test("what is too new for a report waits, and what a site with a backlog has not told of yet", () => {
  const young = { nowMs: 1_060_000 };
  assert.deepEqual(pieces(hole(3, 3), young), ["waiting 3 3"]);
  assert.deepEqual(pieces(hole(3, 3), { nowMs: 1_071_000 }), ["nothing 3 3"]);
  const ranges = [{ startMs: 500_000, endMs: 600_000 }];
  const silent = { reportedMs: 900_000, ranges };
  assert.deepEqual(pieces(hole(3, 3), { report: silent, nowMs: 1_200_000 }), ["waiting 3 3"]);
  // It has told since that nothing of the kind waits.
  assert.deepEqual(pieces(hole(3, 3), { report: { ...silent, reportedMs: 1_100_000 }, nowMs: 1_200_000 }), [
    "nothing 3 3",
  ]);
  assert.deepEqual(pieces(hole(3, 3), { report: { ...silent, ranges: [] }, nowMs: 1_200_000 }), [
    "nothing 3 3",
  ]);
});

test("the end of a run is explained as one", () => {
  assert.deepEqual(pieces(hole(3, null), {}), ["nothing 3 "]);
  assert.deepEqual(pieces(hole(3, null), { expired: [{ fromSequence: 2, toSequence: 6 }] }), ["expired 3 "]);
  assert.deepEqual(pieces(hole(3, null), { told: new Set([4]) }), ["told 3 "]);
  assert.deepEqual(pieces(hole(3, null), { told: new Set([2]) }), ["nothing 3 "]);
});
