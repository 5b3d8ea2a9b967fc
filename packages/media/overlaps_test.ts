import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { subtract, union } from "./coverage.ts";
import { hasOverlaps, OVERLAP_MS, type Span, withoutOverlaps } from "./overlaps.ts";

const span = (runId: string, beganMs: number, startMs: number, endMs: number): Span => ({
  ...{ runId, beganMs, startMs, endMs },
});
/** Spans of a run, each beginning where the last one ends. */
function run(runId: string, { beganMs, lengths }: { beganMs: number; lengths: readonly number[] }): Span[] {
  let endMs = beganMs;
  return lengths.map((length) => {
    endMs += length;
    return span(runId, beganMs, endMs - length, endMs);
  });
}
const byStart = (spans: readonly Span[]) => [...spans].sort((a, b) => a.startMs - b.startMs);
const names = (spans: readonly Span[]) => spans.map(({ runId, startMs }) => `${runId}${startMs}`);

test("one run after the other is left as it is", () => {
  const spans = [
    ...run("a", { beganMs: 0, lengths: [2_000, 2_000] }),
    ...run("b", { beganMs: 9_000, lengths: [2_000] }),
  ];
  assert.equal(hasOverlaps(spans), false);
  assert.equal(withoutOverlaps(spans), spans, "the very same list");
});

test("the run that began first plays, and where it has nothing the later one does", () => {
  const first = run("b", { beganMs: 0, lengths: [2_000, 2_000, 2_000, 2_000] });
  first.splice(1, 2);
  const later = run("a", { beganMs: 1_000, lengths: [2_000, 2_000, 2_000, 2_000] });
  assert.deepEqual(names(withoutOverlaps(byStart([...first, ...later]))), ["b0", "a3000", "b6000"]);
});

test("of two that began together the lower id plays; a corrected clock decides by what it says now", () => {
  const two = [span("b", 0, 0, 2_000), span("a", 0, 0, 2_000)];
  assert.deepEqual(names(withoutOverlaps(two)), ["a0"]);
  assert.deepEqual(names(withoutOverlaps([span("b", -1, 0, 2_000), span("a", 0, 0, 2_000)])), ["b0"]);
});

test("a little overlap where one run takes over is no reason to leave footage out", () => {
  const takeOver = (startMs: number, lengthMs = 4_000) =>
    names(withoutOverlaps([span("a", 0, 0, 10_000), span("b", 9_000, startMs, startMs + lengthMs)]));
  assert.deepEqual(takeOver(10_000 - OVERLAP_MS), ["a0", "b9500"]);
  assert.deepEqual(takeOver(10_000 - OVERLAP_MS - 1), ["a0"]);
  assert.deepEqual(takeOver(9_700, 500), ["a0"], "more than half of it");
  assert.deepEqual(takeOver(9_750, 500), ["a0", "b9750"]);
});

const anyRuns = fc
  .array(
    fc.record({
      beganMs: fc.integer({ min: 0, max: 60_000 }),
      lengths: fc.array(fc.integer({ min: 500, max: 9_000 }), { minLength: 1, maxLength: 12 }),
      missing: fc.array(fc.nat(11), { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((runs) =>
    runs.flatMap(({ missing, ...each }, index) =>
      run(String.fromCharCode(97 + index), each).filter((_, at) => !missing.includes(at)),
    ),
  );

test("property: no moment twice, all that is covered but a fragment at each switch, each run in order", () => {
  fc.assert(
    fc.property(anyRuns, (runs) => {
      const spans = byStart(runs);
      const played = withoutOverlaps(spans);
      const before = (a: Span, b: Span) =>
        a.beganMs < b.beganMs || (a.beganMs === b.beganMs && a.runId < b.runId);
      const shared = (one: Span, others: readonly Span[]) =>
        one.endMs -
        one.startMs -
        subtract(one, union(others)).reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
      for (const one of spans) {
        const earlier = played.filter((other) => other.runId !== one.runId && before(other, one));
        const most = Math.min(OVERLAP_MS, (one.endMs - one.startMs) / 2);
        assert.equal(shared(one, earlier) <= most, played.includes(one), "the rule, span by span");
      }
      for (const runId of new Set(spans.map((one) => one.runId))) {
        const own = played.filter((one) => one.runId === runId);
        assert.deepEqual(own, byStart(own));
      }
      const middles = played.map(({ startMs, endMs }) => startMs + endMs);
      assert.deepEqual(
        middles,
        [...middles].sort((a, b) => a - b),
      );
      // What is left open of the covered time lies in spans that were left out, and is shorter than they are.
      for (const covered of union(spans)) {
        for (const hole of subtract(covered, union(played))) {
          const out = spans.filter(
            (one) => !played.includes(one) && one.startMs < hole.endMs && one.endMs > hole.startMs,
          );
          assert.deepEqual(subtract(hole, union(out)), []);
        }
      }
    }),
    { numRuns: 500 },
  );
});
