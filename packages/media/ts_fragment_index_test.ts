import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  canFollow,
  FragmentIndex,
  type FragmentIndexResult,
  MIN_FRAGMENT_TICKS,
} from "./ts_fragment_index.ts";

const WRAP = 2 ** 33;
const TABLES = 376;

type Times = (number | undefined)[];

/**
 * Frames of 1000 bytes each with these PTS: `K` is a keyframe with tables in front, `k` one without, `D` and `d` are
 * no keyframes; `C`, `c` and `x` are as `K`, `k` and `d` with other parameters. Without `dts` these are the PTS.
 */
function indexOf(kinds: string, pts: Times, dts: Times = []) {
  const index = new FragmentIndex();
  let position = 0;
  for (const [at, kind] of [...kinds].entries()) {
    const tablesPosition = "KDC".includes(kind) ? position : undefined;
    if (tablesPosition !== undefined) position += TABLES;
    index.add({
      position,
      tablesPosition,
      pts: pts[at],
      dts: dts[at],
      keyframe: "KkCc".includes(kind),
      changed: "Ccx".includes(kind),
    });
    position += 1000;
  }
  return { index, result: index.build(position), bytes: position };
}

/** PTS of `count` frames at 5 frames/s: three of them last for 0.6 s. */
const steady = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => (first + index * 18_000) % WRAP);

function assertTiled(result: FragmentIndexResult & { ok: true }): void {
  const sum = (key: "bytes" | "durationTicks") =>
    result.fragments.reduce((total, fragment) => total + fragment[key], 0);
  assert.equal(sum("bytes"), result.bytes);
  assert.equal(sum("durationTicks"), result.mediaDurationTicks);
}

function built(kinds: string, pts: Times, dts?: Times) {
  const { index, result, bytes } = indexOf(kinds, pts, dts);
  assert.ok(result.ok, JSON.stringify(result));
  assertTiled(result);
  assert.equal(result.bytes, index.endPosition ?? bytes);
  return {
    ...result,
    durations: result.fragments.map((f) => f.durationTicks),
    endsAt: index.endPosition,
    frames: index.frameCount,
    jumped: index.jumped,
  };
}

function refused(kinds: string, pts: Times): string {
  const { result } = indexOf(kinds, pts);
  assert.ok(!result.ok, JSON.stringify(result));
  return result.reason;
}

test("fragments tile the segment and last from keyframe to keyframe", () => {
  const { fragments, startTicks, endsAt } = built("KddKd", steady(5, 126_000));
  assert.equal(startTicks, 126_000);
  assert.equal(endsAt, undefined);
  assert.deepEqual(fragments, [
    { bytes: 3376, durationTicks: 54_000, keyframeBytes: 1376 },
    { bytes: 2376, durationTicks: 36_000, keyframeBytes: 1376 },
  ]);
});

test("a keyframe less than 0.5 s after the fragment's start belongs to it", () => {
  const at = [0, 22_500, 44_999, 45_000, 67_500, 89_999, 112_500];
  const { durations, fragments } = built("KKKKKKK", at);
  assert.deepEqual(durations, [45_000, 67_500, 112_500 - 89_999]);
  assert.deepEqual(
    fragments.map(({ keyframeBytes }) => keyframeBytes),
    [1376 + TABLES, 1376 + TABLES, 1376],
    "up to the next frame",
  );
});

test("a keyframe without tables in front starts a fragment only at the segment's beginning", () => {
  assert.deepEqual(built("kkkKkkk", steady(7)).durations, [54_000, 72_000]);
  assert.deepEqual(built("kdddddd", steady(7)).durations, [7 * 18_000]);
});

test("a keyframe right after a keyframe: the tables of the second are not the first's", () => {
  const { fragments } = built("KK", [0, 90_000]);
  assert.deepEqual(
    fragments.map((fragment) => fragment.keyframeBytes),
    [1376, 1376],
  );
});

test("with B-frames the last picture shown is not the last one stored", () => {
  // Shown as K B B P, B B P: stored K P B B P B B.
  const pts = [0, 3, 1, 2, 6, 4, 5].map((n) => n * 18_000);
  const dts = [-1, 0, 1, 2, 3, 4, 5].map((n) => (n * 18_000 + WRAP) % WRAP);
  assert.deepEqual(built("Kdddddd", pts, dts).durations, [7 * 18_000]);
  assert.deepEqual(
    built(
      "KdddKdd",
      [0, 3, 1, 2, 4, 6, 5].map((n) => n * 18_000),
      dts,
    ).durations,
    [72_000, 54_000],
  );
});

test("time goes on over the wrap of 33 bits", () => {
  const { durations, startTicks } = built(
    "KdKdK",
    steady(5, WRAP - 18_000 * 2 - 100).map((t) => t),
  );
  assert.equal(startTicks, WRAP - 36_100);
  assert.deepEqual(durations, [72_000, 18_000], "0.4 s between the keyframes");
  assert.deepEqual(built("KddKdd", steady(6, WRAP - 36_100)).durations, [54_000, 54_000]);
});

