/**
 * What is played of a time that the leading camera of a grid has no footage of: where any camera beside it has some. Time
 * that none of them has is left out. Pure; gap_bridge.ts carries it out.
 */
import type { TimeRange } from "@rokuga/media/api.ts";

/** Less than this is no gap, but a change of runs, ms. */
export const SEAM_MS = 1_500;

/** The first stretch at or after `ms` in which one camera or another has footage without a break; null if there is none. */
export function stretchFrom(coverages: readonly (readonly TimeRange[])[], ms: number): TimeRange | null {
  let found: TimeRange | null = null;
  for (const { startMs, endMs } of coverages.flat().sort((a, b) => a.startMs - b.startMs)) {
    if (endMs <= ms) continue;
    if (found && startMs - found.endMs > SEAM_MS) break;
    found = found
      ? { startMs: found.startMs, endMs: Math.max(found.endMs, endMs) }
      : { startMs: startMs - ms > SEAM_MS ? startMs : ms, endMs };
  }
  return found;
}
