/**
 * Keeps the timeline's canvas up to date: watches the stores, the size, the resolution and the colour scheme, and
 * draws at most once a frame. It also carries out what the gestures ask.
 */
import type { Formats } from "../client/formats.ts";
import { playheadMs } from "../client/player_state.ts";
import type { Session } from "../client/session.ts";
import { msAt, spanMs } from "../client/view.ts";
import { drawTimeline } from "./timeline_drawing.ts";
import { listenToGestures } from "./timeline_gestures.ts";
import { readTheme, type Theme } from "./timeline_theme.ts";

type Parts = { element: HTMLElement; canvas: HTMLCanvasElement };

type PaintOptions = {
  session: Session;
  formats: Formats;
  /** The pointer is over the timeline at a fraction of its width, or has left. */
  onHover: (fraction: number | null) => void;
  signal: AbortSignal;
};

/** Paints until `signal` aborts. */
export function paintTimeline({ element, canvas }: Parts, options: PaintOptions): void {
  const { session, formats, onHover, signal } = options;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("Cannot draw the timeline: the browser gives no 2d context for a canvas");
  let theme: Theme | undefined;
  let hover: number | null = null;
  let request = 0;

  const paint = () => {
    request = 0;
    const { view } = session.view.getState();
    theme ??= readTheme(element, context, devicePixelRatio);
    drawTimeline(context, {
      width: canvas.width,
      height: canvas.height,
      pixelRatio: devicePixelRatio,
      view,
      answer: session.timeline.getState().answer,
      playheadMs: playheadMs(session.player.getState()),
      nowMs: session.clock.nowMs(),
      hoverMs: hover === null ? null : msAt(view, hover),
      formats,
      theme,
    });
    element.dataset.startMs = String(view.startMs);
    element.dataset.endMs = String(view.endMs);
  };
  const repaint = () => {
    if (request === 0) request = requestAnimationFrame(paint);
  };
  const want = () => {
    const { cameraId } = session.player.getState();
    const widthPx = element.clientWidth;
    if (cameraId && widthPx > 0)
      session.timeline.want({ cameraId, view: session.view.getState().view, widthPx });
    repaint();
  };
  const restyle = () => {
    theme = undefined;
    repaint();
  };
  const setHover = (at: number | null) => {
    hover = at;
    onHover(at);
    repaint();
  };
  const resize = () => {
    canvas.width = Math.round(element.clientWidth * devicePixelRatio);
    canvas.height = Math.round(element.clientHeight * devicePixelRatio);
    theme = undefined;
    want();
    // At once: a canvas is blank after a change of size.
    paint();
  };

  const { view, player, timeline, time } = session;
  const unsubscribe = [
    view.subscribe(want),
    player.subscribe(want),
    timeline.subscribe(repaint),
    time.subscribe(repaint),
  ];
  const sizes = new ResizeObserver(resize);
  sizes.observe(element);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle, { signal });
  signal.addEventListener("abort", () => {
    cancelAnimationFrame(request);
    sizes.disconnect();
    for (const stop of unsubscribe) stop();
  });
  listenToGestures(
    element,
    {
      onPan: (by) => view.pan(by * spanMs(view.getState().view)),
      onZoom: (factor, at) => view.zoom({ factor, atMs: msAt(view.getState().view, at) }),
      onClick: (at) => {
        // What was under the pointer is on its way to the screen: the hint would only hide it.
        setHover(null);
        session.seekTo(msAt(view.getState().view, at));
      },
      onHover: setHover,
    },
    signal,
  );
}
