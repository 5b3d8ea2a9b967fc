/**
 * What the web gives of a range, as a viewer gets it: the range playlist, the bytes it lists, decoded to frames with
 * their numbers and the times at which the playlist places them.
 */
import { TimelineAnswer, type TimeRange } from "@rokuga/media/api.ts";
import HLS from "hls-parser";
import { decodeClocks } from "../fixtures/clock_frames.ts";
import type { LoopedFrame } from "./looped_frames.ts";

/** A fragment, or in a long range a whole segment. */
type Fragment = {
  url: string;
  /** Bytes of the object, [start, end); undefined for all of it. */
  bytes: { start: number; end: number } | undefined;
  seconds: number;
  /** What the playlist states here; undefined where time goes on. */
  dateTimeMs: number | undefined;
  runId: string;
  sequence: number;
};

/**
 * Fragments between two discontinuities or statements of the time: each is independent (EXT-X-INDEPENDENT-SEGMENTS), and
 * where the time is stated anew, media time may have jumped.
 */
type Section = Fragment[];

export type Playback = {
  frames: LoopedFrame[];
  /** What FFmpeg complained of while it decoded. */
  complaints: string[];
};

export type PlaybackOptions = {
  /** Of the web, without a slash at the end. */
  url: string;
  camera: string;
  range: TimeRange;
  /** Milliseconds from frame to frame: frame n shows the time n·frameMs. */
  frameMs: number;
  /** About the times in the pictures, see readPictureClock. */
  nearMs: number;
  signal: AbortSignal;
};

/** Longest range that is played, ms: the numbers of its frames are held in memory. */
const LONGEST_MS = 6 * 3_600_000;
const PARALLEL = 4;

/** Plays a range. Without footage in it there are no frames. */
export async function play(options: PlaybackOptions): Promise<Playback> {
  const all: Playback = { frames: [], complaints: [] };
  for (const section of await readSections(options)) {
    const first = section[0]!;
    const bytes = await readBytes(section, options.signal);
    const { frames, complaints } = await decodeClocks(bytes, options);
    if (complaints) all.complaints.push(`run ${first.runId} from ${first.sequence} on: ${complaints}`);
    const places = placesOf(section, frames[0]?.mediaMs ?? 0);
    for (const { clockMs, mediaMs } of frames) {
      // Half a frame: times in the playlist are rounded.
      const place = places.findLast((one) => one.mediaMs <= mediaMs + options.frameMs / 2) ?? places[0]!;
      all.frames.push({
        number: clockMs === undefined ? undefined : clockMs / options.frameMs,
        atMs: place.atMs + mediaMs - place.mediaMs,
        runId: place.runId,
        sequence: place.sequence,
      });
    }
  }
  return all;
}

/** The timeline of a range. */
export async function readTimeline({
  url,
  camera,
  range,
  signal,
}: Pick<PlaybackOptions, "url" | "camera" | "range" | "signal">): Promise<TimelineAnswer> {
  const query = `from=${range.startMs}&to=${range.endMs}`;
  const response = await fetch(`${url}/api/cameras/${camera}/timeline?${query}`, { signal });
  if (!response.ok)
    throw new Error(`The timeline of ${camera} answers ${response.status}: ${await response.text()}`);
  return TimelineAnswer.parse(await response.json());
}

async function readSections({ url, camera, range, signal }: PlaybackOptions): Promise<Section[]> {
  if (range.endMs - range.startMs > LONGEST_MS)
    throw new RangeError(`Cannot play more than ${LONGEST_MS / 60_000} minutes at a time`);
  const address = `${url}/api/cameras/${camera}/playlist.m3u8?from=${range.startMs}&to=${range.endMs}`;
  const response = await fetch(address, { signal });
  const text = await response.text();
  if (response.status === 404 && text.includes("No footage")) return [];
  if (!response.ok) throw new Error(`The playlist of ${camera} answers ${response.status}: ${text}`);
  const playlist = HLS.parse(text);
  if (playlist.isMasterPlaylist) throw new Error("A range playlist was expected, not a multivariant one");
  const sections: Section[] = [];
  for (const segment of playlist.segments) {
    if (segment.discontinuity || segment.programDateTime || sections.length === 0) sections.push([]);
    const { byterange, uri, duration, programDateTime } = segment;
    sections.at(-1)!.push({
      url: new URL(uri, address).href,
      bytes: byterange && { start: byterange.offset, end: byterange.offset + byterange.length },
      seconds: duration,
      dateTimeMs: programDateTime?.getTime(),
      ...segmentOf(uri),
    });
  }
  return sections;
}

/** The name at the end of an address says which segment it is. */
function segmentOf(uri: string): { runId: string; sequence: number } {
  const [, runId, sequence] = /-([0-9a-z]{13})-(\d+)\.ts/.exec(uri) ?? [];
  if (runId === undefined) throw new Error(`The playlist lists ${uri.split("?")[0]}, which is no segment`);
  return { runId, sequence: Number(sequence) };
}

/** The bytes of a section, in order; neighbours in one object are asked for together. */
async function readBytes(section: Section, signal: AbortSignal): Promise<Uint8Array[]> {
  const pieces: Pick<Fragment, "url" | "bytes">[] = [];
  for (const { url, bytes } of section) {
    const last = pieces.at(-1);
    if (last?.bytes && bytes && last.url === url && last.bytes.end === bytes.start) {
      last.bytes = { start: last.bytes.start, end: bytes.end };
    } else pieces.push({ url, bytes });
  }
  const bytes: Uint8Array[] = [];
  for (let at = 0; at < pieces.length; at += PARALLEL) {
    bytes.push(
      ...(await Promise.all(pieces.slice(at, at + PARALLEL).map((piece) => readPiece(piece, signal)))),
    );
  }
  return bytes;
}

async function readPiece(
  { url, bytes: range }: Pick<Fragment, "url" | "bytes">,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end - 1}` } : {};
  const response = await fetch(url, { headers, signal });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const path = new URL(url).pathname;
  if (response.status !== (range ? 206 : 200))
    throw new Error(`${path} answers ${response.status}: ${new TextDecoder().decode(bytes.slice(0, 300))}`);
  if (range && bytes.length !== range.end - range.start)
    throw new Error(`${path} gives ${bytes.length} bytes of [${range.start}, ${range.end})`);
  return bytes;
}

/** Where each fragment of a section begins: in media time, given its first frame's, and on the wall clock. */
function placesOf(section: Section, firstMediaMs: number) {
  let mediaMs = firstMediaMs;
  let atMs = section[0]!.dateTimeMs ?? Number.NaN;
  return section.map(({ seconds, runId, sequence }) => {
    const place = { mediaMs, atMs, runId, sequence };
    mediaMs += seconds * 1000;
    atMs += seconds * 1000;
    return place;
  });
}
