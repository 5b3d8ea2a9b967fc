/** Files in which the video or its time changes, as the real FFmpeg leaves them: where they are cut, and what plays. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SegmentParser } from "./segment_parser.ts";
import { concat, decodedFrames, ffmpegSegments, noFfmpeg } from "./test_data.ts";
import { copiedSegments, H264, H265, NO_AUDIO, parsed, X265 } from "./test_ffmpeg.ts";
import { canFollow } from "./ts_fragment_index.ts";

const skip = noFfmpeg;
const SMALL = "testsrc2=size=160x90:rate=25";
const LARGE = "testsrc2=size=320x180:rate=25";
const H265_CLOSED = [...H265, "-x265-params", `${X265}:keyint=25:bframes=0`];

/** Seconds of video that begin at `atS`, with a keyframe a second. */
function video(
  seconds: number,
  { atS = 0, picture = SMALL, codec = [...H264, "-g", "25", "-bf", "0"] } = {},
) {
  const args = [...NO_AUDIO, "-t", `${seconds}`, ...codec, "-output_ts_offset", `${atS}`];
  return ffmpegSegments(args, picture)[0]!;
}

/** Cuts where the parser says, looks whether both parts play, and returns what is said of them. */
function cut(bytes: Uint8Array) {
  const first = parsed(bytes);
  assert.ok(first.changedAt !== undefined, "nothing changed");
  assert.equal(first.bytes, first.changedAt);
  const rest = bytes.subarray(first.changedAt);
  const second = parsed(rest);
  assert.equal(decodedFrames(bytes.subarray(0, first.changedAt)), first.frames);
  assert.equal(decodedFrames(rest.subarray(0, second.bytes)), second.frames);
  return { first, second };
}

const ticksOf = ({ startTicks, mediaDurationTicks }: ReturnType<typeof parsed>) =>
  startTicks + mediaDurationTicks;

test("H.264 of another size from a keyframe on, as it is and as FFmpeg copies it", { skip }, () => {
  const before = video(3);
  const both = concat(before, video(2, { atS: 3, picture: LARGE }));
  const copies = copiedSegments(both, 10);
  assert.equal(copies.length, 1);
  for (const bytes of [both, copies[0]!]) {
    const { first, second } = cut(bytes);
    assert.deepEqual([first.frames, second.frames], [75, 50]);
    assert.deepEqual([first.tracks.video.width, second.tracks.video.width], [160, 320]);
    assert.equal(first.mediaDurationTicks, 270_000);
    assert.equal(ticksOf(first), second.startTicks, "no tick between them");
  }
  assert.equal(parsed(both).changedAt, before.length + 188, "FFmpeg's SDT stays with what it follows");
});

test("H.265 of another size, copied; the growing file tells of it within a frame", { skip }, () => {
  const both = concat(
    video(2, { codec: H265_CLOSED }),
    video(2, { atS: 2, picture: LARGE, codec: H265_CLOSED }),
  );
  const [bytes] = copiedSegments(both, 10);
  const { first, second } = cut(bytes!);
  assert.deepEqual([first.frames, second.frames], [50, 50]);
  assert.deepEqual([first.tracks.video.height, second.tracks.video.height], [90, 180]);

  const parser = new SegmentParser();
  let noticedAt = 0;
  for (let at = 0; at < bytes!.length && parser.changedAt === undefined; at += 188) {
    parser.push(bytes!.subarray(at, at + 188));
    noticedAt = at + 188;
  }
  assert.equal(parser.changedAt, first.bytes);
  assert.equal(parser.tracks?.height, 180);
  const keyframe = second.fragments[0]!.keyframeBytes;
  assert.ok(noticedAt <= first.bytes + keyframe + 2 * 188, "as soon as the next frame begins");
});

test("the same size from another encoder: other parameter sets, the same codec string, no change", {
  skip,
}, () => {
  const refs = (count: number) => [
    ...H264,
    "-g",
    "25",
    "-bf",
    "0",
    "-refs",
    `${count}`,
    "-level",
    "3.0",
    "-x264-params",
    `vbv-maxrate=${count}000:vbv-bufsize=1000`,
  ];
  const both = concat(video(1, { codec: refs(1) }), video(1, { atS: 1, codec: refs(3) }));
  assert.equal(parameterSets(both).size, 2, "the encoder did what it was told");
  const segment = parsed(both);
  assert.deepEqual([segment.changedAt, segment.frames, segment.mediaDurationTicks], [undefined, 50, 180_000]);
});

