/**
 * What gestures on the timeline do: pan with a glide after it, zoom about the pointer, scrub, seek, show another
 * camera, tell where the pointer is.
 */
import { glided, isStill } from "../client/inertia.ts";
import { playheadMs } from "../client/player_state.ts";
import type { Session } from "../client/session.ts";
import { spanMs } from "../client/view.ts";
import type { GestureListener } from "./timeline_gestures.ts";
import { isScrub, type Layout, laneAt } from "./timeline_layout.ts";

export type TimelineActions = GestureListener & Disposable;

/** Within this of an end of the timeline, scrubbing moves the view along, CSS pixels; and how fast at most, px per ms. */
const EDGE_PX = 36;
const EDGE_SPEED = 0.6;

type Options = { session: Session; layout: () => Layout; cameraIds: () => readonly string[] };

export function timelineActions({ session, layout, cameraIds }: Options): TimelineActions {
  const { view, scrubber, player, pointer } = session;
  const msPerPx = () => spanMs(view.getState().view) / Math.max(1, view.getState().widthPx);
  const cameraAt = (y: number) => {
    const lane = laneAt(layout(), y);
    return (lane === null ? null : cameraIds()[lane]) ?? player.getState().cameraId;
  };
  let frame = 0;
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = 0;
  };
  /** Calls `step` once a frame with the time since it began, ms, until it says that it is done. */
  const animate = (step: (elapsedMs: number) => boolean) => {
    stop();
    const startMs = performance.now();
    const next = () => {
      frame = step(performance.now() - startMs) ? 0 : requestAnimationFrame(next);
    };
    frame = requestAnimationFrame(next);
  };
  const scrubTo = (x: number) => {
    const { widthPx } = view.getState();
    const inside = Math.min(Math.max(x, 0), widthPx);
    scrubber.moveTo(Math.min(view.msAt(inside), session.clock.nowMs()));
  };

  return {
    grips: ({ x, y, finger }) => {
      const ms = playheadMs(player.getState());
      const playheadX = ms === null ? null : view.xOf(ms);
      return isScrub(layout(), { x, y, playheadX, finger }) ? "scrub" : "pan";
    },
    onPress: stop,
    onPan: (byPx) => view.pan(-byPx * msPerPx()),
    onFling(speed) {
      if (speed === 0 || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
      let doneMs = 0;
      animate((elapsedMs) => {
        view.pan(-(glided(speed, elapsedMs) - glided(speed, doneMs)) * msPerPx());
        doneMs = elapsedMs;
        return isStill(elapsedMs);
      });
    },
    onScrub(x) {
      stop();
      scrubTo(x);
      const { widthPx } = view.getState();
      const beyond = Math.max(0, EDGE_PX - x) - Math.max(0, x - (widthPx - EDGE_PX));
      if (beyond === 0) return;
      const speed = Math.max(-1, Math.min(1, beyond / EDGE_PX)) * EDGE_SPEED;
      let doneMs = 0;
      animate((elapsedMs) => {
        view.pan(-speed * (elapsedMs - doneMs) * msPerPx());
        doneMs = elapsedMs;
        scrubTo(x);
        return false;
      });
    },
    onScrubEnd(end) {
      stop();
      if (end === "released") scrubber.finish();
      else scrubber.cancel();
    },
    onZoom: (factor, x) => view.zoom({ factor, atMs: view.msAt(x) }),
    onClick({ x, y }) {
      const cameraId = cameraAt(y);
      // What was under the pointer is on its way to the screen: the hint would only hide it.
      pointer.set({ x: null, cameraId: null });
      if (cameraId !== null) session.showAt(cameraId, view.msAt(x));
    },
    onHover: (at) => pointer.set(at ? { x: at.x, cameraId: cameraAt(at.y) } : { x: null, cameraId: null }),
    [Symbol.dispose]: stop,
  };
}
