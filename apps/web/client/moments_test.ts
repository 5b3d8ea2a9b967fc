import assert from "node:assert/strict";
import { test } from "node:test";
import type { TimelineAnswer } from "@rokuga/media/api.ts";
import { coveredBefore, coveredFrom, missingByCause, momentAt } from "./moments.ts";

const answer: TimelineAnswer = {
  cameraId: "front",
  nowMs: 9_000,
  startMs: 1_000,
  endMs: 10_000,
  coverage: [
    { startMs: 2_000, endMs: 3_000 },
    { startMs: 4_000, endMs: 8_000 },
  ],
  gaps: [
    { startMs: 3_000, endMs: 3_500, cause: "relay-stopped" },
    { startMs: 3_500, endMs: 4_000, cause: "camera-unreachable" },
    { startMs: 8_000, endMs: 9_000, cause: "waiting-on-site" },
  ],
};

test("ranges hold their start and not their end", () => {
  assert.deepEqual(momentAt(answer, 2_000), { kind: "covered", range: answer.coverage[0] });
  assert.deepEqual(momentAt(answer, 2_999), { kind: "covered", range: answer.coverage[0] });
  assert.deepEqual(momentAt(answer, 3_000), { kind: "gap", gap: answer.gaps[0] });
  assert.deepEqual(momentAt(answer, 3_500), { kind: "gap", gap: answer.gaps[1] });
  assert.deepEqual(momentAt(answer, 4_000), { kind: "covered", range: answer.coverage[1] });
});

test("before the first footage, after now and outside of the answer", () => {
  assert.deepEqual(momentAt(answer, 1_500), { kind: "before" });
  assert.deepEqual(momentAt(answer, 9_000), { kind: "future" });
  assert.deepEqual(momentAt(answer, 999), { kind: "unknown" });
  assert.deepEqual(momentAt(null, 2_000), { kind: "unknown" });
  assert.deepEqual(momentAt({ ...answer, endMs: 5_000 }, 6_000), { kind: "unknown" });
});

test("the next footage is here, or where the next range begins, or not known", () => {
  assert.equal(coveredFrom(answer, 2_500), 2_500);
  assert.equal(coveredFrom(answer, 3_000), 4_000);
  assert.equal(coveredFrom(answer, 1_000), 2_000);
  assert.equal(coveredFrom(answer, 8_000), null);
  assert.equal(coveredFrom(answer, 500), null);
  assert.equal(coveredFrom(null, 2_000), null);
});

test("the footage before is just before, or the end of the range before", () => {
  assert.equal(coveredBefore(answer, 2_500), 2_499);
  assert.equal(coveredBefore(answer, 3_000), 2_999);
  assert.equal(coveredBefore(answer, 3_800), 2_999);
  assert.equal(coveredBefore(answer, 4_000), 2_999);
  assert.equal(coveredBefore(answer, 2_000), null);
  assert.equal(coveredBefore(answer, 20_000), null);
});

test("the last seconds are on their way and not missing", () => {
  const late = { ...answer, gaps: [{ startMs: 8_000, endMs: 9_000, cause: "waiting-on-site" as const }] };
  assert.deepEqual(missingByCause(late, { startMs: 1_000, endMs: 10_000 }), []);
  const outage = { ...late, nowMs: 48_000, gaps: [{ ...late.gaps[0]!, endMs: 48_000 }] };
  assert.equal(missingByCause(outage, { startMs: 1_000, endMs: 60_000 })[0]?.totalMs, 40_000);
});

test("what is missing in a range is summed up by cause, the longest first", () => {
  const nowMs = 9_500;
  const two = {
    ...answer,
    nowMs,
    gaps: [...answer.gaps, { startMs: 9_000, endMs: 9_300, cause: "relay-stopped" as const }],
  };
  assert.deepEqual(missingByCause(two, { startMs: 3_100, endMs: 9_100 }), [
    { cause: "waiting-on-site", totalMs: 1_000 },
    { cause: "relay-stopped", totalMs: 500 },
    { cause: "camera-unreachable", totalMs: 500 },
  ]);
  assert.deepEqual(missingByCause(two, { startMs: 4_000, endMs: 8_000 }), []);
});
