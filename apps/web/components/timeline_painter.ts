/**
 * Keeps the timeline's canvas up to date: watches the stores, the size, the resolution and the colour scheme, and
 * draws at most once a frame. React has no part in it.
 */
import { playheadMs } from "../client/player_state.ts";
import type { Session } from "../client/session.ts";
import type { Text } from "../client/text.ts";
import { timelineActions } from "./timeline_actions.ts";
import { drawTimeline } from "./timeline_drawing.ts";
import { listenToGestures } from "./timeline_gestures.ts";
import { layoutOf } from "./timeline_layout.ts";
import { TimelineStrip } from "./timeline_strip.ts";
import { readTheme, type Theme } from "./timeline_theme.ts";

type Parts = { element: HTMLElement; canvas: HTMLCanvasElement };

type PaintOptions = { session: Session; text: Text; signal: AbortSignal };

/** The cameras that have a line, from top to bottom. */
export function lanesOf(session: Session): readonly string[] {
  const { cameraId } = session.player.getState();
  const list = session.cameras.getState().cameras ?? [];
  if (session.lanes.getState().all && list.length > 1) return list.map(({ id }) => id);
  return cameraId === null ? [] : [cameraId];
}

/** Paints until `signal` aborts. */
export function paintTimeline({ element, canvas }: Parts, { session, text, signal }: PaintOptions): void {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("Cannot draw the timeline: the browser gives no 2d context for a canvas");
  const { view, player, timeline, marks, scrubber, pointer } = session;
  const strip = new TimelineStrip();
  let theme: Theme | undefined;
  let request = 0;

  const paint = () => {
    request = 0;
    const { view: shown } = view.getState();
    const cameraIds = lanesOf(session);
    const { cameraId } = player.getState();
    const { x } = pointer.getState();
    const scrubbedMs = scrubber.getState().ms;
    theme ??= readTheme(element, context, devicePixelRatio);
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    drawTimeline({
      paper: {
        context,
        widthPx: canvas.width / devicePixelRatio,
        heightPx: canvas.height / devicePixelRatio,
        pixelRatio: devicePixelRatio,
        view: shown,
        nowMs: session.clock.nowMs(),
        theme,
      },
      strip,
      layout: layoutOf(cameraIds.length),
      cameras: cameraIds.map((id) => ({ answer: timeline.answerOf(id), plays: id === cameraId })),
      marks: marks.getState(),
      playheadMs: scrubbedMs ?? playheadMs(player.getState()),
      hoverMs: x === null || scrubbedMs !== null ? null : view.msAt(x),
      text,
    });
    element.dataset.startMs = String(shown.startMs);
    element.dataset.endMs = String(shown.endMs);
  };
  const repaint = () => {
    if (request === 0) request = requestAnimationFrame(paint);
  };
  const want = () => {
    const { cameraId } = player.getState();
    const { view: shown, widthPx } = view.getState();
    if (cameraId && widthPx > 0) {
      const others = lanesOf(session).filter((id) => id !== cameraId);
      timeline.want({ cameraIds: [cameraId, ...others], view: shown, widthPx });
      marks.want({ cameraId, view: shown, widthPx });
    }
    repaint();
  };
  const restyle = () => {
    theme = undefined;
    repaint();
  };
  const resize = () => {
    canvas.width = Math.round(element.clientWidth * devicePixelRatio);
    canvas.height = Math.round(element.clientHeight * devicePixelRatio);
    theme = undefined;
    view.setWidth(element.clientWidth);
    want();
    // At once: a canvas is blank after a change of size.
    paint();
  };

  const watched = [timeline, session.time, marks, scrubber, pointer];
  const unsubscribe = [
    ...[view, player, session.lanes, session.cameras].map((store) => store.subscribe(want)),
    ...watched.map((store) => store.subscribe(repaint)),
  ];
  const sizes = new ResizeObserver(resize);
  sizes.observe(element);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle, { signal });
  const actions = timelineActions({
    session,
    layout: () => layoutOf(lanesOf(session).length),
    cameraIds: () => lanesOf(session),
  });
  listenToGestures(element, actions, signal);
  signal.addEventListener("abort", () => {
    cancelAnimationFrame(request);
    actions[Symbol.dispose]();
    sizes.disconnect();
    for (const stop of unsubscribe) stop();
  });
}
