/**
 * Every kind of video that cameras send, made by the real FFmpeg: both codecs × how far keyframes are apart × frame
 * rates, with and without B-frames and sound. ffprobe and FFmpeg's decoder are the judges.
 *
 * B-frames and sound take turns, so that every codec with every distance of keyframes, and every frame rate, meets
 * all four of their combinations.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ticksBetween } from "./pes.ts";
import { parseSegment, SegmentParser } from "./segment_parser.ts";
import { decodedFrames, ffmpegSegments, noFfmpeg, type ProbedPacket, probe } from "./test_data.ts";
import { AAC, agreesWithProbe, decodeFragments, H264, H265, NO_AUDIO, videoOf, X265 } from "./test_ffmpeg.ts";

const SIZE = "128x72";
/** Keyframes at these times, s: too near for a fragment each, and far. */
const IRREGULAR = [0, 0.3, 0.5, 1.2, 1.3, 1.4, 1.5, 6];
const GOPS = [
  { name: "GOP 0.2 s", seconds: 0.2, length: 2 },
  { name: "GOP 1 s", seconds: 1, length: 3 },
  { name: "GOP 4 s", seconds: 4, length: 9 },
  { name: "irregular GOPs", seconds: 100, length: 8, keyframes: IRREGULAR },
  { name: "one keyframe in 30 s", seconds: 100, length: 30 },
] as const;
/** Of 30 frames/s some are left out, up to 15 in a row, for a variable frame rate. */
const VARIABLE = "select='(not(mod(n,3))+not(mod(n,7)))*lt(mod(n,40),25)',";
const RATES = [
  { name: "10 fps", fps: 10, filter: "" },
  { name: "25 fps", fps: 25, filter: "" },
  { name: "30 fps", fps: 30, filter: "" },
  { name: "variable frame rate", fps: 30, filter: VARIABLE },
] as const;

type Kind = {
  codec: "H.264" | "H.265";
  gop: (typeof GOPS)[number];
  rate: (typeof RATES)[number];
  bFrames: boolean;
  audio: boolean;
};

const kinds: Kind[] = [];
for (const codec of ["H.264", "H.265"] as const) {
  for (const [g, gop] of GOPS.entries()) {
    for (const [r, rate] of RATES.entries()) {
      const turn = (g + r) % 4;
      kinds.push({ codec, gop, rate, bFrames: turn % 2 === 1, audio: turn >= 2 });
    }
  }
}

function make({ codec, gop, rate, bFrames, audio }: Kind): Uint8Array {
  const keyint = Math.round(gop.seconds * rate.fps);
  const forced = "keyframes" in gop ? ["-force_key_frames", gop.keyframes.join(",")] : [];
  const b = bFrames ? 2 : 0;
  const x265 = `${X265}:scenecut=0:b-adapt=0:bframes=${b}:keyint=${keyint}:min-keyint=1`;
  const encoder =
    codec === "H.264"
      ? [...H264, "-bf", `${b}`, "-b_strategy", "0", "-sc_threshold", "0", "-g", `${keyint}`]
      : [...H265, "-forced-idr", "1", "-x265-params", x265];
  const filter = ["-vf", `${rate.filter}null`, "-fps_mode", "passthrough"];
  const picture = `testsrc2=size=${SIZE}:rate=${rate.fps}`;
  const args = [...(audio ? AAC : NO_AUDIO), "-t", `${gop.length}`, ...filter, ...encoder, ...forced];
  return ffmpegSegments(args, picture)[0]!;
}

for (const [index, kind] of kinds.entries()) {
  const { codec, gop, rate, bFrames, audio } = kind;
  const name = [codec, gop.name, rate.name, bFrames && "B-frames", audio && "sound"]
    .filter(Boolean)
    .join(", ");
  test(name, { skip: noFfmpeg }, () => {
    const bytes = make(kind);
    const probed = probe(bytes);
    const { fragments, frames, mediaDurationTicks } = agreesWithProbe(bytes, probed);
    const stored = videoOf(probed);
    assert.equal(
      stored.some(({ pts, dts }) => pts !== dts),
      bFrames,
      "the encoder did what it was told",
    );
    assert.ok(fragments.length <= 2 * (mediaDurationTicks / 90_000) + 1);
    const shown = stored.map(({ pts }) => pts);
    const span = ticksBetween(Math.min(...shown), Math.max(...shown));
    assert.ok(mediaDurationTicks > span && mediaDurationTicks <= span + 2 * (span / (frames - 1)));

    const looked = (fragment: number) => fragment === 1 || fragment === fragments.length - 1;
    assert.deepEqual(
      decodeFragments(bytes, looked),
      framesPerFragment(fragments, stored).filter((_, at) => looked(at)),
    );
    assertCutsWell(bytes, stored, index);
  });
}

function framesPerFragment(
  fragments: readonly { bytes: number }[],
  frames: readonly ProbedPacket[],
): number[] {
  let start = 0;
  return fragments.map((fragment) => {
    const [from, to] = [start, start + fragment.bytes];
    start = to;
    return frames.filter(({ pos }) => pos >= from && pos < to).length;
  });
}

/** Ends the file in many places: what is kept must be whole frames, and all but the last. Some of it is decoded. */
function assertCutsWell(bytes: Uint8Array, frames: readonly ProbedPacket[], seed: number): void {
  const cuts = Array.from({ length: 60 }, (_, index) =>
    Math.floor((bytes.length * (index + seed / 40)) / 61),
  );
  for (const [index, cut] of cuts.entries()) {
    const parser = new SegmentParser();
    parser.push(bytes.subarray(0, cut));
    const { keepBytes, result } = parser.finishPartial();
    const started = frames.filter(({ pos }) => pos + 188 <= cut).length;
    if (started < 2) continue;
    assert.ok(result.ok, `cut at ${cut}: ${JSON.stringify(result)}`);
    const kept = bytes.subarray(0, keepBytes);
    assert.deepEqual(result, parseSegment(kept));
    assert.equal(result.frames, frames.filter(({ pos }) => pos < keepBytes).length);
    assert.ok(result.frames >= started - 1, `${result.frames} of ${started} frames kept`);
    if (index === 7 + seed) assert.equal(decodedFrames(kept), result.frames, `cut at ${cut}`);
  }
}
