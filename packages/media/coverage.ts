/**
 * Arithmetic on half-open time ranges `[startMs, endMs)`: what is covered, what is left open, and why.
 * Pure; the tables that hold the ranges belong to packages/db.
 */
import type { CausedGap, TimeRange } from "./api.ts";
import type { GapCause, RunEndReason } from "./events.ts";

/** The parts of `ranges` inside `window`, in the same order. */
export function clip<R extends TimeRange>(ranges: readonly R[], window: TimeRange): R[] {
  return ranges
    .map((range) => ({
      ...range,
      startMs: Math.max(range.startMs, window.startMs),
      endMs: Math.min(range.endMs, window.endMs),
    }))
    .filter((range) => range.startMs < range.endMs);
}

/** The union of ranges in any order: sorted, disjoint, with ranges that are at most `slackMs` apart joined. */
export function union(ranges: readonly TimeRange[], slackMs = 0): TimeRange[] {
  const merged: TimeRange[] = [];
  for (const { startMs, endMs } of [...ranges].sort((a, b) => a.startMs - b.startMs)) {
    const last = merged.at(-1);
    if (last && startMs <= last.endMs + slackMs) last.endMs = Math.max(last.endMs, endMs);
    else if (startMs < endMs) merged.push({ startMs, endMs });
  }
  return merged;
}

/** What `window` has outside `covered` (sorted and disjoint). */
export function subtract(window: TimeRange, covered: readonly TimeRange[]): TimeRange[] {
  const open: TimeRange[] = [];
  let cursor = window.startMs;
  for (const range of clip(covered, window)) {
    if (range.startMs > cursor) open.push({ startMs: cursor, endMs: range.startMs });
    cursor = Math.max(cursor, range.endMs);
  }
  if (cursor < window.endMs) open.push({ startMs: cursor, endMs: window.endMs });
  return open;
}

export type RunSpan = { startMs: number; endMs: number | null; endReason: RunEndReason | null };

/** The cause of the gap that follows a run, from how the run ended. */
export function causeAfter(reason: RunEndReason): GapCause {
  switch (reason) {
    case "disconnected":
    case "failed":
    case "stalled":
      return "camera-unreachable";
    case "killed":
    case "stopped":
    case "relay-died":
      return "relay-stopped";
    default:
      return reason satisfies never;
  }
}

/** How long an open run without new segments still counts as recording, ms: a site that is silent for longer may be off. */
export const SILENCE_MS = 60_000;

export type GapEvidence = {
  /** Playable ranges, sorted and disjoint. */
  coverage: readonly TimeRange[];
  /** The camera's runs, sorted by start, including the last one before the window. */
  runs: readonly RunSpan[];
  /** Ranges that are lost for a stated cause. */
  losses: readonly CausedGap[];
  /** When the log last heard of the camera. */
  lastHeardMs: number;
  /** From the camera's registration to its first run: a relay was there, and the camera could not be reached. */
  untilFirstRun?: TimeRange | undefined;
};

/**
 * The gaps of `window`, each with its cause. The strongest evidence wins: coverage, then a stated loss, then
 * that a run was recording (so the footage waits on site), then how the run before ended, then nothing.
 */
export function causedGaps(window: TimeRange, evidence: GapEvidence): CausedGap[] {
  const layers: CausedGap[][] = [
    [...evidence.losses],
    evidence.runs.map(({ startMs, endMs }) => ({
      startMs,
      endMs: endMs ?? evidence.lastHeardMs + SILENCE_MS,
      cause: "waiting-on-site",
    })),
    evidence.runs.flatMap(({ endMs, endReason }, index) => {
      if (endMs === null || endReason === null) return [];
      const next = evidence.runs[index + 1]?.startMs ?? Number.MAX_SAFE_INTEGER;
      return [{ startMs: endMs, endMs: next, cause: causeAfter(endReason) }];
    }),
    evidence.untilFirstRun ? [{ ...evidence.untilFirstRun, cause: "camera-unreachable" }] : [],
    [{ ...window, cause: "unknown" }],
  ];
  const gaps: CausedGap[] = [];
  let open = subtract(window, evidence.coverage);
  for (const layer of layers) {
    for (const gap of layer) {
      for (const hole of open) gaps.push(...clip([gap], hole));
      open = open.flatMap((hole) => subtract(hole, [gap]));
    }
  }
  return joinEqual(gaps.sort((a, b) => a.startMs - b.startMs));
}

/** Joins neighbours that touch and have the same cause. */
function joinEqual(gaps: readonly CausedGap[]): CausedGap[] {
  const joined: CausedGap[] = [];
  for (const gap of gaps) {
    const last = joined.at(-1);
    if (last && last.cause === gap.cause && last.endMs === gap.startMs) last.endMs = gap.endMs;
    else joined.push({ ...gap });
  }
  return joined;
}
