import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClipPlan, planClip } from "./clip_plan.ts";
import type { PlaylistSegment } from "./playlist_items.ts";

const START = 1_770_000_000_000;

/** A segment of two fragments of 2 s, 100 bytes each, the nth of a run that begins at START. */
function segment(sequence: number, changes: Partial<PlaylistSegment> = {}): PlaylistSegment {
  const startMs = START + sequence * 4_000;
  return {
    runId: "aaaaaaaaaaaaa",
    sequence,
    startMs,
    endMs: startMs + 4_000,
    startTicks: 900 + sequence * 360_000,
    mediaDurationTicks: 360_000,
    key: `key-${sequence}`,
    bytes: 200,
    firstFragment: 2 * sequence,
    beganMs: START,
    tracks: {
      video: { codec: "avc1.64001f", width: 1280, height: 720 },
      audio: { codec: "mp4a.40.2" },
    },
    fragments: [
      { bytes: 100, durationTicks: 180_000, keyframeBytes: 50 },
      { bytes: 100, durationTicks: 180_000, keyframeBytes: 50 },
    ],
    ...changes,
  };
}

const range = (from: number, to: number) => ({ startMs: START + from, endMs: START + to });

function plan(segments: readonly PlaylistSegment[], from: number, to: number): ClipPlan {
  const result = planClip(segments, range(from, to));
  assert.ok(result.ok, JSON.stringify(result));
  return result.plan;
}

/** For each piece: sequence number, and its fragments as `offset@seconds`. */
const shape = ({ stretches }: ClipPlan) =>
  stretches.map(({ pieces }) =>
    pieces.map(({ segment, fragments }) => [
      segment.sequence,
      ...fragments.map(
        ({ offset, atTicks, soundOnly }) => `${offset}@${atTicks / 90_000}${soundOnly ? " sound" : ""}`,
      ),
    ]),
  );

test("the first fragment contains the beginning, which is clip time 0; the last one the end", () => {
  const found = plan([segment(0), segment(1), segment(2)], 3_000, 9_000);
  assert.deepEqual(shape(found), [
    [
      [0, "100@-1"],
      [1, "0@1", "100@3"],
      [2, "0@5"],
    ],
  ]);
  assert.equal(found.durationTicks, 6 * 90_000);
  assert.equal(found.bytes, 400);
  assert.deepEqual(
    found.stretches.map(({ startMs, endMs, startTicks, endTicks }) => [startMs, endMs, startTicks, endTicks]),
    [[START + 3_000, START + 9_000, 0, 540_000]],
  );
});

test("near a border the neighbour's sound is read: before the beginning, and behind the end", () => {
  assert.deepEqual(shape(plan([segment(0), segment(1), segment(2)], 4_200, 7_600)), [
    [
      [0, "100@-2.2 sound"],
      [1, "0@-0.2", "100@1.8"],
      [2, "0@3.8"],
    ],
  ]);
  // Within a segment, too, and where there is no sound, only behind: pictures may be stored late.
  const silent = { video: segment(0).tracks.video, audio: null };
  assert.deepEqual(shape(plan([segment(0)], 2_100, 3_900)), [[[0, "0@-2.1 sound", "100@-0.1"]]]);
  assert.deepEqual(shape(plan([segment(0, { tracks: silent })], 2_100, 3_900)), [[[0, "100@-0.1"]]]);
  assert.deepEqual(shape(plan([segment(0)], 400, 1_900)), [[[0, "0@-0.4", "100@1.6"]]]);
});

test("what is read and not shown has no time of its own", () => {
  const { stretches } = plan([segment(0), segment(1), segment(2)], 4_200, 7_600);
  const spans = stretches[0]!.pieces.map(({ startMs, endMs, startTicks, endTicks }) => [
    startMs - START,
    endMs - START,
    startTicks,
    endTicks,
  ]);
  assert.deepEqual(spans, [
    [4_200, 4_200, 0, 0],
    [4_200, 7_600, 0, 306_000],
    [7_600, 7_600, 306_000, 306_000],
  ]);
});

