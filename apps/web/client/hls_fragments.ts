/**
 * The fragments of hls.js as the page needs them placed. hls.js moves a fragment's start to its earliest sample,
 * and audio of a transport stream is usually earlier than the picture beside it, by a different time in each
 * fragment. The dates of a playlist are those of the pictures, so once a fragment is loaded its picture's start
 * is taken. Until then its place is hls.js' estimate.
 */
import type { LevelDetails } from "hls.js";
import type { PlacedFragment } from "./position.ts";

/** The part of hls.js' fragment that is read. Times are seconds on the element's timeline. */
export type HlsFragment = {
  start: number;
  duration: number;
  programDateTime: number | null;
  elementaryStreams: Partial<Record<"video" | "audiovideo", { startPTS: number; endPTS: number } | null>>;
};

/** Gives the placed fragments of a playlist; the list of the last one asked for is kept. */
export function fragmentPlacer(): (
  details: Pick<LevelDetails, "fragments"> | null,
) => readonly PlacedFragment[] {
  let last: { of: unknown; placed: readonly PlacedFragment[] } = { of: null, placed: [] };
  return (details) => {
    if (details !== last.of) last = { of: details, placed: (details?.fragments ?? []).map(place) };
    return last.placed;
  };
}

/** A fragment's place as it is known at any time: it follows what hls.js learns. */
export function place(fragment: HlsFragment): PlacedFragment {
  const picture = () => fragment.elementaryStreams.video ?? fragment.elementaryStreams.audiovideo;
  return {
    get start() {
      return picture()?.startPTS ?? fragment.start;
    },
    get duration() {
      const known = picture();
      return known ? known.endPTS - known.startPTS : fragment.duration;
    },
    get programDateTime() {
      return fragment.programDateTime;
    },
  };
}
