/** What all drawing on the timeline needs: where a time stands, and which of many ranges are on the screen. */
import type { TimeRange } from "@rokuga/media/api.ts";
import { fractionOf } from "../client/view.ts";
import type { Theme } from "./timeline_theme.ts";

export type Paper = {
  context: CanvasRenderingContext2D;
  /** CSS pixels; the context is scaled to them. */
  widthPx: number;
  heightPx: number;
  /** Pixels of the screen in a CSS pixel. */
  pixelRatio: number;
  view: TimeRange;
  nowMs: number;
  theme: Theme;
};

export const xOf = ({ view, widthPx }: Paper, ms: number): number => fractionOf(view, ms) * widthPx;

/** On whole pixels of the screen, so that thin lines are sharp. */
export const sharp = ({ pixelRatio }: Paper, px: number): number => Math.round(px * pixelRatio) / pixelRatio;

/** Fills an upright line of about `px`. */
export function fillLine(paper: Paper, line: { ms: number; top: number; bottom: number; px: number }): void {
  const width = Math.max(1, Math.round(line.px * paper.pixelRatio)) / paper.pixelRatio;
  const x = sharp(paper, xOf(paper, line.ms) - width / 2);
  paper.context.fillRect(x, line.top, width, line.bottom - line.top);
}

/** Ranges shorter than this on the screen are still shown, CSS pixels. */
const LEAST_PX = 1.5;

/** What of a range is on the screen, CSS pixels; null when nothing is. */
export function onScreen(paper: Paper, { startMs, endMs }: TimeRange): { x: number; width: number } | null {
  const left = Math.max(0, xOf(paper, startMs));
  const right = Math.min(paper.widthPx, xOf(paper, endMs));
  if (right <= 0 || left >= paper.widthPx || endMs <= startMs) return null;
  return { x: left, width: Math.max(right - left, LEAST_PX) };
}

/** Calls `each` for those of sorted, disjoint ranges that are on the screen, in order. */
export function visibleRanges<R extends TimeRange>(
  { view }: Paper,
  ranges: readonly R[],
  each: (range: R) => void,
): void {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]!.endMs > view.startMs) high = middle;
    else low = middle + 1;
  }
  for (let index = low; index < ranges.length && ranges[index]!.startMs < view.endMs; index++)
    each(ranges[index]!);
}
