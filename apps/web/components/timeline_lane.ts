/**
 * Draws the line of one camera: what is covered, and what is missing with the hatching of its cause and, where there is
 * room, its words. What waits on site is hollow: it has the outline of footage, and fills as it arrives.
 */
import type { CausedGap, TimelineAnswer } from "@rokuga/media/api.ts";
import type { Formats } from "../client/formats.ts";
import type { Translator } from "../client/text.ts";
import { onScreen, type Paper, sharp, visibleRanges, xOf } from "./timeline_canvas.ts";
import type { Lane } from "./timeline_layout.ts";
import { HATCH_PX } from "./timeline_theme.ts";

export type LaneDrawing = {
  lane: Lane;
  answer: TimelineAnswer | null;
  /** Another camera plays. */
  muted: boolean;
  t: Translator;
  formats: Formats;
};

/** How much of a line that is not played shows through. */
const MUTED_ALPHA = 0.72;
/** Of a gap's words: around them, and the least height of a line that has them. CSS pixels. */
const PADDING_PX = 6;
const WORDS_PX = 16;
/** No words fit into a gap that is narrower, CSS pixels; nor can a hatching be seen. */
const LEAST_WORDS_PX = 40;
const LEAST_HATCH_PX = 3;

export function drawLane(paper: Paper, drawing: LaneDrawing): void {
  const { context, theme, view, nowMs } = paper;
  const { lane, answer, muted } = drawing;
  const height = lane.bottom - lane.top;
  context.fillStyle = theme.track;
  const track = onScreen(paper, { startMs: view.startMs, endMs: nowMs });
  if (track) context.fillRect(track.x, lane.top, track.width, height);
  if (!answer) return;
  context.globalAlpha = muted ? MUTED_ALPHA : 1;
  visibleRanges(paper, answer.gaps, (gap) => {
    const place = onScreen(paper, gap);
    if (!place) return;
    context.fillStyle = fillOf(paper, gap, place.width);
    context.fillRect(place.x, lane.top, place.width, height);
    if (gap.cause === "waiting-on-site") outline(paper, { ...place, lane });
  });
  drawCoverage(paper, drawing);
  context.globalAlpha = 1;
}

/** The words of the gaps, each in the middle of what of it is on the screen, where there is room. */
export function drawGapWords(paper: Paper, drawing: LaneDrawing): void {
  const { lane, answer } = drawing;
  if (!answer || lane.bottom - lane.top < WORDS_PX) return;
  visibleRanges(paper, answer.gaps, (gap) => {
    const place = onScreen(paper, gap);
    if (place && place.width >= LEAST_WORDS_PX) drawWords(paper, { ...drawing, gap });
  });
}

/** Ranges that touch on the screen are one rectangle. */
function drawCoverage(paper: Paper, { lane, answer }: LaneDrawing): void {
  const { context, theme } = paper;
  context.fillStyle = theme.covered;
  let run: { x: number; end: number } | null = null;
  const flush = () => {
    if (run) context.fillRect(run.x, lane.top, run.end - run.x, lane.bottom - lane.top);
  };
  visibleRanges(paper, answer?.coverage ?? [], (range) => {
    const place = onScreen(paper, range);
    if (!place) return;
    const end = place.x + place.width;
    if (run && place.x <= run.end) run.end = Math.max(run.end, end);
    else {
      flush();
      run = { x: place.x, end };
    }
  });
  flush();
}

/** The hatching moves with what it is on. Of a narrow gap no more than the colour could be seen. */
function fillOf(paper: Paper, gap: CausedGap, widthPx: number): CanvasPattern | string {
  const { fill, color } = paper.theme.gaps[gap.cause];
  if (typeof fill === "string" || widthPx < LEAST_HATCH_PX) return color;
  const shift = sharp(paper, xOf(paper, gap.startMs) % HATCH_PX);
  fill.setTransform(new DOMMatrix().translate(shift, 0).scale(1 / paper.pixelRatio));
  return fill;
}

function outline(paper: Paper, { x, width, lane }: { x: number; width: number; lane: Lane }): void {
  const { context, theme } = paper;
  context.fillStyle = theme.gaps["waiting-on-site"].color;
  const thick = 2;
  context.fillRect(x, lane.top, width, thick);
  context.fillRect(x, lane.bottom - thick, width, thick);
}

/** What a gap's cause is, and if there is room how long it lasts, in the middle of what of it is on the screen. */
function drawWords(paper: Paper, { lane, gap, t, formats }: LaneDrawing & { gap: CausedGap }): void {
  const { context, theme } = paper;
  const place = onScreen(paper, gap);
  if (!place) return;
  const cause = t(`causes.${gap.cause}`);
  const full = `${cause} · ${formats.duration(gap.endMs - gap.startMs)}`;
  context.font = theme.font;
  const room = place.width - 4 * PADDING_PX;
  const text = [full, cause].find((one) => widthOf(context, one) <= room);
  if (!text) return;
  const width = widthOf(context, text);
  const x = place.x + (place.width - width) / 2;
  const middle = (lane.top + lane.bottom) / 2;
  context.fillStyle = theme.surface;
  context.beginPath();
  context.roundRect(x - PADDING_PX, middle - 8, width + 2 * PADDING_PX, 16, 4);
  context.fill();
  context.fillStyle = theme.text;
  context.textBaseline = "middle";
  context.fillText(text, x, middle + 0.5);
}

const widths = new Map<string, number>();
const MOST_WIDTHS = 500;

/** Measuring text is slow beside drawing it, and the same words come in each frame. */
function widthOf(context: CanvasRenderingContext2D, text: string): number {
  const key = `${context.font} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    if (widths.size >= MOST_WIDTHS) widths.clear();
    width = context.measureText(text).width;
    widths.set(key, width);
  }
  return width;
}
