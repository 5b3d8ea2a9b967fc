/**
 * Draws the timeline on a canvas: the ruler, the line of each camera, now, and the playhead. It draws what it is given;
 * what does not change while the timeline moves sideways is kept on a strip.
 */
import type { TimelineAnswer } from "@rokuga/media/api.ts";
import type { Text } from "../client/text.ts";
import { ticksOf } from "../client/ticks.ts";
import type { MarksState } from "../client/timeline_marks.ts";
import { spanMs } from "../client/view.ts";
import { fillLine, type Paper, sharp, xOf } from "./timeline_canvas.ts";
import { drawGapWords, drawLane, type LaneDrawing } from "./timeline_lane.ts";
import type { Layout } from "./timeline_layout.ts";
import { drawMarks } from "./timeline_mark_drawing.ts";
import type { TimelineStrip } from "./timeline_strip.ts";

export type Drawing = {
  paper: Paper;
  strip: TimelineStrip;
  layout: Layout;
  /** One for each lane, from top to bottom. `plays`: it is the one that the playhead belongs to. */
  cameras: readonly { answer: TimelineAnswer | null; plays: boolean }[];
  marks: Pick<MarksState, "locks" | "exports">;
  playheadMs: number | null;
  hoverMs: number | null;
  text: Text;
};

/** CSS pixels from one label to the next, at least. */
const LABEL_DISTANCE = 88;

export function drawTimeline(drawing: Drawing): void {
  const { paper, strip, cameras, marks, text } = drawing;
  paper.context.clearRect(0, 0, paper.widthPx, paper.heightPx);
  const nowPx = Math.floor(paper.nowMs / (spanMs(paper.view) / paper.widthPx));
  const known = cameras.flatMap(({ answer, plays }) => [answer, plays]);
  strip.show(paper, {
    key: [text, marks.locks, marks.exports, nowPx, ...known],
    draw: (wide) => drawStrip({ ...drawing, paper: wide }),
  });
  for (const drawn of lanesOf(drawing)) drawGapWords(paper, drawn);
  drawNow(drawing);
  drawHover(drawing);
  drawPlayhead(drawing);
}

function drawStrip(drawing: Drawing): void {
  drawRuler(drawing);
  for (const drawn of lanesOf(drawing)) {
    drawLane(drawing.paper, drawn);
    if (drawn.plays) drawMarks(drawing.paper, { lane: drawn.lane, marks: drawing.marks });
  }
}

function lanesOf({ layout, cameras, text: { t, formats } }: Drawing): (LaneDrawing & { plays: boolean })[] {
  return cameras.flatMap(({ answer, plays }, index) => {
    const lane = layout.lanes[index];
    return lane ? [{ lane, answer, plays, muted: cameras.length > 1 && !plays, t, formats }] : [];
  });
}

function drawRuler({ paper, layout: { rulerPx }, text: { formats } }: Drawing): void {
  const { context, view, widthPx, heightPx, theme } = paper;
  const ticks = ticksOf(view, { zone: formats.zone, widthPx, labelPx: LABEL_DISTANCE });
  context.fillStyle = theme.line;
  for (const ms of ticks.minor) fillLine(paper, { ms, top: rulerPx - 4, bottom: rulerPx, px: 1 });
  context.font = theme.font;
  context.textBaseline = "middle";
  for (const tick of ticks.labelled) {
    const isDay = tick.kind === "day";
    context.fillStyle = isDay ? theme.muted : theme.line;
    fillLine(paper, { ms: tick.ms, top: isDay ? 0 : rulerPx - 9, bottom: heightPx, px: 1 });
    context.fillStyle = isDay ? theme.text : theme.muted;
    context.fillText(formats.tick(tick, ticks.stepMs), xOf(paper, tick.ms) + 5, 10);
  }
}

function drawNow({ paper, layout: { rulerPx } }: Drawing): void {
  const { context, heightPx, nowMs, theme } = paper;
  context.fillStyle = theme.live;
  fillLine(paper, { ms: nowMs, top: rulerPx - 2, bottom: heightPx, px: 1.5 });
  context.beginPath();
  context.arc(xOf(paper, nowMs), rulerPx - 3, 3, 0, 2 * Math.PI);
  context.fill();
}

function drawHover({ paper, layout: { rulerPx }, hoverMs }: Drawing): void {
  if (hoverMs === null) return;
  paper.context.fillStyle = paper.theme.muted;
  fillLine(paper, { ms: hoverMs, top: rulerPx - 4, bottom: paper.heightPx, px: 1 });
}

function drawPlayhead({ paper, layout: { rulerPx }, playheadMs }: Drawing): void {
  if (playheadMs === null) return;
  const { context, heightPx, theme } = paper;
  // Its edge stands out from footage of any colour.
  context.fillStyle = theme.surface;
  fillLine(paper, { ms: playheadMs, top: rulerPx, bottom: heightPx, px: 4 });
  context.fillStyle = theme.playhead;
  fillLine(paper, { ms: playheadMs, top: rulerPx - 4, bottom: heightPx, px: 2 });
  const x = sharp(paper, xOf(paper, playheadMs));
  const top = rulerPx - 12;
  const half = 6;
  context.beginPath();
  context.roundRect(x - half, top, 2 * half, half + 2, [2, 2, 0, 0]);
  context.moveTo(x - half, top + half + 2);
  context.lineTo(x, top + 2 * half + 3);
  context.lineTo(x + half, top + half + 2);
  context.fill();
}
