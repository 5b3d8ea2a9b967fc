/**
 * Footage of known frames, as a camera's run leaves it in the store: pictures that show the time at which they were
 * taken, encoded and cut into segments by the real FFmpeg with the relay's own settings, parsed by the real parser.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { NewEvent } from "@rokuga/media/events.ts";
import { newRunId, runEventId, segmentEventId } from "@rokuga/media/ids.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import { packFragments } from "@rokuga/media/packed_fragments.ts";
import { pictureClockFilter } from "@rokuga/media/picture_clock.ts";
import { TICKS_PER_MS, tracksText } from "@rokuga/media/segment.ts";
import { parseSegment } from "@rokuga/media/segment_parser.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";

export type RunOptions = {
  cameraId: string;
  /** When its first frame was taken, ms. */
  startMs: number;
  seconds: number;
  codec?: "h264" | "h265";
  fps?: number;
  /** Seconds from keyframe to keyframe, or when there are keyframes. Default 2. */
  gop?: number | readonly number[];
  bFrames?: boolean;
  /** `g711` is turned into AAC, as the relay does. */
  audio?: "aac" | "g711" | "none";
  size?: string;
  segmentSeconds?: number;
  /** Time stamp of the first frame, s. */
  firstTimestamp?: number;
};

export type StoredSegment = {
  sequence: number;
  key: string;
  bytes: Uint8Array;
  startMs: number;
  endMs: number;
  event: NewEvent;
};

export type Run = {
  cameraId: string;
  runId: string;
  segments: StoredSegment[];
  /** The event that begins it. */
  started: NewEvent;
  /** The times that its pictures show, ms, in the order in which they were taken. */
  frames: number[];
};

const SITE = "home";
const run = promisify(execFile);

/** Records a run. Takes about a second for 20 s of H.264, three for H.265. */
export async function makeRun(options: RunOptions): Promise<Run> {
  const { cameraId, startMs, seconds, fps = 20 } = options;
  await using directory = await tempDirectory("footage");
  const source = join(directory.path, "camera.mkv");
  await ffmpeg([...pictures(options), ...sound(options), "-t", String(seconds), ...encoder(options), source]);
  await ffmpeg(["-i", source, ...asRelay(options), join(directory.path, "%d.ts")]);
  const names = (await readdir(directory.path)).filter((name) => name.endsWith(".ts"));
  const files = await Promise.all(
    names.map((_, sequence) => readFile(join(directory.path, `${sequence}.ts`))),
  );
  const runId = newRunId(startMs, 0.5);
  return {
    cameraId,
    runId,
    segments: placed(files, { cameraId, runId, startMs }),
    started: {
      ...{ eventId: runEventId({ cameraId, runId }, "RunStarted"), type: "RunStarted", version: 1 },
      ...{ occurredAtMs: startMs, data: { cameraId, runId, startMs } },
    },
    // The picture clock counts hundredths of a second.
    frames: Array.from({ length: seconds * fps }, (_, n) => shown(startMs + Math.round((n * 1000) / fps))),
  };
}

const shown = (ms: number) => Math.floor(ms / 10) * 10;

async function ffmpeg(args: string[]): Promise<void> {
  const common = ["-nostdin", "-v", "error", "-y", "-threads", "1"];
  await run("ffmpeg", [...common, ...args], { timeout: 120_000, killSignal: "SIGKILL" });
}

