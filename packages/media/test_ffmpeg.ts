/** Real FFmpeg and ffprobe as makers and judges of what the segment parser says. For tests only. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TIMESTAMP_WRAP_TICKS, ticksBetween } from "./pes.ts";
import { ParsedSegment } from "./segment.ts";
import { parseSegment } from "./segment_parser.ts";
import {
  decodedFrames,
  PMT_PID,
  type Probe,
  type ProbedPacket,
  probe,
  temporaryDirectory,
  VIDEO_PID,
} from "./test_data.ts";
import { PACKET_BYTES, packetId } from "./ts_packet.ts";

export const H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-threads", "1"];
export const H265 = ["-c:v", "libx265", "-preset", "ultrafast"];
/** For `-x265-params`: quiet, one thread, closed GOPs. */
export const X265 = "log-level=none:pools=none:frame-threads=1:open-gop=0";
export const NO_AUDIO = ["-map", "0:v"];
export const AAC = ["-map", "0:v", "-map", "1:a", "-c:a", "aac", "-b:a", "48k"];
/** The relay's way of writing: segments of this many seconds from one muxer. */
export function segmented(seconds: number): string[] {
  const format = ["-f", "segment", "-segment_format", "mpegts", "-individual_header_trailer", "0"];
  return [...format, "-segment_time", `${seconds}`];
}

/** What the parser says of a segment that it must be able to read. */
export function parsed(bytes: Uint8Array) {
  const result = parseSegment(bytes);
  assert.ok(result.ok, JSON.stringify(result));
  const { frames, changedAt } = result;
  return { frames, ...(changedAt !== undefined && { changedAt }), ...ParsedSegment.parse(result.segment) };
}

export const videoOf = ({ packets }: Probe) => packets.filter((packet) => packet.codec_type === "video");

/** Position of the newest PAT and PMT in front of a frame, with no video in between. */
function tablesBefore(bytes: Uint8Array, { pos }: ProbedPacket): number | undefined {
  for (
    let at = pos - PACKET_BYTES;
    at >= PACKET_BYTES && packetId(bytes, at) !== VIDEO_PID;
    at -= PACKET_BYTES
  ) {
    if (packetId(bytes, at) === PMT_PID && packetId(bytes, at - PACKET_BYTES) === 0) return at - PACKET_BYTES;
  }
  return undefined;
}

type FragmentStart = { keyframe: ProbedPacket; position: number };

/** The keyframes of ffprobe that have to start fragments: tables in front, 0.5 s at least after the one before. */
function fragmentStarts(bytes: Uint8Array, frames: readonly ProbedPacket[]): FragmentStart[] {
  const starts: FragmentStart[] = [];
  for (const keyframe of frames.filter(({ flags }) => flags.startsWith("K"))) {
    const last = starts.at(-1);
    if (last && ticksBetween(last.keyframe.pts, keyframe.pts) < 45_000) continue;
    const position = last ? tablesBefore(bytes, keyframe) : 0;
    if (position !== undefined) starts.push({ keyframe, position });
  }
  return starts;
}

/** Compares with ffprobe all that ffprobe can tell. */
export function agreesWithProbe(bytes: Uint8Array, probed = probe(bytes)): ReturnType<typeof parsed> {
  const segment = parsed(bytes);
  const frames = videoOf(probed);
  const starts = fragmentStarts(bytes, frames);
  assert.equal(segment.frames, frames.length);
  assert.equal(segment.fragments.length, starts.length);
  const { width, height } = segment.tracks.video;
  assert.deepEqual([width, height], [probed.video.width, probed.video.height]);
  const isHeard = probed.packets.some((packet) => packet.codec_type === "audio");
  assert.equal(segment.tracks.audio !== null, isHeard);
  assert.equal(segment.startTicks, starts[0]!.keyframe.pts % TIMESTAMP_WRAP_TICKS);

  let position = 0;
  for (const [index, fragment] of segment.fragments.entries()) {
    const { keyframe, position: expected } = starts[index]!;
    const next = starts[index + 1]?.keyframe;
    assert.equal(position, expected);
    const follower = frames[frames.indexOf(keyframe) + 1];
    if (follower && follower !== next) assert.equal(fragment.keyframeBytes, follower.pos - position);
    if (next) assert.equal(fragment.durationTicks, ticksBetween(keyframe.pts, next.pts));
    position += fragment.bytes;
  }
  assert.equal(position, bytes.length);
  return segment;
}

/** Cuts out fragments and their keyframes and decodes each alone; returns the frames of each fragment. */
export function decodeFragments(bytes: Uint8Array, which: (index: number) => boolean = () => true): number[] {
  const counts: number[] = [];
  let start = 0;
  for (const [index, fragment] of parsed(bytes).fragments.entries()) {
    if (which(index)) {
      counts.push(decodedFrames(bytes.subarray(start, start + fragment.bytes)));
      assert.equal(decodedFrames(bytes.subarray(start, start + fragment.keyframeBytes)), 1, "keyframe alone");
    }
    start += fragment.bytes;
  }
  return counts;
}

/**
 * What FFmpeg's `-c copy` makes of a transport stream that comes through a pipe, in segments of `seconds`. Its
 * complaints about time stamps and counters are what such tests are for: they are not looked at.
 */
export function copiedSegments(
  bytes: Uint8Array,
  seconds: number,
  args: readonly string[] = [],
): Uint8Array[] {
  using directory = temporaryDirectory();
  const output = [
    ...segmented(seconds),
    "-muxdelay",
    "0",
    "-muxpreload",
    "0",
    join(directory.path, "%04d.ts"),
  ];
  const all = [
    "-v",
    "fatal",
    "-f",
    "mpegts",
    "-i",
    "pipe:0",
    "-map",
    "0:v",
    "-c",
    "copy",
    ...args,
    ...output,
  ];
  const { status, stderr } = spawnSync("ffmpeg", all, { input: bytes, encoding: "utf8", timeout: 30_000 });
  assert.equal(status, 0, stderr);
  const names = readdirSync(directory.path).sort();
  return names.map((name) => new Uint8Array(readFileSync(join(directory.path, name))));
}