test("a segment of one frame lasts 1/25 s", () => {
  assert.deepEqual(built("K", [5]).durations, [3600]);
  assert.deepEqual(built("Kd", [5, 5]).durations, [3600], "both at the same time");
});

test("a pause before the last frame is not taken for the frame's length", () => {
  const pts = [...steady(9), 8 * 18_000 + 450_000];
  const average = Math.round(pts.at(-1)! / 9);
  assert.deepEqual(built("Kddddddddd", pts).durations, [pts.at(-1)! + average]);
});

test("frames in front of the first keyframe: their bytes count, their time does not", () => {
  const { fragments, startTicks } = built("ddKd", steady(4, 1000));
  assert.equal(startTicks, 1000 + 36_000);
  assert.deepEqual(fragments, [{ bytes: 4376, durationTicks: 36_000, keyframeBytes: 3376 }]);
});

test("first keyframe on the other side of the wrap than the frame in front of it", () => {
  assert.equal(built("dK", [WRAP - 1800, 1800]).startTicks, 1800);
  assert.equal(built("dK", [1800, WRAP - 1800]).startTicks, WRAP - 1800);
});

test("a frame without time stamp counts, but starts nothing", () => {
  const { durations } = built("KddKd", [0, 18_000, 36_000, undefined, 72_000]);
  assert.deepEqual(durations, [72_000 + 36_000]);
});

test("other parameters end the segment; its last frame lasts until the one that has them", () => {
  const { endsAt, frames, durations, fragments } = built(
    "KdddCdd",
    [0, 1, 2, 3, 10, 11, 12].map((n) => n * 18_000),
  );
  assert.deepEqual([endsAt, frames], [4376, 4]);
  assert.deepEqual(durations, [180_000]);
  assert.deepEqual(fragments, [{ bytes: 4376, durationTicks: 180_000, keyframeBytes: 1376 }]);
  const early = built("KdddKC", steady(6));
  assert.deepEqual(early.durations, [72_000, 18_000], "however short the last fragment becomes");
  assert.equal(early.endsAt, early.bytes);
});

test("other parameters without tables in between: the segment ends at the next keyframe that has some", () => {
  assert.deepEqual([built("KkcccCd", steady(7)).endsAt, built("KkcccCd", steady(7)).frames], [5376, 5]);
  assert.equal(built("Kkccc", steady(5)).endsAt, undefined);
  assert.equal(built("KkcccKd", steady(7)).endsAt, undefined, "the old ones are back");
});

test("other parameters in front of the first keyframe do not end what has not begun", () => {
  assert.equal(built("xCdd", steady(4)).endsAt, undefined);
});

test("times that go back end the segment at the next keyframe; what is before it goes on steadily", () => {
  const at = built(
    "KdddKddd",
    [0, 1, 2, 3, 0, 1, 2, 3].map((n) => 900_000 + n * 18_000),
  );
  assert.deepEqual([at.endsAt, at.frames, at.startTicks], [4376, 4, 900_000]);
  assert.deepEqual(at.durations, [72_000]);

  const inside = built(
    "KdddKd",
    [100, 101, 50, 51, 52, 53].map((n) => n * 18_000),
  );
  assert.deepEqual([inside.endsAt, inside.frames], [4376, 4]);
  assert.deepEqual(inside.durations, [72_000]);

  const tabled = built(
    "KdDDK",
    [100, 101, 50, 51, 52].map((n) => n * 18_000),
  );
  assert.equal(tabled.endsAt, 2 * TABLES + 4000 + TABLES, "tables alone do not make a beginning");

  const late = built(
    "KddKddd",
    [100, 101, 102, 103, 104, 50, 51].map((n) => n * 18_000),
  );
  assert.equal(late.endsAt, undefined, "no keyframe follows");
  assert.deepEqual(late.durations, [54_000, 72_000]);
});

test("times that jump ahead by more than 10 s end the segment, a silent camera's 10 s do not", () => {
  const jump = (ticks: number) => [0, 18_000, 36_000, 36_000 + ticks, 54_000 + ticks];
  const silent = built("KddKd", jump(900_000));
  assert.deepEqual([silent.endsAt, silent.durations[0]], [undefined, 936_000]);
  const jumped = built("KddKd", jump(900_001));
  assert.deepEqual([jumped.endsAt, jumped.durations], [3376, [54_000]]);
});

test("with B-frames only the decoding time tells of a jump, and the last frame keeps its length", () => {
  const stored = [0, 3, 1, 2, 4, 7, 5, 6];
  const pts = stored.map((n) => 90_000 + n * 18_000);
  const dts = stored.map((_, index) => 72_000 + index * 18_000);
  assert.equal(built("KdddKddd", pts, dts).endsAt, undefined);
  const back = (times: number[]) => times.map((time, index) => (index < 4 ? time + 900_000 : time));
  const jumped = built("KdddKddd", back(pts), back(dts));
  assert.deepEqual([jumped.endsAt, jumped.durations], [4376, [72_000]]);
});

/** PTS that advance by these steps. */
function after(...steps: number[]): number[] {
  let at = 0;
  return steps.map((step) => (at += step));
}

