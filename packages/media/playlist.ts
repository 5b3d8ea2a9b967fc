/**
 * The text of HLS media playlists (RFC 8216 and its successor draft-pantos-hls-rfc8216bis for the live tags): of a
 * range, and live. A discontinuity stands where a run or the time stamps within a run break, and nowhere else; the wall
 * clock never causes one.
 */
import type { TimeRange } from "./api.ts";
import { runIdStartMs } from "./ids.ts";
import { growingItems, itemsOf, type ListableSegment, type PlaylistSegment } from "./playlist_items.ts";
import * as lines from "./playlist_text.ts";
import { TICKS_PER_SECOND } from "./segment.ts";

export type RangeOptions = {
  range: TimeRange;
  addressOf: lines.AddressOf;
  /** Whether the client expands variables (EXT-X-DEFINE): then what addresses share is written once. */
  variables?: boolean;
};

/**
 * The media playlist of a range: every item that overlaps it, so that the first one contains the range's start.
 * Undefined when there is none. `segments` are sorted by `startMs`.
 */
export function rangePlaylist(
  segments: readonly ListableSegment[],
  { range, addressOf, variables = false }: RangeOptions,
): string | undefined {
  const items = itemsOf(segments, range);
  if (items.length === 0) return undefined;
  const addresses = lines.withVariables(addressOf);
  const listed = lines.itemLines(items, variables ? addresses.uriOf : lines.inFull(addressOf));
  const definitions = addresses.definitions();
  const { decimals, ranges } = lines.VERSIONS;
  const version = lines.needsRanges(items) ? ranges : decimals;
  return lines.text([
    "#EXTM3U",
    `#EXT-X-VERSION:${definitions.length > 0 ? lines.VERSIONS.variables : version}`,
    `#EXT-X-TARGETDURATION:${lines.targetDuration(items)}`,
    "#EXT-X-MEDIA-SEQUENCE:0",
    "#EXT-X-PLAYLIST-TYPE:VOD",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    ...definitions,
    ...listed,
    "#EXT-X-ENDLIST",
  ]);
}

export type LiveOptions = {
  addressOf: lines.AddressOf;
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
  { addressOf, earlierRuns }: LiveOptions,
): string | undefined {
  const first = segments[0];
  if (!first) return undefined;
  const items = growingItems(segments);
  const target = lines.targetDuration(items);
  return lines.text([
    "#EXTM3U",
    "#EXT-X-VERSION:6",
    `#EXT-X-TARGETDURATION:${target}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=${holdBackSeconds(segments, target).toFixed(3)}`,
    `#EXT-X-MEDIA-SEQUENCE:${mediaSequenceBase(first.runId) + first.firstFragment}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${earlierRuns}`,
    "#EXT-X-INDEPENDENT-SEGMENTS",
    ...lines.itemLines(items, lines.inFull(addressOf)),
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
