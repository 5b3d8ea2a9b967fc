/**
 * The visible range of the timeline and how it moves: zoom around a point, pan, follow the playhead. Pure;
 * pixels come in as fractions of the width, so that nothing here knows of a screen.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "./zone.ts";

/** The shortest and the longest range that can be shown, ms: a few seconds, a month. */
export const MIN_SPAN_MS = 5 * SECOND_MS;
export const MAX_SPAN_MS = 32 * DAY_MS;
/** What is shown at first. */
export const FIRST_SPAN_MS = HOUR_MS;
/** Where a live playhead stands, as a fraction of the width: what comes next is not known yet. */
export const LIVE_FRACTION = 0.85;

export const spanMs = (range: TimeRange) => range.endMs - range.startMs;
export const contains = (range: TimeRange, ms: number) => ms >= range.startMs && ms < range.endMs;

/** The instant at a fraction of the width. */
export function msAt(view: TimeRange, fraction: number): number {
  return Math.round(view.startMs + spanMs(view) * fraction);
}

/** Where an instant stands: 0 at the left end, 1 at the right end, outside of both when it is not visible. */
export function fractionOf(view: TimeRange, ms: number): number {
  return (ms - view.startMs) / spanMs(view);
}

/** A range of a length that shows an instant at a fraction of the width. */
export function viewAround(ms: number, options: { spanMs: number; fraction: number }): TimeRange {
  const span = Math.round(Math.min(Math.max(options.spanMs, MIN_SPAN_MS), MAX_SPAN_MS));
  const startMs = Math.round(ms - span * options.fraction);
  return { startMs, endMs: startMs + span };
}

/** Zooms by `factor` (below 1: closer) so that the instant `atMs` stays where it is on the screen. */
export function zoomAround(view: TimeRange, { factor, atMs }: { factor: number; atMs: number }): TimeRange {
  return viewAround(atMs, { spanMs: spanMs(view) * factor, fraction: fractionOf(view, atMs) });
}

/** Moves the range by a number of milliseconds; positive shows later time. */
export function pan(view: TimeRange, byMs: number): TimeRange {
  const by = Math.round(byMs);
  return { startMs: view.startMs + by, endMs: view.endMs + by };
}

/** How much of the width may lie before the first footage, or after now. */
const MOST_BEFORE = 0.9;
const MOST_AFTER = 0.5;

/** Keeps the range near what exists: footage stays in sight at one end, and now at the other. */
export function within(view: TimeRange, limits: { firstMs: number | null; nowMs: number }): TimeRange {
  const earliestMs = (limits.firstMs ?? limits.nowMs) - spanMs(view) * MOST_BEFORE;
  const latestMs = limits.nowMs + spanMs(view) * MOST_AFTER;
  if (view.endMs > latestMs) return pan(view, latestMs - view.endMs);
  if (view.startMs < earliestMs) return pan(view, earliestMs - view.startMs);
  return view;
}

/**
 * The range after the playhead moved from `beforeMs` to `afterMs`. While it plays, the range moves with it, so
 * that the playhead stands still; a jump inside the range moves nothing, a jump out of it centres the playhead.
 */
export function follow(
  view: TimeRange,
  moved: { beforeMs: number | null; afterMs: number; jumped: boolean },
): TimeRange {
  const { beforeMs, afterMs, jumped } = moved;
  if (!jumped && beforeMs !== null && contains(view, beforeMs)) return pan(view, afterMs - beforeMs);
  if (contains(view, afterMs)) return view;
  return viewAround(afterMs, { spanMs: spanMs(view), fraction: 0.5 });
}