test("frames that stand still are time that went back, as FFmpeg writes it", () => {
  const s = 18_000;
  const held = built("KddddddddKddKd", after(0, s, s, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, s));
  assert.deepEqual([held.endsAt, held.frames], [TABLES + 9000, 9]);
  assert.deepEqual(held.durations, [9 * s], "each lasts as long as those before");
  const over = built("KdddddddddKd", after(0, s, s, 1, 1, 1, 1, 1, 400, s, s, s));
  assert.deepEqual([over.endsAt, over.durations], [TABLES + 10_000, [9 * s + 400]], "though time goes on");
  const later = indexOf("Kddddddd", after(0, s, s, 1, 1, 1, 1, 1)).index;
  assert.deepEqual([later.endPosition, later.jumped], [undefined, true]);
});

test("time that stands still for less than five frames or half a second did not go back", () => {
  const s = 18_000;
  const few = built("KdddddKdd", after(0, s, 1, 1, 1, 1, 2 * s, s, s));
  assert.deepEqual([few.endsAt, few.durations], [undefined, [3 * s + 4, 3 * s]]);
  const short = built("KddddddddKd", after(0, 3600, 1, 1, 1, 1, 1, 1, 1, 90_000, 3600));
  assert.deepEqual([short.endsAt, short.durations[0]], [undefined, 93_607]);
  const slices = built(
    "KkkkkkkkdKkkkkkkkd",
    after(0, 1, 1, 1, 1, 1, 1, 1, 90_000, s, 1, 1, 1, 1, 1, 1, 1, s),
  );
  assert.deepEqual([slices.jumped, slices.durations[0]], [false, 108_007], "slices taken for keyframes");
});

test("says whether a segment can be the next of a run", () => {
  assert.ok(canFollow(WRAP - 10, 10));
  assert.ok(canFollow(90_000, 90_000 - 3600));
  assert.ok(canFollow(0, 900_000));
  assert.ok(!canFollow(0, 900_001));
  assert.ok(!canFollow(90_000, 0));
});

test("a jump in front of the first keyframe is none", () => {
  const { startTicks, endsAt, durations } = built(
    "ddKddKdd",
    [500, 501, 1, 2, 3, 4, 5, 6].map((n) => n * 18_000),
  );
  assert.deepEqual([startTicks, endsAt], [18_000, undefined]);
  assert.deepEqual(durations, [54_000, 54_000]);
});

test("no keyframe is refused with the reason", () => {
  assert.match(refused("ddd", steady(3)), /None of its 3 video frames is a keyframe/);
  assert.match(refused("K", [undefined]), /keyframe with a time stamp/);
});

test("durations of more than an hour are refused, and nothing below has too many fragments", () => {
  const every9s = (count: number) => Array.from({ length: count }, (_, index) => index * 9 * 90_000);
  assert.match(refused("K".repeat(402), every9s(402)), /span 1\.0 h/);
  assert.equal(built("K".repeat(400), every9s(400)).fragments.length, 400);
  const every500ms = Array.from({ length: 7200 }, (_, index) => index * MIN_FRAGMENT_TICKS);
  assert.equal(built("K".repeat(7200), every500ms).fragments.length, 7200);
});

test("whatever frames there are: fragments tile the segment, last 0.5 s at least, begin at tables and belong together", () => {
  const frame = fc.record({
    kind: fc.constantFrom(..."KKKkDdddddCcx"),
    stepTicks: fc.oneof(fc.constant(3600), fc.nat(60_000), fc.integer({ min: -2_000_000, max: 2_000_000 })),
    shownAfter: fc.constantFrom(0, 0, 3600, 7200),
  });
  let ended = 0;
  const check = (frames: { kind: string; stepTicks: number; shownAfter: number }[], first: number) => {
    let dts = first;
    const times = frames.map(({ stepTicks, shownAfter }) => {
      dts = (dts + stepTicks + WRAP) % WRAP;
      return { dts, pts: (dts + shownAfter) % WRAP };
    });
    const kinds = `K${frames
      .slice(1)
      .map(({ kind }) => kind)
      .join("")}`;
    const { index, result, bytes } = indexOf(
      kinds,
      times.map(({ pts }) => pts),
      times.map(({ dts }) => dts),
    );
    assert.ok(result.ok);
    assertTiled(result);
    assert.equal(result.bytes, index.endPosition ?? bytes);
    if (index.endPosition !== undefined) ended++;
    const starts = new Set<number>();
    let position = 0;
    for (const kind of kinds) {
      if ("KC".includes(kind)) starts.add(position);
      position += "KDC".includes(kind) ? 1000 + TABLES : 1000;
    }
    let at = 0;
    for (const [number, fragment] of result.fragments.entries()) {
      assert.ok(starts.has(at));
      assert.ok(fragment.durationTicks > 0);
      if (number < result.fragments.length - 1) assert.ok(fragment.durationTicks >= MIN_FRAGMENT_TICKS);
      at += fragment.bytes;
    }
  };
  fc.assert(fc.property(fc.array(frame, { minLength: 1, maxLength: 40 }), fc.nat(WRAP - 1), check), {
    numRuns: 500,
  });
  assert.ok(ended > 100, `only ${ended} of 500 ended early`);
});
