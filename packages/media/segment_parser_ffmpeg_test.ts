/** The segment parser on what the real FFmpeg writes, with ffprobe and FFmpeg's decoder as judges. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TIMESTAMP_WRAP_TICKS, ticksBetween } from "./pes.ts";
import { parseSegment, SegmentParser } from "./segment_parser.ts";
import { decodedFrames, ffmpegSegments, noFfmpeg, probe } from "./test_data.ts";
import {
  AAC,
  agreesWithProbe,
  decodeFragments,
  H264,
  H265,
  NO_AUDIO,
  parsed,
  segmented,
  X265,
} from "./test_ffmpeg.ts";

const skip = noFfmpeg;

test("H.264 and AAC, GOP 0.6 s", { skip }, () => {
  const [bytes] = ffmpegSegments([...AAC, "-t", "3", ...H264, "-g", "15", "-bf", "0"]);
  const segment = agreesWithProbe(bytes!);
  assert.equal(segment.mediaDurationTicks, 3 * 90_000);
  assert.equal(segment.tracks.audio?.codec, "mp4a.40.2");
  assert.equal(segment.tracks.video.codec, "avc1.42C00C");
  assert.deepEqual(
    segment.fragments.map((fragment) => fragment.durationTicks),
    Array(5).fill(54_000),
  );
  assert.deepEqual(decodeFragments(bytes!), Array(5).fill(15));
});

test("H.264, GOP 0.2 s: three GOPs are a fragment", { skip }, () => {
  const [bytes] = ffmpegSegments([...NO_AUDIO, "-t", "2", ...H264, "-g", "5", "-bf", "0"]);
  const segment = agreesWithProbe(bytes!);
  assert.deepEqual(
    segment.fragments.map((fragment) => fragment.durationTicks),
    [54_000, 54_000, 54_000, 18_000],
  );
  assert.deepEqual(decodeFragments(bytes!), [15, 15, 15, 5]);
});

test("H.264 with B-frames, GOP 2 s, no audio", { skip }, () => {
  const b = ["-bf", "3", "-b_strategy", "0"];
  const [bytes] = ffmpegSegments([...NO_AUDIO, "-t", "5", ...H264, "-g", "50", ...b]);
  const frames = probe(bytes!).packets;
  assert.ok(
    frames.some((frame, index) => index > 0 && frame.pts < frames[index - 1]!.pts),
    "there are B-frames",
  );
  const segment = agreesWithProbe(bytes!);
  assert.equal(segment.tracks.audio, null);
  assert.deepEqual(
    segment.fragments.map((fragment) => fragment.durationTicks),
    [180_000, 180_000, 90_000],
  );
  assert.deepEqual(decodeFragments(bytes!), [50, 50, 25]);
});

test("H.264, GOP 10 s, 29.97 frames/s", { skip }, () => {
  const picture = "testsrc2=size=160x90:rate=30000/1001";
  const [bytes] = ffmpegSegments([...NO_AUDIO, "-t", "21", ...H264, "-g", "300"], picture);
  const segment = agreesWithProbe(bytes!);
  assert.deepEqual(
    segment.fragments.slice(0, 2).map((fragment) => fragment.durationTicks),
    [900_900, 900_900],
  );
  assert.deepEqual(segment.mediaDurationTicks, segment.frames * 3003);
});

test("H.264, 1920x1080, high profile", { skip }, () => {
  const high = ["-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-g", "5"];
  const [bytes] = ffmpegSegments([...AAC, "-t", "0.4", ...high], "testsrc2=size=1920x1080:rate=25");
  const segment = agreesWithProbe(bytes!);
  assert.deepEqual(segment.tracks.video, { codec: "avc1.640028", width: 1920, height: 1080 });
  assert.deepEqual(decodeFragments(bytes!), [10]);
});

test("H.265 and AAC, cropped, GOP 1 s", { skip }, () => {
  const args = [...AAC, "-t", "2.4", ...H265, "-x265-params", `${X265}:keyint=25`];
  const [bytes] = ffmpegSegments(args, "testsrc2=size=322x182:rate=25");
  const segment = agreesWithProbe(bytes!);
  assert.deepEqual(segment.tracks.video, { codec: "hvc1.1.6.L60.90", width: 322, height: 182 });
  assert.equal(segment.mediaDurationTicks, 2.4 * 90_000);
  assert.deepEqual(decodeFragments(bytes!), [25, 25, 10]);
});

test("H.265 with open GOPs: keyframes are CRA pictures, and durations still add up within the file", {
  skip,
}, () => {
  const params = X265.replace(
    "open-gop=0",
    "open-gop=1:bframes=3:b-adapt=0:keyint=16:min-keyint=16:scenecut=0",
  );
  const [bytes] = ffmpegSegments([...NO_AUDIO, "-t", "2", ...H265, "-x265-params", params]);
  const segment = agreesWithProbe(bytes!);
  assert.ok(segment.fragments.length >= 3);
  assert.equal(segment.mediaDurationTicks, 2 * 90_000);
});

test("H.264 with intra refresh: keyframes are recovery points without IDR", { skip }, () => {
  const refresh = ["-c:v", "libx264", "-threads", "1", "-x264-params", "intra-refresh=1:keyint=20"];
  const [bytes] = ffmpegSegments([...NO_AUDIO, "-t", "3", ...refresh]);
  const segment = agreesWithProbe(bytes!);
  assert.ok(segment.fragments.length >= 3);
  assert.equal(segment.mediaDurationTicks, 3 * 90_000);
});

test("sizes and samplings with cropping", { skip }, () => {
  const sizes = ["64x64", "352x288", "1280x720", "498x374"];
  for (const [index, size] of sizes.entries()) {
    const format = ["yuv420p", "yuv422p", "yuv444p", "gray"][index]!;
    const args = [...NO_AUDIO, "-frames:v", "2", "-pix_fmt", format, "-c:v", "libx264", "-threads", "1"];
    agreesWithProbe(ffmpegSegments(args, `testsrc2=size=${size}:rate=25`)[0]!);
  }
  const interlaced = [
    ...NO_AUDIO,
    "-frames:v",
    "2",
    "-c:v",
    "libx264",
    "-threads",
    "1",
    "-x264-params",
    "interlaced=1",
  ];
  agreesWithProbe(ffmpegSegments(interlaced, "testsrc2=size=720x576:rate=25")[0]!);
});

test("consecutive segments follow each other without a tick between them", { skip }, () => {
  for (const [name, codec] of [
    ["H.264", [...H264, "-g", "25", "-bf", "0"]],
    ["H.264 with B-frames", [...H264, "-g", "25", "-bf", "2", "-b_strategy", "0"]],
    ["H.265", [...H265, "-x265-params", `${X265}:keyint=25`]],
  ] as const) {
    const segments = ffmpegSegments([...AAC, "-t", "7", ...codec, ...segmented(2)]).map(parsed);
    assert.ok(segments.length >= 3, name);
    for (const [index, segment] of segments.slice(0, -1).entries()) {
      const next = segments[index + 1]!;
      assert.equal(
        next.startTicks,
        segment.startTicks + segment.mediaDurationTicks,
        `${name}, segment ${index}`,
      );
    }
    assert.equal(
      segments.reduce((sum, segment) => sum + segment.mediaDurationTicks, 0),
      7 * 90_000,
      name,
    );
    assert.equal(
      segments.reduce((sum, segment) => sum + segment.frames, 0),
      7 * 25,
      name,
    );
  }
});

test("time stamps that wrap within a segment", { skip }, () => {
  const b = ["-g", "25", "-bf", "2", "-b_strategy", "0"];
  // 2^33 / 90000 s = 95443.7 s; FFmpeg's muxer adds 1.4 s of its own.
  const args = [
    ...AAC,
    "-t",
    "8",
    ...H264,
    ...b,
    ...segmented(4),
    "-segment_format_options",
    "output_ts_offset=95440.2",
  ];
  const [first, second] = ffmpegSegments(args);
  const segment = parsed(first!);
  assert.ok(segment.startTicks > TIMESTAMP_WRAP_TICKS - 4 * 90_000, "starts before the wrap");
  assert.equal(segment.mediaDurationTicks, 4 * 90_000);
  assert.deepEqual(
    segment.fragments.map((fragment) => fragment.durationTicks),
    Array(4).fill(90_000),
  );
  assert.equal(ticksBetween(segment.startTicks, parsed(second!).startTicks), segment.mediaDurationTicks);

  const parser = new SegmentParser();
  const seen: number[] = [];
  for (let at = 0; at < first!.length; at += 188) {
    parser.push(first!.subarray(at, at + 188));
    if (parser.latestTicks !== undefined) seen.push(parser.latestTicks);
  }
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  assert.ok(seen.at(-1)! > TIMESTAMP_WRAP_TICKS);
  assert.ok(seen.at(-1)! - parser.firstTicks! > 3.8 * 90_000);
});

test("what is kept of a file that ends anywhere decodes without an error", { skip }, () => {
  const [bytes] = ffmpegSegments([...AAC, "-t", "2", ...H264, "-g", "10", "-bf", "0"]);
  for (const share of [0.11, 0.37, 0.5, 0.73, 0.999]) {
    const prefix = bytes!.subarray(0, Math.floor(bytes!.length * share));
    const parser = new SegmentParser();
    parser.push(prefix);
    const { keepBytes, result } = parser.finishPartial();
    const kept = bytes!.subarray(0, keepBytes);
    assert.deepEqual(result, parseSegment(kept));
    assert.ok(result.ok);
    assert.equal(decodedFrames(kept), result.frames);
    assert.equal(
      probe(prefix).packets.filter((p) => p.codec_type === "video").length - result.frames <= 1,
      true,
    );
  }
});

test("all pictures keyframes, of which FFmpeg gives PAT and PMT to some only", { skip }, () => {
  for (const audio of [NO_AUDIO, AAC]) {
    const [bytes] = ffmpegSegments([...audio, "-t", "3", ...H264, "-g", "1"]);
    const { fragments, frames } = agreesWithProbe(bytes!);
    assert.equal(frames, 75);
    assert.ok(fragments.length >= 4, `${fragments.length} fragments in 3 s`);
    assert.ok(fragments.slice(0, -1).every(({ durationTicks }) => durationTicks >= 45_000));
    const counts = decodeFragments(bytes!);
    assert.deepEqual(
      counts,
      fragments.map(({ durationTicks }) => durationTicks / 3600),
    );
  }
});

test("a real segment with flipped bits never makes it throw, and is the same however it is divided", {
  skip,
}, () => {
  const [whole] = ffmpegSegments([...AAC, "-t", "1", ...H264, "-g", "10"], "testsrc2=size=160x90:rate=25");
  const flip = fc.tuple(fc.nat(whole!.length - 1), fc.integer({ min: 0, max: 7 }));
  const run = (bytes: Uint8Array, chunk: number) => {
    const parser = new SegmentParser();
    for (let at = 0; at < bytes.length; at += chunk) parser.push(bytes.subarray(at, at + chunk));
    return parser;
  };
  fc.assert(
    fc.property(
      fc.array(flip, { maxLength: 200 }),
      fc.nat(whole!.length),
      fc.integer({ min: 50, max: 5000 }),
      (flips, end, chunk) => {
        const damaged = whole!.slice();
        for (const [at, bit] of flips) damaged[at]! ^= 1 << bit;
        assert.deepEqual(run(damaged, chunk).finish(), parseSegment(damaged));
        const { keepBytes, result } = run(damaged.subarray(0, end), chunk).finishPartial();
        assert.ok(keepBytes <= end);
        assert.deepEqual(result, parseSegment(damaged.subarray(0, keepBytes)));
      },
    ),
    { numRuns: 200 },
  );
});
