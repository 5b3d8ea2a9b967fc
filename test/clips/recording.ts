/**
 * Runs of a camera as the relay records them: FFmpeg's segments whose pictures carry the time at which they were taken
 * (the picture clock) and whose sound beeps at every full second, stored in a real store, told to a real log.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { appendEvents } from "@rokuga/db/append.ts";
import type { Database } from "@rokuga/db/connect.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { newRunId, runEventId, segmentEventId } from "@rokuga/media/ids.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import { packFragments } from "@rokuga/media/packed_fragments.ts";
import { ticksBetween } from "@rokuga/media/pes.ts";
import { pictureClockFilter } from "@rokuga/media/picture_clock.ts";
import { TICKS_PER_MS, tracksText } from "@rokuga/media/segment.ts";
import { parseSegment } from "@rokuga/media/segment_parser.ts";
import type { Storage } from "@rokuga/storage/storage.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";

/** From frame to frame, ms. */
export const FRAME_MS = 40;
const FPS = 1000 / FRAME_MS;

export type RunOptions = {
  /** When the first frame is taken: a full second, so that beeps are at full seconds. */
  startMs: number;
  seconds: number;
  codec?: "h264" | "h265";
  /** Pictures that are stored after one that is shown after them. */
  bFrames?: number;
  /** Keyframes that pictures before them refer to. */
  openGop?: boolean;
  audio?: "aac" | "none" | { lateSeconds: number };
  sampleRate?: number;
  size?: string;
  /** Where the time stamps begin, s: they wrap at 95,443.7. */
  ptsSeconds?: number;
  /** Further arguments for the encoder: other parameter sets. */
  encoder?: readonly string[];
};

/** From keyframe to keyframe, and from segment to segment, s. */
const GOP_SECONDS = 2;
const SEGMENT_SECONDS = 4;

/** The segments of a run, as files. */
export async function recordRun(options: RunOptions): Promise<Uint8Array[]> {
  await using directory = await tempDirectory("run");
  const { seconds, ptsSeconds = 0 } = options;
  const output = [
    ...["-t", String(seconds), "-map_metadata", "-1", "-output_ts_offset", String(ptsSeconds)],
    ...["-f", "segment", "-segment_format", "mpegts", "-segment_time", String(SEGMENT_SECONDS)],
    ...["-individual_header_trailer", "0", "-muxdelay", "0", "-muxpreload", "0"],
    ...["-max_interleave_delta", "100000", join(directory.path, "%d.ts")],
  ];
  const args = [...pictures(options), ...sound(options), ...encoding(options), ...output];
  await promisify(execFile)("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args], {
    timeout: 120_000,
    killSignal: "SIGKILL",
  });
  const names = (await readdir(directory.path)).sort(
    (a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10),
  );
  return await Promise.all(names.map((name) => readFile(join(directory.path, name))));
}

