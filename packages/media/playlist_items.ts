/**
 * What a media playlist lists, before it is text: fragments and whole segments in order, each with its place in its
 * object and on the wall clock, and whether it continues the one before.
 *
 * Within a run the time from one keyframe to the next follows from the time stamps alone. Where neighbouring segments
 * of a run leave up to {@link BRIDGE_MS} between them the last picture stands for so long, and the item lasts until the
 * next one begins; more than that is a break of the time stamps.
 */
import type { TimeRange } from "./api.ts";
import { hasOverlaps, type Span, withoutOverlaps } from "./overlaps.ts";
import { ticksBetween } from "./pes.ts";
import { BRIDGE_MS, type Fragment, sameVideo, TICKS_PER_MS, type Tracks } from "./segment.ts";

/** A segment as far as it can be listed whole. */
export type WholeSegment = Span & {
  sequence: number;
  /** PTS of the first video frame, 33 bits. */
  startTicks: number;
  mediaDurationTicks: number;
  bytes: number;
  key: string;
  tracks: Tracks;
};

/** A segment with its fragment index. */
export type PlaylistSegment = WholeSegment & {
  /** Fragments of the run before this segment. */
  firstFragment: number;
  fragments: readonly Fragment[];
};

/** Without an index it is listed whole. */
export type ListableSegment = WholeSegment & { fragments?: readonly Fragment[] };

/** A line of a playlist. Times of fragments are not whole milliseconds. */
export type Item = Span & {
  segment: WholeSegment;
  /** The fragment; undefined for a whole segment. */
  fragment: Fragment | undefined;
  /** Its place in the segment's object. */
  offset: number;
  bytes: number;
  durationTicks: number;
  /** How often time stamps or parameters do not continue since the item before: 0 or 1, and 0 for the first one. */
  breaks: number;
};

/**
 * The items that play in a range: the first one contains its start if anything does. `segments`: all that overlap it,
 * sorted by `startMs`.
 */
export function itemsOf(segments: readonly ListableSegment[], range: TimeRange): readonly Item[] {
  const split = segments.flatMap(itemsIn);
  const items = hasOverlaps(segments) ? withoutOverlaps(split.sort((a, b) => a.startMs - b.startMs)) : split;
  const listed = items.filter((item) => item.endMs > range.startMs && item.startMs < range.endMs);
  connect(listed, { stretch: true });
  return listed;
}

/**
 * The items of a playlist that grows as `segments` come. They last as long as their bytes say: what
 * was said of an item must be said for ever, and how long its last picture stands may not be known yet.
 */
export function growingItems(segments: readonly ListableSegment[]): readonly Item[] {
  const items = segments.flatMap(itemsIn);
  connect(items, { stretch: false });
  return items;
}

/**
 * Of segments that are to be listed whole, those that cannot be, because another run plays in a part of their time. Their
 * fragment index is needed.
 */
export function toSplit<S extends WholeSegment>(segments: readonly S[]): S[] {
  const playing = withoutOverlaps(segments);
  if (playing === segments) return [];
  const whole = new Set(playing);
  return segments.filter((segment) => !whole.has(segment));
}

/** A segment's items: a segment's wall duration is spread over its media time. */
function itemsIn(segment: ListableSegment): Item[] {
  const { runId, beganMs, startMs, endMs, fragments } = segment;
  const common = { runId, beganMs, segment, breaks: 0 };
  if (!fragments) {
    const { bytes, mediaDurationTicks: durationTicks } = segment;
    return [{ ...common, startMs, endMs, fragment: undefined, offset: 0, bytes, durationTicks }];
  }
  const msPerTick = (endMs - startMs) / segment.mediaDurationTicks;
  let offset = 0;
  let ticks = 0;
  return fragments.map((fragment) => {
    const { bytes, durationTicks } = fragment;
    const item = {
      ...common,
      startMs: startMs + ticks * msPerTick,
      endMs: startMs + (ticks + durationTicks) * msPerTick,
      ...{ fragment, offset, bytes, durationTicks },
    };
    offset += bytes;
    ticks += durationTicks;
    return item;
  });
}

/** `stretch`: items last until the next one that continues them. */
function connect(items: readonly Item[], { stretch }: { stretch: boolean }): void {
  for (let at = 1; at < items.length; at++) {
    const [before, item] = [items[at - 1]!, items[at]!];
    const stillTicks = ticksUntil(before, item);
    item.breaks = stillTicks === undefined ? 1 : 0;
    if (stretch && stillTicks !== undefined && before.durationTicks + stillTicks > 0) {
      before.durationTicks += stillTicks;
    }
  }
}

/** From the end of an item to the start of the next one; undefined where the next does not continue it. */
function ticksUntil(before: Item, item: Item): number | undefined {
  const [from, to] = [before.segment, item.segment];
  const endsAt = before.offset + before.bytes;
  if (from === to) return endsAt === item.offset ? 0 : undefined;
  const neighbours = from.runId === to.runId && from.sequence + 1 === to.sequence;
  if (!neighbours || endsAt !== from.bytes || item.offset !== 0 || !sameTracks(from.tracks, to.tracks)) {
    return undefined;
  }
  const ticks = ticksBetween(from.startTicks, to.startTicks) - from.mediaDurationTicks;
  return Math.abs(ticks) <= BRIDGE_MS * TICKS_PER_MS ? ticks : undefined;
}

function sameTracks(a: Tracks, b: Tracks): boolean {
  return a === b || (sameVideo(a.video, b.video) && a.audio?.codec === b.audio?.codec);
}
