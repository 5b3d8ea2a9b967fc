/**
 * Which part of a recording to ask for, and where to begin in what comes. A recording is played in windows: long
 * enough to seek about in, short enough that the playlist stays small. Pure.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import { extent, type PlacedFragment, positionAt, wallAt } from "./position.ts";
import { HOUR_MS, SECOND_MS } from "./zone.ts";

/** People step back right after they clicked: the window begins before the click. */
const BEFORE_MS = 30 * SECOND_MS;
const AFTER_MS = HOUR_MS;

/** How near to now a moment must be to be looked for in the live playlist, ms. */
export const LIVE_REACH_MS = 120 * SECOND_MS;

/** Fragments that follow each other may be this far apart by rounding, ms: that is no gap. */
const SEAM_MS = 100;

/** A moment to play, or the live edge; `fromMs`: join the live playlist at that moment, not at its edge. */
export type At = { kind: "moment"; ms: number } | { kind: "live"; fromMs?: number };

/** The range to ask for to play from a moment on. */
export function windowFor(ms: number): TimeRange {
  return { startMs: ms - BEFORE_MS, endMs: ms + AFTER_MS };
}

/**
 * The media time to begin at in a playlist that was just loaded, or null when it does not hold the moment.
 * `liveSyncS`: where a live player should be, as far behind the edge as the playlist asks for.
 */
export function startTime(
  at: At,
  playlist: { fragments: readonly PlacedFragment[]; liveSyncS: number | null },
): number | null {
  const { fragments, liveSyncS } = playlist;
  if (at.kind === "moment") return positionAt(fragments, at.ms)?.timeS ?? null;
  if (at.fromMs === undefined || liveSyncS === null) return liveSyncS ?? fragments.at(-1)?.start ?? null;
  const listed = extent(fragments);
  if (!listed || at.fromMs < listed.startMs) return null;
  const time = positionAt(fragments, at.fromMs)?.timeS ?? liveSyncS;
  return Math.min(time, liveSyncS);
}

/** Where playback goes on once a window has been played to its end. */
export function continuation(endMs: number, options: { nowMs: number; recording: boolean }): At {
  const near = options.nowMs - endMs < LIVE_REACH_MS;
  return near && options.recording ? { kind: "live", fromMs: endMs } : { kind: "moment", ms: endMs };
}

/**
 * A step by played time, which leaves out gaps, inside what is loaded; null when it leads out of it. To step back
 * by the clock would lead into the gap that was just left out, and from there forward again.
 */
export function stepInside(
  stepMs: number,
  loaded: { fragments: readonly PlacedFragment[]; currentS: number },
): number | null {
  const first = loaded.fragments[0];
  const last = loaded.fragments.at(-1);
  const timeS = loaded.currentS + stepMs / 1000;
  return first && last && timeS >= first.start && timeS < last.start + last.duration ? timeS : null;
}

/** How a seek is carried out: inside what is loaded, or by loading something else. */
export function seekPlan(
  ms: number,
  loaded: { fragments: readonly PlacedFragment[]; liveSyncS: number | null; nowMs: number },
): { kind: "inside"; timeS: number } | { kind: "open"; at: At } {
  const { fragments, liveSyncS, nowMs } = loaded;
  const syncMs = liveSyncS === null ? null : wallAt(fragments, liveSyncS);
  if (syncMs !== null && liveSyncS !== null && ms >= syncMs) return { kind: "inside", timeS: liveSyncS };
  const position = positionAt(fragments, ms);
  const listed = extent(fragments);
  // In a gap of this playlist there may be footage by now: ask again.
  if (position && listed && ms >= listed.startMs && position.ms - ms < SEAM_MS) {
    return { kind: "inside", timeS: position.timeS };
  }
  return { kind: "open", at: ms >= nowMs ? { kind: "live" } : { kind: "moment", ms } };
}
