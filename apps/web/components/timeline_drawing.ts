/**
 * Draws the timeline on a canvas: ticks and their labels, coverage, gaps by cause, now, and the playhead. It
 * draws what it is given, in pixels of the screen, and keeps nothing.
 */
import type { TimelineAnswer, TimeRange } from "@rokuga/media/api.ts";
import type { Formats } from "../client/formats.ts";
import { ticksOf } from "../client/ticks.ts";
import { fractionOf } from "../client/view.ts";
import type { Theme } from "./timeline_theme.ts";

export type Drawing = {
  /** Size of the canvas in its own pixels, and how many of them make a CSS pixel. */
  width: number;
  height: number;
  pixelRatio: number;
  view: TimeRange;
  answer: TimelineAnswer | null;
  playheadMs: number | null;
  nowMs: number;
  hoverMs: number | null;
  formats: Formats;
  theme: Theme;
};

/** CSS pixels. */
const LABEL_HEIGHT = 24;
const BAR_BOTTOM = 8;
const LABEL_DISTANCE = 84;
/** Gaps and footage shorter than a pixel are still shown. */
const LEAST_WIDTH = 1.5;

export function drawTimeline(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { width, height, theme } = drawing;
  context.clearRect(0, 0, width, height);
  drawTicks(context, drawing);
  context.fillStyle = theme.track;
  fillRange(context, drawing, { startMs: drawing.view.startMs, endMs: drawing.nowMs });
  for (const gap of drawing.answer?.gaps ?? []) {
    context.fillStyle = theme.gaps[gap.cause];
    fillRange(context, drawing, gap);
  }
  context.fillStyle = theme.covered;
  for (const range of drawing.answer?.coverage ?? []) fillRange(context, drawing, range);
  drawNow(context, drawing);
  if (drawing.hoverMs !== null)
    drawLine(context, drawing, { ms: drawing.hoverMs, color: theme.muted, px: 1 });
  drawPlayhead(context, drawing);
}

function drawTicks(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { width, height, pixelRatio, view, formats, theme } = drawing;
  const ticks = ticksOf(view, { zone: formats.zone, widthPx: width / pixelRatio, labelPx: LABEL_DISTANCE });
  const labelHeight = LABEL_HEIGHT * pixelRatio;
  context.fillStyle = theme.line;
  for (const ms of ticks.minor)
    fillPixel(context, drawing, { ms, top: labelHeight - 4 * pixelRatio, bottom: labelHeight });
  context.font = theme.font;
  context.textBaseline = "middle";
  for (const tick of ticks.labelled) {
    const strong = tick.kind === "day";
    context.fillStyle = strong ? theme.muted : theme.line;
    fillPixel(context, drawing, {
      ms: tick.ms,
      top: strong ? 0 : labelHeight - 9 * pixelRatio,
      bottom: height,
    });
    context.fillStyle = strong ? theme.text : theme.muted;
    const x = fractionOf(view, tick.ms) * width + 4 * pixelRatio;
    context.fillText(formats.tick(tick, ticks.stepMs), x, labelHeight * 0.42);
  }
}

function drawNow(context: CanvasRenderingContext2D, drawing: Drawing): void {
  drawLine(context, drawing, { ms: drawing.nowMs, color: drawing.theme.live, px: 1.5 });
}

function drawPlayhead(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { playheadMs, view, width, pixelRatio, theme } = drawing;
  if (playheadMs === null) return;
  drawLine(context, drawing, { ms: playheadMs, color: theme.playhead, px: 2 });
  const x = fractionOf(view, playheadMs) * width;
  const top = (LABEL_HEIGHT - 10) * pixelRatio;
  const half = 5.5 * pixelRatio;
  context.fillStyle = theme.playhead;
  context.beginPath();
  context.moveTo(x - half, top);
  context.lineTo(x + half, top);
  context.lineTo(x + half, top + half);
  context.lineTo(x, top + 2 * half);
  context.lineTo(x - half, top + half);
  context.fill();
}

function drawLine(
  context: CanvasRenderingContext2D,
  { view, width, height, pixelRatio }: Drawing,
  { ms, color, px }: { ms: number; color: string; px: number },
): void {
  const top = LABEL_HEIGHT * pixelRatio;
  const thickness = px * pixelRatio;
  context.fillStyle = color;
  context.fillRect(
    fractionOf(view, ms) * width - thickness / 2,
    top - 4 * pixelRatio,
    thickness,
    height - top,
  );
}

/** A line as thin as the screen allows, on whole pixels. */
function fillPixel(
  context: CanvasRenderingContext2D,
  { view, width, pixelRatio }: Drawing,
  { ms, top, bottom }: { ms: number; top: number; bottom: number },
): void {
  const x = Math.round(fractionOf(view, ms) * width);
  context.fillRect(x, top, Math.max(1, Math.round(pixelRatio)), bottom - top);
}

function fillRange(
  context: CanvasRenderingContext2D,
  { view, width, height, pixelRatio }: Drawing,
  range: TimeRange,
): void {
  const left = Math.max(0, fractionOf(view, range.startMs)) * width;
  const right = Math.min(1, fractionOf(view, range.endMs)) * width;
  if (right <= 0 || left >= width || range.endMs <= range.startMs) return;
  const top = LABEL_HEIGHT * pixelRatio;
  const bottom = height - BAR_BOTTOM * pixelRatio;
  context.fillRect(left, top, Math.max(right - left, LEAST_WIDTH * pixelRatio), bottom - top);
}
