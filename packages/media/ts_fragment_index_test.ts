import assert from "node:assert/strict";
import { test } from "node:test";
import { FragmentIndex, type FragmentIndexResult } from "./ts_fragment_index.ts";

const WRAP = 2 ** 33;

/** Frames of 1000 bytes each, `K` or `d`, with these PTS; keyframes have 376 bytes of tables in front. */
function indexOf(kinds: string, pts: (number | undefined)[]): { result: FragmentIndexResult; bytes: number } {
  const index = new FragmentIndex();
  let position = 0;
  for (const [at, kind] of [...kinds].entries()) {
    const fragmentPosition = position;
    if (kind === "K") position += 376;
    index.add({ position, fragmentPosition, pts: pts[at], keyframe: kind === "K" });
    position += 1000;
  }
  return { result: index.build(position), bytes: position };
}

/** PTS of `count` frames at 25 frames/s. */
const steady = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => (first + index * 3600) % WRAP);

function built(kinds: string, pts: (number | undefined)[]) {
  const { result, bytes } = indexOf(kinds, pts);
  assert.ok(result.ok, JSON.stringify(result));
  assert.equal(
    result.fragments.reduce((sum, fragment) => sum + fragment.bytes, 0),
    bytes,
  );
  const ticks = result.fragments.reduce((sum, fragment) => sum + fragment.durationTicks, 0);
  assert.equal(result.mediaDurationTicks, ticks);
  return {
    ...result,
    durations: result.fragments.map((f) => f.durationTicks),
  };
}

function refused(kinds: string, pts: (number | undefined)[]): string {
  const { result } = indexOf(kinds, pts);
  assert.ok(!result.ok, JSON.stringify(result));
  return result.reason;
}

test("fragments tile the segment and last from keyframe to keyframe", () => {
  const { fragments, startTicks } = built("KddKd", steady(5, 126_000));
  assert.equal(startTicks, 126_000);
  assert.deepEqual(fragments, [
    { bytes: 3376, durationTicks: 10_800, keyframeBytes: 1376 },
    { bytes: 2376, durationTicks: 7200, keyframeBytes: 1376 },
  ]);
});

test("a keyframe right after a keyframe: the tables of the second are not the first's", () => {
  const { fragments } = built("KK", steady(2));
  assert.deepEqual(
    fragments.map((fragment) => fragment.keyframeBytes),
    [1376, 1376],
  );
});

test("with B-frames the last picture shown is not the last one stored", () => {
  // Shown as K B B P, B B P: stored K P B B P B B.
  const { durations } = built("KddKddd", [0, 10_800, 3600, 7200 + 7200, 25_200, 18_000, 21_600]);
  assert.deepEqual(durations, [14_400, 14_400]);
});

test("time goes on over the wrap of 33 bits", () => {
  const { durations, startTicks } = built("KdKdK", steady(5, WRAP - 3600 * 2 - 100));
  assert.equal(startTicks, WRAP - 7300);
  assert.deepEqual(durations, [7200, 7200, 3600]);
});

test("a segment of one frame lasts 1/25 s", () => {
  assert.deepEqual(built("K", [5]).durations, [3600]);
  assert.deepEqual(built("Kd", [5, 5]).durations, [3600], "both at the same time");
});

test("a pause before the last frame is not taken for the frame's length", () => {
  const pts = [...steady(9), 8 * 3600 + 90_000];
  const average = Math.round(pts.at(-1)! / 9);
  assert.deepEqual(built("Kddddddddd", pts).durations, [pts.at(-1)! + average]);
});

test("frames in front of the first keyframe: their bytes count, their time does not", () => {
  const { fragments, startTicks } = built("ddKd", steady(4, 1000));
  assert.equal(startTicks, 1000 + 7200);
  assert.deepEqual(fragments, [{ bytes: 4376, durationTicks: 7200, keyframeBytes: 3376 }]);
});

test("first keyframe on the other side of the wrap than the frame in front of it", () => {
  assert.equal(built("dK", [WRAP - 1800, 1800]).startTicks, 1800);
  assert.equal(built("dK", [1800, WRAP - 1800]).startTicks, WRAP - 1800);
});

test("a frame without time stamp counts, but starts nothing", () => {
  const { durations } = built("KdKd", [0, 3600, undefined, 7200]);
  assert.deepEqual(durations, [10_800]);
});

test("no keyframe, time that goes backwards or stands still is refused with the reason", () => {
  assert.match(refused("ddd", steady(3)), /None of its 3 video frames is a keyframe/);
  assert.match(refused("K", [undefined]), /keyframe with a time stamp/);
  assert.match(refused("KdKd", [90_000, 93_600, 0, 3600]), /go backwards: the keyframe at byte 2376 /);
  assert.match(refused("KK", [5, 5]), /go backwards/);
});

test("durations of more than an hour are refused: 149 h cannot be in a segment", () => {
  assert.match(refused("KdKd", [0, 3600, 90_000 * 3600 * 9, 90_000 * 3600 * 9 + 3600]), /span 9\.0 h/);
  assert.equal(built("KK", [0, 1800 * 90_000 - 1]).durations.length, 2);
});

test("10,000 fragments are the most", () => {
  const kinds = (count: number) => "K".repeat(count);
  assert.equal(built(kinds(10_000), steady(10_000)).fragments.length, 10_000);
  assert.match(refused(kinds(10_001), steady(10_001)), /10001 keyframes, more than the 10000/);
});
