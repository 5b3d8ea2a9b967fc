/**
 * A day of one camera's footage in the store and in the log, in a minute: a clip of a minute whose pictures show their
 * time in it is copied in a loop into segments with times that go on, and these are renamed into the file store's
 * layout. The same files stand beside it as a plain HLS folder with a playlist of the day.
 */
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { link, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { linkOf } from "@rokuga/media/chain.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { newRunId, runEventId, segmentEventId } from "@rokuga/media/ids.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import { packFragments } from "@rokuga/media/packed_fragments.ts";
import { pictureClockFilter } from "@rokuga/media/picture_clock.ts";
import { TICKS_PER_MS, TICKS_PER_SECOND, tracksText } from "@rokuga/media/segment.ts";
import { parseSegment } from "@rokuga/media/segment_parser.ts";

const SEGMENT_SECONDS = 10;
const FPS = 20;
const GOP_SECONDS = 2;
/** After so long the picture clock begins again at 0. */
export const LOOP_MS = 60_000;
export const DAY_MS = 86_400_000;

export type DayOptions = {
  cameraId: string;
  /** When its first frame was taken, ms. */
  startMs: number;
  /** Of the file store, on the disk of `work` and `folder`. */
  objects: string;
  /** Gets the plain HLS folder: the segments, and `day.m3u8`. */
  folder: string;
  /** For what is on the way. */
  work: string;
  append(events: readonly NewEvent[]): Promise<void>;
  say(line: string): void;
};

type Recorded = NewEvent & { type: "SegmentStored" };

/** Events to append at a time. */
const BATCH = 500;

/** Resolves with the bytes of the day. */
export async function makeDay(options: DayOptions): Promise<number> {
  const { cameraId, startMs, folder, objects, append, say } = options;
  const runId = newRunId(startMs, 0.5);
  await append([
    {
      ...{ eventId: `camera/${cameraId}/CameraRegistered`, type: "CameraRegistered", version: 1 },
      ...{ occurredAtMs: startMs, data: { siteId: "home", cameraId, name: cameraId } },
    },
    {
      ...{ eventId: runEventId({ cameraId, runId }, "RunStarted"), type: "RunStarted", version: 1 },
      ...{ occurredAtMs: startMs, data: { cameraId, runId, startMs } },
    },
  ]);
  const count = await cut(options);
  const place = placer({ cameraId, runId, startMs });
  const lines: string[] = [];
  let events: Recorded[] = [];
  let bytes = 0;
  for (let sequence = 0; sequence < count; sequence++) {
    const path = join(options.work, `${sequence}.ts`);
    const event = place(await readFile(path), sequence);
    const { data } = event;
    const stored = join(objects, objectKey(data));
    await mkdir(dirname(stored), { recursive: true });
    await link(path, join(folder, `${sequence}.ts`));
    await rename(path, stored);
    lines.push(
      `#EXTINF:${(data.mediaDurationTicks / TICKS_PER_SECOND).toFixed(3)},`,
      ...[`#EXT-X-PROGRAM-DATE-TIME:${new Date(data.startMs).toISOString()}`, `${sequence}.ts`],
    );
    bytes += data.bytes;
    events.push(event);
    if (events.length < BATCH && sequence + 1 < count) continue;
    await append(events);
    events = [];
    say(`  ${sequence + 1} of ${count} segments stored …`);
  }
  await writeFile(join(folder, "day.m3u8"), playlist(lines));
  return bytes;
}

const playlist = (lines: readonly string[]) =>
  [
    ...["#EXTM3U", "#EXT-X-VERSION:3", `#EXT-X-TARGETDURATION:${SEGMENT_SECONDS}`],
    ...["#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-PLAYLIST-TYPE:VOD", ...lines, "#EXT-X-ENDLIST", ""],
  ].join("\n");

/** Cuts a day of segments, `0.ts` and so on; resolves with how many. */
async function cut({ work, say }: DayOptions): Promise<number> {
  const clip = join(work, "clip.mp4");
  say("  encoding the clip …");
  const clock = pictureClockFilter({ startMs: 0, fps: FPS, width: 640 });
  await promisify(execFile)("ffmpeg", [
    ...["-nostdin", "-v", "error", "-f", "lavfi", "-i", `testsrc2=size=640x360:rate=${FPS},${clock}`],
    ...["-t", String(LOOP_MS / 1000), "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"],
    ...["-b:v", "340k", "-maxrate", "400k", "-bufsize", "800k", "-bf", "0", "-threads", "1"],
    ...["-g", String(FPS * GOP_SECONDS), "-sc_threshold", "0", clip],
  ]);
  say("  cutting a day of segments …");
  const ffmpeg = spawn(
    "ffmpeg",
    [
      ...["-nostdin", "-v", "error", "-stream_loop", "-1", "-i", clip, "-t", String(DAY_MS / 1000)],
      ...["-c", "copy", "-f", "segment", "-segment_format", "mpegts"],
      ...["-segment_time", String(SEGMENT_SECONDS), "-segment_time_delta", "0.02"],
      ...["-individual_header_trailer", "0", "-muxdelay", "0", "-muxpreload", "0", join(work, "%d.ts")],
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const [code] = await once(ffmpeg, "exit");
  if (code !== 0) throw new Error(`Cannot cut the footage: FFmpeg ended with ${code}`);
  return DAY_MS / 1000 / SEGMENT_SECONDS;
}

type Run = { cameraId: string; runId: string; startMs: number };

/** Gives the event of each segment of a run, in order: each begins where the media time of those before it ends. */
function placer({ cameraId, runId, startMs }: Run): (bytes: Uint8Array, sequence: number) => Recorded {
  let ticks = 0;
  let firstFragment = 0;
  let previous: string | null = null;
  return (bytes, sequence) => {
    const result = parseSegment(bytes);
    if (!result.ok) throw new Error(`FFmpeg made a segment that does not parse: ${result.reason}`);
    const { tracks, fragments, ...parsed } = result.segment;
    const from = startMs + Math.round(ticks / TICKS_PER_MS);
    ticks += parsed.mediaDurationTicks;
    const to = startMs + Math.round(ticks / TICKS_PER_MS);
    const id = { cameraId, runId, sequence };
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const event: Recorded = {
      eventId: segmentEventId(id, "SegmentStored"),
      ...{ type: "SegmentStored", version: 2, occurredAtMs: to },
      data: {
        ...{ siteId: "home", ...id, firstFragment, startMs: from, wallDurationMs: to - from, ...parsed },
        ...{ tracks: tracksText(tracks), fragments: packFragments(fragments), sha256, previous },
      },
    };
    firstFragment += fragments.length;
    previous = linkOf({ ...id, sha256, previous });
    return event;
  };
}
