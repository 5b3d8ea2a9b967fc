/**
 * The visible range of the timeline and how it moves: zoom around a point, pan, follow the playhead. Pure;
 * pixels come in as fractions of the width, so that nothing here knows of a screen. The ends of a range are not
 * rounded: at a second a screen, a pixel is less than a millisecond, and rounding would make panning stick.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "./zone.ts";

/** The shortest range that can be shown, and the longest where there is not more footage than that, ms. */
export const MIN_SPAN_MS = SECOND_MS;
export const MAX_SPAN_MS = 32 * DAY_MS;
/** The server tells of no more at once, ms. */
const LONGEST_SPAN_MS = 730 * DAY_MS;
/** What is shown at first. */
export const FIRST_SPAN_MS = HOUR_MS;
/** Where a live playhead stands, as a fraction of the width: what comes next is not known yet. */
export const LIVE_FRACTION = 0.85;

/** How much of the width may lie before the first footage, or after now. */
const MOST_BEFORE = 0.9;
const MOST_AFTER = 0.2;

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

/** The longest range to show, ms: a month, or all there is with some room around it. */
export function mostSpanMs({ firstMs, nowMs }: { firstMs: number | null; nowMs: number }): number {
  const all = firstMs === null ? 0 : ((nowMs - firstMs) * 1.05) / (1 - MOST_AFTER);
  return Math.min(Math.max(MAX_SPAN_MS, all), LONGEST_SPAN_MS);
}

/** A range of a length that shows an instant at a fraction of the width. */
export function viewAround(
  ms: number,
  options: { spanMs: number; fraction: number; mostMs?: number },
): TimeRange {
  const span = Math.min(Math.max(options.spanMs, MIN_SPAN_MS), options.mostMs ?? MAX_SPAN_MS);
  const startMs = ms - span * options.fraction;
  return { startMs, endMs: startMs + span };
}

/** Zooms by `factor` (below 1: closer) so that the instant `atMs` stays where it is on the screen. */
export function zoomAround(view: TimeRange, change: Zoom): TimeRange {
  const { factor, atMs, mostMs = MAX_SPAN_MS } = change;
  return viewAround(atMs, { spanMs: spanMs(view) * factor, fraction: fractionOf(view, atMs), mostMs });
}

/** `mostMs`: the longest range that may come of it. */
export type Zoom = { factor: number; atMs: number; mostMs?: number };

/** Moves the range by a number of milliseconds; positive shows later time. */
export function pan(view: TimeRange, byMs: number): TimeRange {
  return { startMs: view.startMs + byMs, endMs: view.endMs + byMs };
}

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
  return viewAround(afterMs, { spanMs: spanMs(view), fraction: 0.5, mostMs: LONGEST_SPAN_MS });
}
