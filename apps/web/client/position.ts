/**
 * Between the media element's time (seconds on one line, without gaps) and wall-clock time (milliseconds, with
 * gaps): each fragment of the playlist says at which wall-clock time it begins. Pure, on the shape that hls.js
 * gives its fragments, so that its own list can be passed without a copy.
 */

/** A fragment of a playlist, placed on the media element's timeline and on the wall clock. */
export type PlacedFragment = {
  /** Start on the media element's timeline, s. */
  start: number;
  /** s */
  duration: number;
  /** Wall-clock time of the first frame, ms since the epoch; null where the playlist gives none. */
  programDateTime: number | null;
};

/** A place in a playlist on both clocks. */
export type Position = { timeS: number; ms: number };

/**
 * The wall-clock time that the element shows at `timeS`, ms, or null when the playlist has no dates. Before the
 * first fragment (a live playlist drops old ones) and after the last it counts on from the nearest one.
 */
export function wallAt(fragments: readonly PlacedFragment[], timeS: number): number | null {
  const index = Math.max(
    0,
    lastIndex(fragments, (fragment) => fragment.start <= timeS),
  );
  const fragment = fragments[index];
  if (!fragment || fragment.programDateTime === null) return null;
  const next = fragments[index + 1];
  const ms = fragment.programDateTime + (timeS - fragment.start) * 1000;
  // The player may place a fragment a little off its listed start: never show time from inside a gap.
  const endMs = fragment.programDateTime + fragment.duration * 1000;
  return Math.round(next ? Math.min(ms, endMs) : ms);
}

/**
 * Where to go in the playlist for a wall-clock time: there, or where the next footage begins if the time is in
 * a gap (or before the first fragment). Null when the playlist has nothing at or after it.
 */
export function positionAt(fragments: readonly PlacedFragment[], ms: number): Position | null {
  const index = lastIndex(
    fragments,
    ({ programDateTime }) => programDateTime !== null && programDateTime <= ms,
  );
  const fragment = fragments[index];
  if (fragment && fragment.programDateTime !== null) {
    const offsetS = (ms - fragment.programDateTime) / 1000;
    if (offsetS < fragment.duration) return { timeS: fragment.start + offsetS, ms };
  }
  const next = fragments[index + 1];
  return next?.programDateTime == null ? null : { timeS: next.start, ms: next.programDateTime };
}

/** The wall-clock times from the first fragment's start to the last one's end; gaps inside are not left out. */
export function extent(fragments: readonly PlacedFragment[]): { startMs: number; endMs: number } | null {
  const first = fragments[0];
  const last = fragments.at(-1);
  if (first?.programDateTime == null || last?.programDateTime == null) return null;
  return { startMs: first.programDateTime, endMs: last.programDateTime + last.duration * 1000 };
}

/** Index of the last fragment that satisfies a test that holds up to some fragment and not after; -1 if none. */
function lastIndex(
  fragments: readonly PlacedFragment[],
  test: (fragment: PlacedFragment) => boolean,
): number {
  let low = 0;
  let high = fragments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(fragments[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
