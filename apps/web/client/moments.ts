/**
 * Questions to a timeline answer: what is at a moment, what comes next, what is missing and why. Pure. An answer
 * covers only its own range; outside of it nothing is known.
 */
import type { CausedGap, TimelineAnswer, TimeRange } from "@rokuga/media/api.ts";
import type { GapCause } from "@rokuga/media/gap_cause.ts";

export type Moment =
  | { kind: "covered"; range: TimeRange }
  | { kind: "gap"; gap: CausedGap }
  /** Later than now. */
  | { kind: "future" }
  /** Before the camera's first footage. */
  | { kind: "before" }
  /** Outside of what was asked. */
  | { kind: "unknown" };

/** What the answer says of a moment. */
export function momentAt(answer: TimelineAnswer | null, ms: number): Moment {
  if (answer && ms >= answer.nowMs) return { kind: "future" };
  if (!answer || ms < answer.startMs || ms >= answer.endMs) return { kind: "unknown" };
  const range = rangeAt(answer.coverage, ms);
  if (range) return { kind: "covered", range };
  const gap = rangeAt(answer.gaps, ms);
  return gap ? { kind: "gap", gap } : { kind: "before" };
}

/** The first playable moment at or after `ms` that the answer knows, or null. */
export function coveredFrom(answer: TimelineAnswer | null, ms: number): number | null {
  if (!answer || ms < answer.startMs || ms >= answer.endMs) return null;
  const next = answer.coverage[indexAfter(answer.coverage, ms)];
  return next ? Math.max(next.startMs, ms) : null;
}

/** The last playable moment before `ms` that the answer knows, or null. */
export function coveredBefore(answer: TimelineAnswer | null, ms: number): number | null {
  if (!answer || ms <= answer.startMs || ms > answer.endMs) return null;
  const index = indexAfter(answer.coverage, ms - 1);
  const here = answer.coverage[index];
  if (here && here.startMs < ms) return ms - 1;
  const before = answer.coverage[index - 1];
  return before ? before.endMs - 1 : null;
}

/** What was recorded in the last seconds is on its way; that is no gap worth a word, ms. */
const ON_ITS_WAY_MS = 30_000;

/** The gaps inside a range summed up by cause, the longest first; without what is on its way. */
export function missingByCause(
  answer: TimelineAnswer | null,
  view: TimeRange,
): { cause: GapCause; totalMs: number }[] {
  const totals = new Map<GapCause, number>();
  for (const gap of answer?.gaps ?? []) {
    if (isOnItsWay(gap, answer?.nowMs ?? 0)) continue;
    const ms = Math.min(gap.endMs, view.endMs) - Math.max(gap.startMs, view.startMs);
    if (ms > 0) totals.set(gap.cause, (totals.get(gap.cause) ?? 0) + ms);
  }
  return [...totals].map(([cause, totalMs]) => ({ cause, totalMs })).sort((a, b) => b.totalMs - a.totalMs);
}

function isOnItsWay(gap: CausedGap, nowMs: number): boolean {
  return gap.cause === "waiting-on-site" && gap.endMs >= nowMs && gap.endMs - gap.startMs < ON_ITS_WAY_MS;
}

function rangeAt<R extends TimeRange>(sorted: readonly R[], ms: number): R | undefined {
  const range = sorted[indexAfter(sorted, ms)];
  return range && range.startMs <= ms ? range : undefined;
}

/** Index of the first of the sorted, disjoint ranges that ends after `ms`; the length when there is none. */
function indexAfter(sorted: readonly TimeRange[], ms: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]!.endMs > ms) high = middle;
    else low = middle + 1;
  }
  return low;
}
