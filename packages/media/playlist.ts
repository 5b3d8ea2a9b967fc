/**
 * The text of HLS playlists (RFC 8216 and its successor draft-pantos-hls-rfc8216bis for the live tags).
 * Fragments are listed as byte ranges of their segment's object. A discontinuity stands where a run or the
 * sequence numbers within a run break, and nowhere else; the wall clock never causes one.
 */
import type { TimeRange } from "./api.ts";
import { runIdStartMs } from "./ids.ts";
import { type Fragment, TICKS_PER_SECOND, type Tracks } from "./segment.ts";

/** What a playlist needs to know of a segment. */
export type PlaylistSegment = {
  runId: string;
  sequence: number;
  firstFragment: number;
  startMs: number;
  endMs: number;
  mediaDurationTicks: number;
  key: string;
  tracks: Tracks;
  fragments: Pick<Fragment, "bytes" | "durationTicks">[];
};

/** Gives the URI of an object as the playlist writes it. */
export type UriOf = (key: string) => string;

/** A line of a playlist: a fragment with its place in the object and on the wall clock. */
type Item = {
  segment: PlaylistSegment;
  offset: number;
  bytes: number;
  durationTicks: number;
  startMs: number;
  endMs: number;
  /** Whether timestamps or parameters do not continue from the item before. */
  discontinuity: boolean;
};

/** How far players may drift from the clock before a playlist states the time again, ms (500 ppm allow 1.8 s an hour). */
const DATE_TIME_TOLERANCE_MS = 20;

export type RangeOptions = {
  range: TimeRange;
  uriOf: UriOf /** No end: the playlist grows into live. */;
  open?: boolean;
};

/**
 * The media playlist of a range: every fragment that overlaps it, so that the first one contains the range's
 * start. Undefined when there is none. `segments` are sorted by time.
 */
export function rangePlaylist(
  segments: readonly PlaylistSegment[],
  options: RangeOptions,
): string | undefined {
  const { range, uriOf, open = false } = options;
  const items = itemsOf(segments).filter((item) => item.endMs > range.startMs && item.startMs < range.endMs);
  if (items.length === 0) return undefined;
  return text([
    "#EXTM3U",
    "#EXT-X-VERSION:4",
    `#EXT-X-TARGETDURATION:${targetDuration(items)}`,
    "#EXT-X-MEDIA-SEQUENCE:0",
    `#EXT-X-PLAYLIST-TYPE:${open ? "EVENT" : "VOD"}`,
    "#EXT-X-INDEPENDENT-SEGMENTS",
    ...lines(items, uriOf),
    ...(open ? [] : ["#EXT-X-ENDLIST"]),
  ]);
}

export type LiveOptions = {
  uriOf: UriOf;
  /** Runs of the camera before this one: the discontinuity sequence. */
  earlierRuns: number;
};

/**
 * The live playlist: the newest segments of one run. Media sequence numbers count fragments from a base that
 * follows from the run's start, so that every server and every reload gives the same ones, and a later run's
 * are always higher. Undefined without segments.
 */
export function livePlaylist(
  segments: readonly PlaylistSegment[],
  { uriOf, earlierRuns }: LiveOptions,
): string | undefined {
  const first = segments[0];
  if (!first) return undefined;
  const items = itemsOf(segments);
  const target = targetDuration(items);
  return text([
    "#EXTM3U",
    "#EXT-X-VERSION:6",
    `#EXT-X-TARGETDURATION:${target}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=${holdBackSeconds(segments, target).toFixed(3)}`,
    `#EXT-X-MEDIA-SEQUENCE:${mediaSequenceBase(first.runId) + first.firstFragment}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${earlierRuns}`,
    "#EXT-X-INDEPENDENT-SEGMENTS",
    ...lines(items, uriOf),
  ]);
}

/** The media sequence number that follows the last one listed: what a blocking reload waits for. */
export function nextMediaSequence(segments: readonly PlaylistSegment[]): number | undefined {
  const last = segments.at(-1);
  return last && mediaSequenceBase(last.runId) + last.firstFragment + last.fragments.length;
}

/** A run makes fewer than ten fragments a second, so the next run's numbers begin above the last one's. */
const mediaSequenceBase = (runId: string) => Math.floor(runIdStartMs(runId) / 100);

/**
 * Fragments appear in bursts, when their segment closes: a player must stay behind the end by more than the
 * longest segment, and by three target durations at least (rfc8216bis §4.4.3.8).
 */
function holdBackSeconds(segments: readonly PlaylistSegment[], target: number): number {
  const longest = Math.max(...segments.map((segment) => segment.mediaDurationTicks)) / TICKS_PER_SECOND;
  return Math.max(3 * target, longest + 2);
}

/** The fragments of segments with their wall-clock times: a segment's wall duration is spread over its media time. */
function itemsOf(segments: readonly PlaylistSegment[]): Item[] {
  return segments.flatMap((segment, index) => {
    const before = segments[index - 1];
    const broken = before !== undefined && !follows(before, segment);
    const msPerTick = (segment.endMs - segment.startMs) / segment.mediaDurationTicks;
    let offset = 0;
    let ticks = 0;
    return segment.fragments.map((fragment, position) => {
      const item: Item = {
        segment,
        offset,
        bytes: fragment.bytes,
        durationTicks: fragment.durationTicks,
        startMs: segment.startMs + ticks * msPerTick,
        endMs: segment.startMs + (ticks + fragment.durationTicks) * msPerTick,
        discontinuity: position === 0 && broken,
      };
      offset += fragment.bytes;
      ticks += fragment.durationTicks;
      return item;
    });
  });
}

function follows(before: PlaylistSegment, after: PlaylistSegment): boolean {
  return (
    before.runId === after.runId &&
    before.sequence + 1 === after.sequence &&
    sameTracks(before.tracks, after.tracks)
  );
}

function sameTracks(a: Tracks, b: Tracks): boolean {
  return (
    a.video.codec === b.video.codec &&
    a.video.width === b.video.width &&
    a.video.height === b.video.height &&
    a.audio?.codec === b.audio?.codec
  );
}

/** RFC 8216 §4.3.3.1: each EXTINF, rounded to the nearest integer, is at most the target duration. */
function targetDuration(items: readonly Item[]): number {
  const longest = items.reduce((most, item) => Math.max(most, item.durationTicks), 0);
  return Math.max(1, Math.ceil(longest / TICKS_PER_SECOND));
}

function* lines(items: readonly Item[], uriOf: UriOf): Generator<string> {
  let expectedMs: number | undefined;
  for (const [index, item] of items.entries()) {
    if (item.discontinuity && index > 0) yield "#EXT-X-DISCONTINUITY";
    const drifted = expectedMs === undefined || Math.abs(expectedMs - item.startMs) > DATE_TIME_TOLERANCE_MS;
    if ((item.discontinuity && index > 0) || drifted) {
      yield `#EXT-X-PROGRAM-DATE-TIME:${new Date(Math.round(item.startMs)).toISOString()}`;
      expectedMs = item.startMs;
    }
    expectedMs! += (item.durationTicks / TICKS_PER_SECOND) * 1000;
    yield `#EXTINF:${(item.durationTicks / TICKS_PER_SECOND).toFixed(5)},`;
    yield `#EXT-X-BYTERANGE:${item.bytes}@${item.offset}`;
    yield uriOf(item.segment.key);
  }
}

const text = (all: readonly string[]) => `${all.join("\n")}\n`;
