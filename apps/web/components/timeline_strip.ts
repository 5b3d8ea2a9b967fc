/**
 * A drawing of more than is on the screen, kept while the timeline moves sideways: panning and playing copy it, and
 * only zooming, new data and new colours draw it again. What depends on where the screen ends, or moves by itself, is
 * not drawn on it.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import { fractionOf, pan, spanMs } from "../client/view.ts";
import { type Paper, sharp } from "./timeline_canvas.ts";

/** How much of the screen's width is drawn beyond each of its ends. */
const BEYOND = 0.5;
/** Ranges whose lengths differ by less than this part are of one length: their ends are not whole numbers. */
const SAME = 1e-7;

type Kept = { range: TimeRange; paper: Paper; key: readonly unknown[] };

export class TimelineStrip {
  readonly #canvas = document.createElement("canvas");
  #kept: Kept | null = null;

  /** Copies the drawing to `paper`. It is drawn by `draw`, unless that was done for the same `key` and zoom before. */
  show(paper: Paper, { key, draw }: { key: readonly unknown[]; draw: (strip: Paper) => void }): void {
    const kept = this.#serves(paper, key) ? this.#kept! : this.#render(paper, { key, draw });
    const { range } = kept;
    const x = sharp(paper, fractionOf(paper.view, range.startMs) * paper.widthPx);
    paper.context.drawImage(this.#canvas, x, 0, kept.paper.widthPx, paper.heightPx);
  }

  #serves({ view, widthPx, heightPx, pixelRatio, theme }: Paper, key: readonly unknown[]): boolean {
    const kept = this.#kept;
    if (!kept || key.length !== kept.key.length || key.some((part, index) => part !== kept.key[index]))
      return false;
    const before = kept.paper;
    const sameZoom = Math.abs(spanMs(kept.range) / (1 + 2 * BEYOND) / spanMs(view) - 1) < SAME;
    const sameSize = before.widthPx === widthPx * (1 + 2 * BEYOND) && before.heightPx === heightPx;
    const inside = kept.range.startMs <= view.startMs && kept.range.endMs >= view.endMs;
    return sameZoom && sameSize && inside && before.pixelRatio === pixelRatio && before.theme === theme;
  }

  #render(paper: Paper, { key, draw }: { key: readonly unknown[]; draw: (strip: Paper) => void }): Kept {
    const { view, widthPx, heightPx, pixelRatio } = paper;
    const beyondMs = spanMs(view) * BEYOND;
    const range = { startMs: pan(view, -beyondMs).startMs, endMs: pan(view, beyondMs).endMs };
    const [width, height] = [
      Math.round(widthPx * (1 + 2 * BEYOND) * pixelRatio),
      Math.round(heightPx * pixelRatio),
    ];
    if (this.#canvas.width !== width || this.#canvas.height !== height)
      Object.assign(this.#canvas, { width, height });
    const context = this.#canvas.getContext("2d")!;
    context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
    const strip: Paper = { ...paper, context, view: range, widthPx: widthPx * (1 + 2 * BEYOND) };
    context.clearRect(0, 0, strip.widthPx, heightPx);
    draw(strip);
    this.#kept = { range, paper: strip, key };
    return this.#kept;
  }
}