test("another profile is a change", { skip }, () => {
  const high = ["-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-g", "25", "-bf", "0"];
  const { first, second } = cut(concat(video(1), video(1, { atS: 1, codec: high })));
  assert.match(first.tracks.video.codec, /^avc1\.42/);
  assert.match(second.tracks.video.codec, /^avc1\.64/);
});

test("H.264 and then H.265 on the same PID, and the other way round", { skip }, () => {
  const toH265 = cut(concat(video(2), video(2, { atS: 2, codec: H265_CLOSED })));
  assert.match(toH265.first.tracks.video.codec, /^avc1\./);
  assert.match(toH265.second.tracks.video.codec, /^hvc1\./);
  const toH264 = cut(concat(video(2, { codec: H265_CLOSED }), video(2, { atS: 2 })));
  assert.match(toH264.first.tracks.video.codec, /^hvc1\./);
  for (const { first, second } of [toH265, toH264]) {
    assert.deepEqual([first.frames, second.frames], [50, 50]);
    assert.equal(first.mediaDurationTicks, 180_000);
  }
});

test("time stamps that begin again, or an hour ahead, at a keyframe", { skip }, () => {
  for (const [firstS, secondS] of [
    [100, 0],
    [0, 3600],
  ] as const) {
    const { first, second } = cut(concat(video(2, { atS: firstS }), video(2, { atS: secondS })));
    assert.deepEqual([first.frames, second.frames], [50, 50]);
    assert.deepEqual([first.mediaDurationTicks, second.mediaDurationTicks], [180_000, 180_000]);
    assert.ok(!canFollow(ticksOf(first), second.startTicks));
  }
});

/** Has FFmpeg copy 6 s with time stamps that from frame 60 on, in the middle of a GOP, are `byS` seconds later. */
const shifted = (byS: number, segmentS: number) =>
  copiedSegments(video(6), segmentS, ["-bsf:v", `setts=ts=if(gte(N\\,60)\\,TS+${byS * 90_000}\\,TS)`]);

test("a camera's time goes back by 2 s: FFmpeg lets it stand still, and it is cut at the keyframe", {
  skip,
}, () => {
  const [bytes] = shifted(-2, 100);
  const stood = [...framesOf(bytes!)].filter(({ step }) => step === 1).length;
  assert.ok(stood >= 49, `only ${stood} frames stand still: this FFmpeg does something else`);
  const { first, second } = cut(bytes!);
  assert.deepEqual([first.frames, first.mediaDurationTicks], [75, 270_000], "as long as its frames");
  assert.equal(second.frames, 25, "which stand still as well");
  let rest = bytes!;
  let frames = 0;
  for (let part = parsed(rest); ; part = parsed(rest)) {
    frames += part.frames;
    if (part.changedAt === undefined) break;
    rest = rest.subarray(part.changedAt);
  }
  assert.equal(frames, 150, "no frame is in none of the parts");
});

test("a camera's time goes ahead by an hour: FFmpeg begins a new file at every keyframe", { skip }, () => {
  const files = shifted(3600, 4);
  const segments = files.map(parsed);
  assert.deepEqual(
    segments.map(({ frames }) => frames),
    [75, 25, 25, 25],
  );
  assert.equal(
    segments[0]!.mediaDurationTicks,
    270_000,
    "the frames behind the jump are counted as long as they last",
  );
  const follows = segments
    .slice(1)
    .map((segment, index) => canFollow(ticksOf(segments[index]!), segment.startTicks));
  assert.deepEqual(follows, [false, true, true]);
  const parser = new SegmentParser();
  parser.push(files[0]!);
  assert.ok(parser.jumped, "the growing file has told of it");
});

/** The different H.264 parameter sets in a file, as far as each lies within a packet. */
function parameterSets(bytes: Uint8Array): Set<string> {
  const hex = Buffer.from(bytes).toString("hex");
  return new Set([...hex.matchAll(/0000000167(.*?)00000001/g)].map(([, set]) => set!));
}

/** The video frames' DTS steps, from the PES headers. */
function* framesOf(bytes: Uint8Array): Generator<{ step: number }> {
  const parser = new SegmentParser();
  let last: number | undefined;
  for (let at = 0; at < bytes.length; at += 188) {
    parser.push(bytes.subarray(at, at + 188));
    const ticks = parser.latestTicks;
    if (ticks !== undefined && last !== undefined && ticks !== last) yield { step: ticks - last };
    last = ticks;
  }
}