function pictures({ startMs, fps = 20, size = "320x180" }: RunOptions): string[] {
  const clock = pictureClockFilter({ startMs, fps, width: Number(size.split("x")[0]) });
  return ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${fps},${clock}`];
}

function sound({ audio = "none" }: RunOptions): string[] {
  if (audio === "none") return [];
  const rate = audio === "g711" ? 8_000 : 48_000;
  const codec = audio === "g711" ? ["-c:a", "pcm_alaw"] : ["-c:a", "aac", "-b:a", "48k"];
  return [
    "-f",
    "lavfi",
    "-i",
    `sine=frequency=220:sample_rate=${rate}`,
    "-map",
    "0:v",
    "-map",
    "1:a",
    ...codec,
  ];
}

function encoder({ codec = "h264", fps = 20, gop = 2, bFrames = false }: RunOptions): string[] {
  const regular = typeof gop === "number";
  const keyint = regular ? Math.round(gop * fps) : 10_000;
  const forced = regular ? [] : ["-force_key_frames", gop.join(",")];
  const b = bFrames ? 2 : 0;
  if (codec === "h265") {
    const x265 = `log-level=none:pools=none:frame-threads=1:open-gop=0:scenecut=0:b-adapt=0:bframes=${b}:keyint=${keyint}:min-keyint=1`;
    return [
      ...["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-forced-idr", "1"],
      ...["-x265-params", x265, ...forced],
    ];
  }
  return [
    ...["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-sc_threshold", "0"],
    ...["-bf", String(b), "-b_strategy", "0", "-g", String(keyint), ...forced],
  ];
}

/** As captureArguments of apps/relay/ffmpeg_arguments.ts, after its input. */
function asRelay({ audio = "none", segmentSeconds = 4, firstTimestamp = 0 }: RunOptions): string[] {
  const sounds: Record<typeof audio, string[]> = {
    none: ["-an"],
    aac: ["-c:a", "copy"],
    g711: ["-c:a", "aac", "-b:a", "64k", "-ac", "1", "-ar", "48000"],
  };
  return [
    ...["-map", "0:v:0", "-map", "0:a:0?", "-c:v", "copy", ...sounds[audio], "-map_metadata", "-1"],
    ...["-output_ts_offset", String(firstTimestamp)],
    ...["-f", "segment", "-segment_format", "mpegts", "-segment_time", String(segmentSeconds)],
    ...["-individual_header_trailer", "0", "-muxdelay", "0", "-muxpreload", "0"],
    ...["-max_interleave_delta", "100000", "-segment_start_number", "0"],
  ];
}

type Place = { cameraId: string; runId: string; startMs: number };

/** Each segment begins where the media time of those before it ends. */
function placed(files: readonly Uint8Array[], { cameraId, runId, startMs }: Place): StoredSegment[] {
  let ticks = 0;
  let firstFragment = 0;
  return files.map((bytes, sequence) => {
    const result = parseSegment(bytes);
    if (!result.ok) throw new Error(`FFmpeg made a segment that does not parse: ${result.reason}`);
    const { segment } = result;
    const from = startMs + Math.round(ticks / TICKS_PER_MS);
    ticks += segment.mediaDurationTicks;
    const to = startMs + Math.round(ticks / TICKS_PER_MS);
    const id = { cameraId, runId, sequence };
    const event: NewEvent = {
      eventId: segmentEventId(id, "SegmentStored"),
      ...{ type: "SegmentStored", version: 2, occurredAtMs: to },
      data: {
        ...{ siteId: SITE, ...id, firstFragment, startMs: from, wallDurationMs: to - from },
        ...{
          bytes: bytes.length,
          startTicks: segment.startTicks,
          mediaDurationTicks: segment.mediaDurationTicks,
        },
        ...{ tracks: tracksText(segment.tracks), fragments: packFragments(segment.fragments) },
        ...{ sha256: createHash("sha256").update(bytes).digest("hex"), previous: null },
      },
    };
    firstFragment += segment.fragments.length;
    const key = objectKey({ siteId: SITE, ...id, startMs: from, wallDurationMs: to - from });
    return { sequence, key, bytes, startMs: from, endMs: to, event };
  });
}

/** The frames of a run that were taken in some of its segments. */
export function framesIn({ frames }: Run, segments: readonly StoredSegment[]): number[] {
  return frames.filter((ms) =>
    segments.some(({ startMs, endMs }) => ms >= shown(startMs) && ms < shown(endMs)),
  );
}
