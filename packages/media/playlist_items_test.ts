import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { subtract, union } from "./coverage.ts";
import { OVERLAP_MS } from "./overlaps.ts";
import { type Item, itemsOf, type PlaylistSegment, toSplit, type WholeSegment } from "./playlist_items.ts";
import { BRIDGE_MS, TICKS_PER_MS } from "./segment.ts";

const tracks = { video: { codec: "avc1.64001f", width: 1280, height: 720 }, audio: null };
const WRAP = 2 ** 33;

type Drawn = {
  beganMs: number;
  /** Of each segment: the lengths of its fragments, ms, and for how long the last picture stands after it. */
  segments: { lengths: number[]; stillMs: number; missing: boolean }[];
  firstTicks: number;
};

/** The segments of a run that are there, one after the other. */
function segmentsOf({ beganMs, segments, firstTicks }: Drawn, index: number): PlaylistSegment[] {
  let startMs = beganMs;
  let firstFragment = 0;
  return segments.flatMap(({ lengths, stillMs, missing }, sequence) => {
    const durationMs = lengths.reduce((sum, length) => sum + length, 0);
    const segment: PlaylistSegment = {
      ...{ runId: `000000000000${index}`, beganMs, sequence, firstFragment, tracks },
      ...{ startMs, endMs: startMs + durationMs, mediaDurationTicks: durationMs * TICKS_PER_MS },
      startTicks: (firstTicks + (startMs - beganMs) * TICKS_PER_MS) % WRAP,
      ...{ bytes: lengths.length * 100, key: `${index}-${sequence}` },
      fragments: lengths.map((length) => ({
        bytes: 100,
        durationTicks: length * TICKS_PER_MS,
        keyframeBytes: 9,
      })),
    };
    startMs += durationMs + stillMs;
    firstFragment += lengths.length;
    return missing ? [] : [segment];
  });
}

const anyRuns = fc
  .array(
    fc.record({
      beganMs: fc.integer({ min: 0, max: 80_000 }),
      segments: fc.array(
        fc.record({
          lengths: fc.array(fc.integer({ min: 500, max: 4_000 }), { minLength: 1, maxLength: 4 }),
          stillMs: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 1, max: 4_000 })),
          missing: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
        }),
        { minLength: 1, maxLength: 8 },
      ),
      firstTicks: fc.oneof(fc.constant(0), fc.integer({ min: WRAP - 3_000_000, max: WRAP - 1 })),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((runs) => {
    const all = runs.flatMap(segmentsOf);
    return all.sort((a, b) => a.startMs - b.startMs || (a.runId < b.runId ? -1 : 1));
  });
const anyRange = fc
  .tuple(fc.integer({ min: 0, max: 120_000 }), fc.integer({ min: 1, max: 120_000 }))
  .map(([startMs, length]) => ({ startMs, endMs: startMs + length }));

const whole = ({ fragments: _, firstFragment: __, ...segment }: PlaylistSegment): WholeSegment => segment;

/** Whether an item goes on where another ends, by what is known of them and nothing that itemsOf has made. */
function goesOn(before: Item, item: Item): boolean {
  const [from, to] = [before.segment, item.segment];
  if (from === to) return before.offset + before.bytes === item.offset;
  const ends = before.offset + before.bytes === from.bytes && item.offset === 0;
  const next = from.runId === to.runId && from.sequence + 1 === to.sequence;
  return ends && next && to.startMs - from.endMs <= BRIDGE_MS;
}

function check(
  items: readonly Item[],
  segments: readonly PlaylistSegment[],
  range: { startMs: number; endMs: number },
) {
  for (const [at, item] of items.entries()) {
    assert.ok(item.endMs > range.startMs && item.startMs < range.endMs);
    const before = items[at - 1];
    assert.equal(item.breaks, before && !goesOn(before, item) ? 1 : 0);
    // Within a run the time to the next keyframe is exact, whatever stands still in between.
    if (before && item.breaks === 0) {
      assert.ok(Math.abs(before.durationTicks / TICKS_PER_MS - (item.startMs - before.startMs)) < 0.01);
    }
  }
  for (const runId of new Set(items.map((item) => item.runId))) {
    const own = items.filter((item) => item.runId === runId);
    assert.ok(
      own.every((item, at) => at === 0 || item.startMs > own[at - 1]!.startMs),
      "each run in order",
    );
  }
  const shared =
    items.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) -
    union(items).reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const switches = items.filter((item, at) => at > 0 && item.runId !== items[at - 1]!.runId).length;
  assert.ok(shared <= switches * OVERLAP_MS + 0.01, `${shared} ms twice, ${switches} switches`);
  // What is covered and not listed lies in left-out fragments, at most one of each run beside each other. Where segments
  // begin and end is rounded to whole milliseconds.
  const longestMs = new Set(segments.map(({ runId }) => runId)).size * 4_010;
  for (const covered of union(segments)) {
    const open = subtract(covered, union(items, 0.01)).filter(
      (hole) => hole.startMs < range.endMs && hole.endMs > range.startMs,
    );
    for (const hole of open) {
      const inRange = Math.min(hole.endMs, range.endMs) - Math.max(hole.startMs, range.startMs);
      assert.ok(inRange <= longestMs + 0.01, `a hole of ${inRange} ms`);
    }
  }
}

test("property: what random runs list by fragments, and by whole segments where they can be", () => {
  fc.assert(
    fc.property(anyRuns, anyRange, (segments, range) => {
      const within = segments.filter((one) => one.endMs > range.startMs && one.startMs < range.endMs);
      const byFragments = itemsOf(within, range);
      check(byFragments, within, range);
      const split = new Set(toSplit(within.map(whole)).map(({ key }) => key));
      const mixed = within.map((segment) => (split.has(segment.key) ? segment : whole(segment)));
      check(itemsOf(mixed, range), within, range);
      const [first] = byFragments;
      const earliest = within.find((one) => one.startMs <= range.startMs);
      if (earliest && within.every((one) => one.runId === earliest.runId)) {
        assert.ok(
          first!.startMs <= range.startMs && range.startMs < first!.endMs,
          "the asked moment is in the first",
        );
      }
    }),
    { numRuns: 1_000 },
  );
});
