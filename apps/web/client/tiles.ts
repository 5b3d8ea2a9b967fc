/**
 * The tiles in which the timeline is asked for. Each level has tiles four times as long as the one before it, at a
 * quarter of its resolution, aligned to the epoch: so a month comes in a few small answers, and what was asked once
 * serves while the view moves. Pure.
 */
import type { CausedGap, TimelineAnswer, TimeRange } from "@rokuga/media/api.ts";
import { MINUTE_MS } from "./zone.ts";

/** One answer of the server: `index` counts the tiles of its level from the epoch. */
export type Tile = { level: number; index: number };

const FINEST_SPAN_MS = 10 * MINUTE_MS;
const RATIO = 4;
/** How many ranges a tile can tell apart. */
const COLUMNS = 2_048;
/** Tiles of 455 days: longer than the server answers at once comes after it. */
export const COARSEST_LEVEL = 8;

const spanOf = (level: number) => FINEST_SPAN_MS * RATIO ** level;

/** What a tile covers. */
export function tileRange({ level, index }: Tile): TimeRange {
  return { startMs: index * spanOf(level), endMs: (index + 1) * spanOf(level) };
}

/** What a level does not tell apart, ms; the finest one tells everything. */
export function resolutionOf(level: number): number {
  return level === 0 ? 1 : Math.round(spanOf(level) / COLUMNS);
}

/** The coarsest level that still tells pixels apart. */
export function levelFor(msPerPx: number): number {
  let level = 0;
  while (level < COARSEST_LEVEL && resolutionOf(level + 1) <= msPerPx) level += 1;
  return level;
}

/** The tiles of a level that a range touches, in order. Before the epoch there is nothing. */
export function tilesOf(range: TimeRange, level: number): Tile[] {
  const first = Math.max(0, Math.floor(range.startMs / spanOf(level)));
  const last = Math.ceil(range.endMs / spanOf(level)) - 1;
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => ({ level, index: first + n }));
}

/** The same answer, of a part of its range. Empty parts are left out. */
export type Piece = TimeRange & { answer: Pick<TimelineAnswer, "coverage" | "gaps" | "nowMs"> };

/**
 * Lays pieces (disjoint, in order) side by side. Coverage and gaps that a border divides are one again. The whole
 * reaches over all pieces; of what lies between them it says nothing. Null without pieces.
 */
export function joined(cameraId: string, pieces: readonly Piece[]): TimelineAnswer | null {
  const [first, last] = [pieces[0], pieces.at(-1)];
  if (!first || !last) return null;
  const coverage: TimeRange[] = [];
  const gaps: CausedGap[] = [];
  for (const piece of pieces) {
    for (const range of inside(piece.answer.coverage, piece)) {
      const before = coverage.at(-1);
      if (before && before.endMs >= range.startMs) before.endMs = range.endMs;
      else coverage.push(range);
    }
    for (const gap of inside(piece.answer.gaps, piece)) {
      const before = gaps.at(-1);
      if (before && before.endMs >= gap.startMs && before.cause === gap.cause) before.endMs = gap.endMs;
      else gaps.push(gap);
    }
  }
  const nowMs = Math.max(...pieces.map(({ answer }) => answer.nowMs));
  return { cameraId, nowMs, startMs: first.startMs, endMs: last.endMs, coverage, gaps };
}

/** Copies of what of sorted ranges lies inside a window. */
function inside<R extends TimeRange>(ranges: readonly R[], window: TimeRange): R[] {
  const found: R[] = [];
  for (const range of ranges) {
    if (range.startMs >= window.endMs) break;
    if (range.endMs <= window.startMs) continue;
    const startMs = Math.max(range.startMs, window.startMs);
    found.push({ ...range, startMs, endMs: Math.min(range.endMs, window.endMs) });
  }
  return found;
}

/**
 * The best pieces there are of a range: of its own level, where that is missing of coarser ones, and at last of finer
 * ones. `find` gives what is known of a level, as tiles with their answers in order.
 */
export function bestPieces(
  range: TimeRange,
  { level, find }: { level: number; find: (level: number) => Iterable<Piece> },
): Piece[] {
  const coarser = Array.from({ length: COARSEST_LEVEL - level }, (_, n) => level + 1 + n);
  const finer = Array.from({ length: level }, (_, n) => level - 1 - n);
  const pieces: Piece[] = [];
  let missing: TimeRange[] = [range];
  for (const candidate of [level, ...coarser, ...finer]) {
    if (missing.length === 0) break;
    for (const known of find(candidate)) {
      const left: TimeRange[] = [];
      for (const hole of missing) {
        const startMs = Math.max(hole.startMs, known.startMs);
        const endMs = Math.min(hole.endMs, known.endMs);
        if (startMs >= endMs) {
          left.push(hole);
          continue;
        }
        pieces.push({ startMs, endMs, answer: known.answer });
        if (hole.startMs < startMs) left.push({ startMs: hole.startMs, endMs: startMs });
        if (endMs < hole.endMs) left.push({ startMs: endMs, endMs: hole.endMs });
      }
      missing = left;
    }
  }
  return pieces.sort((a, b) => a.startMs - b.startMs);
}
