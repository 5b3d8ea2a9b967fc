/**
 * The I-frame playlist of a range (EXT-X-I-FRAMES-ONLY, RFC 8216 §4.3.3.6): the keyframe of each fragment as a byte
 * range of its segment, for pictures while someone drags the timeline. It has the breaks and the length of the media
 * playlist of the same range, so that a moment is at the same time in both.
 *
 * Of a long range not every keyframe is listed: the first after each break, and then one per 2,000th of the footage. So
 * an hour with a keyframe every 2 s has all of them, and a day one every 43 s. A fragment without a keyframe of its own
 * is left out. Each entry lasts until the next one.
 */
import type { Item, WholeSegment } from "./playlist_items.ts";
import * as lines from "./playlist_text.ts";
import type { Fragment } from "./segment.ts";

/** Entries of a range without breaks. */
const MOST_IFRAMES = 2_000;

/** An item whose first picture is listed; it lasts until the next one. */
export type Iframe = Pick<Item, "startMs" | "durationTicks" | "segment" | "fragment" | "offset" | "breaks">;

/**
 * The items whose keyframe is to be listed. Of those without a fragment (segments listed whole) it is not known whether
 * they have one.
 */
export function chooseIframes(items: readonly Item[]): Iframe[] {
  const stepTicks = items.reduce((sum, item) => sum + item.durationTicks, 0) / MOST_IFRAMES;
  /** From the last one chosen. */
  let ticks = Number.POSITIVE_INFINITY;
  return merged(items, (item, breaks) => {
    const isChosen = (breaks > 0 || ticks >= stepTicks) && item.fragment?.keyframeBytes !== 0;
    ticks = (isChosen ? 0 : ticks) + item.durationTicks;
    return isChosen;
  });
}

/** `chosen` with what was found out of whole segments: their first fragment. Those without a keyframe are left out. */
export function withFragments(
  chosen: readonly Iframe[],
  fragmentOf: (segment: WholeSegment) => Fragment | undefined,
): Iframe[] {
  const known = chosen.map((iframe) => ({
    ...iframe,
    fragment: iframe.fragment ?? fragmentOf(iframe.segment),
  }));
  return merged(known, ({ fragment }) => fragment !== undefined && fragment.keyframeBytes > 0);
}

/** Leaves entries out: their time and their breaks go to their neighbours. */
function merged(items: readonly Iframe[], keep: (item: Iframe, breaks: number) => boolean): Iframe[] {
  const kept: Iframe[] = [];
  let breaks = 0;
  for (const item of items) {
    breaks += item.breaks;
    const last = kept.at(-1);
    if (keep(item, breaks)) {
      const { startMs, durationTicks, segment, fragment, offset } = item;
      kept.push({ startMs, durationTicks, segment, fragment, offset, breaks: last ? breaks : 0 });
      breaks = 0;
    } else if (last) last.durationTicks += item.durationTicks;
  }
  return kept;
}

export type IframeOptions = { addressOf: lines.AddressOf; variables?: boolean };

/** Undefined without entries. All of them have their fragment. */
export function iframePlaylist(
  iframes: readonly Iframe[],
  { addressOf, variables = false }: IframeOptions,
): string | undefined {
  if (iframes.length === 0) return undefined;
  const addresses = lines.withVariables(addressOf);
  const listed = lines.itemLines(
    iframes.map((iframe) => ({ ...iframe, bytes: keyframeBytes(iframe) })),
    variables ? addresses.uriOf : lines.inFull(addressOf),
  );
  const definitions = addresses.definitions();
  const { ranges, variables: defined } = lines.VERSIONS;
  return lines.text([
    "#EXTM3U",
    `#EXT-X-VERSION:${definitions.length > 0 ? defined : ranges}`,
    `#EXT-X-TARGETDURATION:${lines.targetDuration(iframes)}`,
    "#EXT-X-MEDIA-SEQUENCE:0",
    "#EXT-X-PLAYLIST-TYPE:VOD",
    "#EXT-X-I-FRAMES-ONLY",
    ...definitions,
    ...listed,
    "#EXT-X-ENDLIST",
  ]);
}

/** Of an entry that {@link withFragments} has left in. */
export function keyframeBytes({ fragment, segment }: Iframe): number {
  if (fragment) return fragment.keyframeBytes;
  throw new Error(`Cannot list the keyframe of ${segment.key}: its fragment index was not read`);
}