function pictures({ startMs, size = "320x180" }: RunOptions): string[] {
  const width = Number(size.split("x")[0]);
  const clock = pictureClockFilter({ startMs, fps: FPS, width });
  return ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${FPS},${clock}`];
}

function sound({ audio = "aac", sampleRate = 48_000 }: RunOptions): string[] {
  if (audio === "none") return [];
  // Late sound: its first sample is of that time, and beeps stay at full seconds.
  const late = audio === "aac" ? 0 : audio.lateSeconds;
  const beep = `aevalsrc='0.8*sin(2*PI*1000*t)*lt(mod(t+${late}\\,1)\\,0.1)':s=${sampleRate}`;
  return [...(late > 0 ? ["-itsoffset", String(late)] : []), "-f", "lavfi", "-i", beep];
}

function encoding({ codec = "h264", bFrames = 0, openGop = false, audio = "aac", encoder = [] }: RunOptions) {
  const gop = String(GOP_SECONDS * FPS);
  const open = openGop ? 1 : 0;
  const video =
    codec === "h264"
      ? ["-c:v", "libx264", "-preset", "ultrafast", "-x264-params", `open-gop=${open}:scenecut=0`]
      : [
          ...["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1"],
          ...[
            "-x265-params",
            `log-level=none:scenecut=0:open-gop=${open}:bframes=${bFrames}:keyint=${gop}:min-keyint=${gop}`,
          ],
        ];
  return [
    ...[...video, ...(openGop && codec === "h264" ? REPEAT_SETS : [])],
    ...["-pix_fmt", "yuv420p", "-g", gop, "-keyint_min", gop, "-bf", String(bFrames), ...encoder],
    ...(audio === "none" ? [] : ["-c:a", "aac", "-b:a", "64k", "-ac", "1"]),
  ];
}

/** As the relay does it for keyframes that are no IDR pictures (apps/relay/ffmpeg_arguments.ts). */
const REPEAT_SETS = ["-bsf:v", "filter_units=remove_types=9,dump_extra=freq=keyframe"];

export type StoreOptions = {
  database: Database;
  storage: Storage;
  cameraId: string;
  /** When the clock says that the run began. */
  startMs: number;
  /** Segments that never arrive. */
  without?: readonly number[];
  /** Sequence number of the first one. */
  firstSequence?: number;
  runId?: string;
  /** The run is over: by this reason. */
  reason?: "disconnected" | "stopped";
};

export type StoredSegment = { key: string; bytes: number; sha256: string; startMs: number; endMs: number };
export type StoredRun = { runId: string; segments: StoredSegment[]; endMs: number };

/** Stores the segments of a run and appends what the relay and the worker tell of it. */
export async function storeRun(files: readonly Uint8Array[], options: StoreOptions): Promise<StoredRun> {
  const { database, storage, cameraId, startMs, without = [], firstSequence = 0 } = options;
  const runId = options.runId ?? newRunId(startMs, Math.random());
  const siteId = "home";
  const events: NewEvent[] = [registered(cameraId), runStarted(cameraId, runId, startMs)];
  const segments: StoredSegment[] = [];
  let [firstTicks, firstFragment, endMs] = [0, 0, startMs];
  for (const [index, file] of files.entries()) {
    const parsed = parseSegment(file);
    if (!parsed.ok) throw new Error(`A recorded segment does not parse: ${parsed.reason}`);
    const { tracks, fragments, ...described } = parsed.segment;
    if (index === 0) firstTicks = described.startTicks;
    const sequence = firstSequence + index;
    const atMs = startMs + Math.round(ticksBetween(firstTicks, described.startTicks) / TICKS_PER_MS);
    const wallDurationMs = Math.round(described.mediaDurationTicks / TICKS_PER_MS);
    const id = { cameraId, runId, sequence };
    const place = { startMs: atMs, wallDurationMs };
    endMs = atMs + wallDurationMs;
    const sha256 = createHash("sha256").update(file).digest("hex");
    const key = objectKey({ ...id, ...place, siteId });
    const rest = { ...described, ...id, ...place, firstFragment, siteId, sha256, previous: null };
    firstFragment += fragments.length;
    if (without.includes(index)) continue;
    await storage.put(key, file, { contentType: "video/mp2t", sha256 });
    segments.push({ key, bytes: file.length, sha256, startMs: atMs, endMs });
    events.push({
      eventId: segmentEventId(id, "SegmentStored"),
      type: "SegmentStored",
      version: 2,
      occurredAtMs: endMs,
      data: { ...rest, tracks: tracksText(tracks), fragments: packFragments(fragments) },
    });
  }
  events.push(runEnded(cameraId, runId, { endMs, reason: options.reason ?? "disconnected" }));
  await appendEvents(database, events);
  return { runId, segments, endMs };
}

function registered(cameraId: string): NewEvent {
  return {
    eventId: `camera/${cameraId}/CameraRegistered`,
    type: "CameraRegistered",
    version: 1,
    occurredAtMs: 1_000,
    data: { siteId: "home", cameraId, name: cameraId },
  };
}

function runStarted(cameraId: string, runId: string, startMs: number): NewEvent {
  return {
    eventId: runEventId({ cameraId, runId }, "RunStarted"),
    type: "RunStarted",
    version: 1,
    occurredAtMs: startMs,
    data: { cameraId, runId, startMs },
  };
}

function runEnded(
  cameraId: string,
  runId: string,
  { endMs, reason }: { endMs: number; reason: "disconnected" | "stopped" },
): NewEvent {
  return {
    eventId: runEventId({ cameraId, runId }, "RunEnded"),
    type: "RunEnded",
    version: 1,
    occurredAtMs: endMs,
    data: { cameraId, runId, endMs, reason },
  };
}
