/**
 * Draws what is marked on a camera's line: a locked range has a bar along its top with a padlock, an exported one a bar
 * along its bottom with an arrow out of it.
 */

import type { MarksState } from "../client/timeline_marks.ts";
import { onScreen, type Paper, visibleRanges } from "./timeline_canvas.ts";
import type { Lane } from "./timeline_layout.ts";

/** CSS pixels. */
const BAR_PX = 3;
const EDGE_PX = 1;
const GLYPH_PX = 10;
/** A bar that is narrower has no glyph. */
const ROOM_PX = 14;

export const PADLOCK = "M2 4.5h6v4.5H2zM3 4.5V3a2 2 0 0 1 4 0v1.5H6.1V3.1a1.1 1.1 0 0 0-2.2 0v1.4z";
export const ARROW = "M4.3 1h1.4v4h2L5 8.2 2.3 5h2zM2 8.8h6V10H2z";

export function drawMarks(
  paper: Paper,
  { lane, marks }: { lane: Lane; marks: Pick<MarksState, "locks" | "exports"> },
): void {
  const locks = [...marks.locks].sort((a, b) => a.startMs - b.startMs);
  for (const range of locks) drawBar(paper, { range, top: lane.top, glyph: PADLOCK, below: true });
  for (const range of marks.exports)
    drawBar(paper, { range, top: lane.bottom - BAR_PX, glyph: ARROW, below: false });
}

type Bar = { range: { startMs: number; endMs: number }; top: number; glyph: string; below: boolean };

function drawBar(paper: Paper, { range, top, glyph, below }: Bar): void {
  visibleRanges(paper, [range], () => {
    const place = onScreen(paper, range);
    if (!place) return;
    const { context, theme } = paper;
    const { x, width } = place;
    context.fillStyle = theme.surface;
    context.fillRect(x - EDGE_PX, top - (below ? 0 : EDGE_PX), width + 2 * EDGE_PX, BAR_PX + EDGE_PX);
    const hasGlyph = width >= ROOM_PX;
    const glyphTop = below ? top + BAR_PX : top - GLYPH_PX - 1;
    if (hasGlyph) context.fillRect(x, glyphTop, GLYPH_PX + 1, GLYPH_PX + 1);
    context.fillStyle = theme.playhead;
    context.fillRect(x, top, width, BAR_PX);
    if (!hasGlyph) return;
    context.save();
    context.translate(x, glyphTop);
    context.fill(new Path2D(glyph), "evenodd");
    context.restore();
  });
}
