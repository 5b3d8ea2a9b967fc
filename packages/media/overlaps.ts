/**
 * Which of a camera's runs plays where several of them lie at the same time, as after a clock that was set wrong and
 * corrected. The rule, for segments and fragments alike:
 *
 * 1. At each moment the run that began first plays. When a run began is what its id says, moved as its clock was
 *    corrected: that does not depend on which of its events have arrived. Of two that began together the one with the
 *    lower id plays.
 * 2. What of a later run lies within the time that earlier ones play, by more than {@link OVERLAP_MS} or by more than
 *    half of itself, is left out. So no moment is listed twice, but for that much where one run takes over from another.
 *
 * Why not less: runs are placed to some tenths of a second (docs/design/time.md), and most that overlap by so little
 * followed each other in truth. Leaving out what overlaps by a frame would take whole fragments that exist only once.
 */
import type { TimeRange } from "./api.ts";
import { union } from "./coverage.ts";

/** How much of what a later run lists may lie in the time of earlier ones, ms. */
export const OVERLAP_MS = 500;

/** A stretch of a run: a segment or a fragment. */
export type Span = TimeRange & {
  runId: string;
  /** When its run began, ms: the same for all spans of a run. */
  beganMs: number;
};

/**
 * The spans that play, in order of time; those of one run stay in their order. `spans`: sorted by `startMs`. Where
 * only one run lies at a time, which is nearly everywhere, nothing is looked at but where each span begins and ends.
 */
export function withoutOverlaps<S extends Span>(spans: readonly S[]): readonly S[] {
  const played: S[] = [];
  let overlapped = false;
  for (let from = 0; from < spans.length; ) {
    const { to, runs } = cluster(spans, from);
    if (runs === 1) for (let at = from; at < to; at++) played.push(spans[at]!);
    else played.push(...resolved(spans.slice(from, to)));
    overlapped ||= runs > 1;
    from = to;
  }
  return overlapped ? played : spans;
}

/** Whether some moment is in spans of more than one run. `spans`: sorted by `startMs`. */
export function hasOverlaps(spans: readonly Span[]): boolean {
  for (let from = 0; from < spans.length; ) {
    const { to, runs } = cluster(spans, from);
    if (runs > 1) return true;
    from = to;
  }
  return false;
}

/** The spans from `from` on that overlap each other, directly or through others, and whether they are of one run. */
function cluster(spans: readonly Span[], from: number): { to: number; runs: 1 | 2 } {
  const { runId, endMs } = spans[from]!;
  let reachMs = endMs;
  let to = from + 1;
  let runs: 1 | 2 = 1;
  for (; to < spans.length && spans[to]!.startMs < reachMs; to++) {
    const span = spans[to]!;
    if (span.runId !== runId) runs = 2;
    if (span.endMs > reachMs) reachMs = span.endMs;
  }
  return { to, runs };
}

function resolved<S extends Span>(spans: readonly S[]): S[] {
  const runs = [...Map.groupBy(spans, (span) => span.runId).values()].sort(
    ([a], [b]) => a!.beganMs - b!.beganMs || (a!.runId < b!.runId ? -1 : 1),
  );
  const played: S[] = [];
  let taken: TimeRange[] = [];
  for (const run of runs) {
    const kept = outside(run, taken);
    played.push(...kept);
    taken = union([...taken, ...kept]);
  }
  // By their middles: where one run takes over, its first span may begin before the last one of the other.
  return played.sort((a, b) => a.startMs + a.endMs - (b.startMs + b.endMs));
}

/** Those of a run's spans that lie in `taken` (sorted, disjoint) by no more than they may. */
function outside<S extends Span>(run: readonly S[], taken: readonly TimeRange[]): S[] {
  let next = 0;
  return run.filter(({ startMs, endMs }) => {
    while (next < taken.length && taken[next]!.endMs <= startMs) next++;
    let sharedMs = 0;
    for (let at = next; at < taken.length && taken[at]!.startMs < endMs; at++) {
      sharedMs += Math.min(endMs, taken[at]!.endMs) - Math.max(startMs, taken[at]!.startMs);
    }
    return sharedMs <= Math.min(OVERLAP_MS, (endMs - startMs) / 2);
  });
}
