/**
 * The range that is selected on the timeline, for a clip, a lock or a link: at least a second, at most 25 h, never past
 * now. The rules are pure; the store keeps them.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import { createStore, type Store } from "./store.ts";
import { contains, spanMs } from "./view.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "./zone.ts";

export const LEAST_MS = SECOND_MS;
/** A day when clocks are set back. */
export const MOST_MS = 25 * HOUR_MS;
/** What is selected when one end is set and there is no other. */
export const FIRST_MS = 30 * SECOND_MS;
/** What is selected at first: this part of what is in sight, within limits. */
const FIRST_PART = 1 / 6;
const FIRST_MOST_MS = 10 * MINUTE_MS;

export type Edge = "start" | "end";

/** The range with one end moved as near to `ms` as the other end and the present allow. */
export function withEdge(range: TimeRange, { edge, ms, nowMs }: { edge: Edge; ms: number; nowMs: number }) {
  const { startMs, endMs } = range;
  const wanted = Math.round(ms);
  if (edge === "start") {
    return { startMs: Math.min(Math.max(wanted, endMs - MOST_MS, 1), endMs - LEAST_MS), endMs };
  }
  return { startMs, endMs: Math.max(Math.min(wanted, startMs + MOST_MS, nowMs), startMs + LEAST_MS) };
}

/**
 * The range after one end was set at `ms`, as people set in and out while they watch: an end on the wrong side of the
 * other begins a new range.
 */
export function markedAt(
  range: TimeRange | null,
  { edge, ms, nowMs }: { edge: Edge; ms: number; nowMs: number },
): TimeRange {
  const fits = range && (edge === "start" ? ms <= range.endMs - LEAST_MS : ms >= range.startMs + LEAST_MS);
  if (fits) return withEdge(range, { edge, ms, nowMs });
  return edge === "start"
    ? untilNow({ startMs: ms, endMs: ms + FIRST_MS }, nowMs)
    : untilNow({ startMs: ms - FIRST_MS, endMs: ms }, nowMs);
}

/** What is selected at first: around the playhead if it is in sight, else in the middle of what is. */
export function firstRange(
  view: TimeRange,
  { playheadMs, nowMs }: { playheadMs: number | null; nowMs: number },
): TimeRange {
  const inSight = playheadMs !== null && contains(view, playheadMs);
  const middleMs = inSight ? playheadMs : (view.startMs + view.endMs) / 2;
  const half = Math.min(Math.max(spanMs(view) * FIRST_PART, LEAST_MS), FIRST_MOST_MS) / 2;
  return untilNow({ startMs: Math.round(middleMs - half), endMs: Math.round(middleMs + half) }, nowMs);
}

/** A range of the same length that ends by now. */
function untilNow({ startMs, endMs }: TimeRange, nowMs: number): TimeRange {
  const over = Math.max(0, endMs - nowMs);
  return { startMs: Math.round(startMs - over), endMs: Math.round(endMs - over) };
}

export type SelectionState = { range: TimeRange | null };

export type Selection = Store<SelectionState> & {
  begin(view: TimeRange, playheadMs: number | null): void;
  /** Moves one end. Does nothing without a range. */
  move(edge: Edge, ms: number): void;
  /** Sets one end, and begins a range where there is none. */
  mark(edge: Edge, ms: number): void;
  clear(): void;
};

export function createSelection(nowMs: () => number): Selection {
  const { getState, subscribe, set } = createStore<SelectionState>({ range: null });
  return {
    getState,
    subscribe,
    begin: (view, playheadMs) => set({ range: firstRange(view, { playheadMs, nowMs: nowMs() }) }),
    move(edge, ms) {
      const { range } = getState();
      if (range) set({ range: withEdge(range, { edge, ms, nowMs: nowMs() }) });
    },
    mark: (edge, ms) => set({ range: markedAt(getState().range, { edge, ms, nowMs: nowMs() }) }),
    clear: () => set({ range: null }),
  };
}