test("a missing segment, another run, and a camera that was silent for long are breaks without a hole", () => {
  const other = segment(0, { runId: "bbbbbbbbbbbbb", startMs: START + 20_000, endMs: START + 24_000 });
  const silent = segment(3, {
    startMs: START + 15_000,
    endMs: START + 19_000,
    startTicks: 900 + 15 * 90_000,
  });
  const found = plan([segment(0), segment(2), silent, other], 1_000, 22_000);
  assert.deepEqual(
    found.stretches.map(({ startMs, endMs, startTicks, endTicks }) => [
      startMs - START,
      endMs - START,
      startTicks / 90_000,
      endTicks / 90_000,
    ]),
    [
      [1_000, 4_000, 0, 3],
      [8_000, 12_000, 3, 7],
      [15_000, 19_000, 7, 11],
      [20_000, 22_000, 11, 13],
    ],
  );
});

test("a picture that stands until the next segment is shown for so long, and wraps do not matter", () => {
  const wrap = 2 ** 33;
  const first = segment(0, { startTicks: wrap - 360_000 });
  // 0.5 s more than the estimate of the last picture's time.
  const second = segment(1, { startTicks: 45_000, startMs: START + 4_500, endMs: START + 8_500 });
  const found = plan([first, second], 0, 6_000);
  assert.equal(found.stretches.length, 1);
  assert.deepEqual(shape(found), [
    [
      [0, "0@0", "100@2"],
      [1, "0@4.5"],
    ],
  ]);
  // Also where the range ends, or begins, while it stands.
  assert.equal(plan([first, second], 0, 4_300).durationTicks, 4.3 * 90_000);
  assert.deepEqual(shape(plan([first, second], 4_200, 6_000))[0]![0], [0, "100@-2.2"]);
});

test("a wall clock that runs otherwise than the media is followed within each segment", () => {
  // 4.2 s of the wall for 4 s of media.
  const slow = segment(0, { endMs: START + 4_200 });
  const found = plan([slow], 2_100, 4_200);
  assert.deepEqual([found.stretches[0]!.startTicks, found.durationTicks], [0, 180_000]);
});

test("of runs that overlap the one that began first is shown, then the other from where it ends", () => {
  // Its segments begin 2 s after those of the first.
  const later = [0, 1, 2].map((sequence) =>
    segment(sequence, {
      runId: "bbbbbbbbbbbbb",
      beganMs: START + 2_000,
      startMs: START + 2_000 + sequence * 4_000,
      endMs: START + 6_000 + sequence * 4_000,
    }),
  );
  const both = [segment(0), segment(1), ...later].sort((a, b) => a.startMs - b.startMs);
  const found = plan(both, 1_000, 14_000);
  assert.deepEqual(
    found.stretches.map(({ startMs, endMs, startTicks }) => [
      startMs - START,
      endMs - START,
      startTicks / 90_000,
    ]),
    [
      [1_000, 8_000, 0],
      [8_000, 14_000, 7],
    ],
  );
  // From the middle of its second segment on.
  assert.deepEqual(shape(found)[1], [
    [1, "100@7"],
    [2, "0@9", "100@11"],
  ]);
  // In the time of the first nothing of the later run is read.
  assert.ok(shape(plan(both, 3_000, 5_000)).length === 1);
});

test("a range that begins and ends in gaps is what lies between; one without footage is none", () => {
  const found = plan([segment(1)], 0, 60_000);
  assert.deepEqual([found.stretches[0]!.startMs, found.stretches[0]!.endMs], [START + 4_000, START + 8_000]);
  assert.deepEqual(planClip([segment(1)], range(0, 4_000)), { ok: false, reason: "no-footage" });
  assert.deepEqual(planClip([], range(0, 4_000)), { ok: false, reason: "no-footage" });
});

test("another size or codec is refused with its moment, another profile is not", () => {
  const video = (codec: string, width = 1280) => ({ video: { codec, width, height: 720 }, audio: null });
  const changed = (tracks: PlaylistSegment["tracks"]) =>
    planClip([segment(0), segment(1, { tracks })], range(1_000, 7_000));
  assert.ok(changed(video("avc1.4d401f")).ok);
  assert.deepEqual(changed(video("avc1.64001f", 640)), {
    ok: false,
    reason: "changes",
    atMs: START + 4_000,
    from: segment(0).tracks.video,
    to: video("avc1.64001f", 640).video,
  });
  assert.ok(!changed(video("hvc1.1.6.L93.B0")).ok);
  // Behind the end it does not matter.
  const behind = [segment(0), segment(1, { tracks: video("hvc1.1.6.L93.B0") })];
  assert.deepEqual(shape(plan(behind, 1_000, 3_900)), [[[0, "0@-1", "100@1"]]]);
});
