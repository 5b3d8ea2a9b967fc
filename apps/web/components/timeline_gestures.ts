/**
 * Pointer, wheel and pinch on the timeline, told as panning, scrubbing, zooming, clicking and hovering. Places are CSS
 * pixels from the element's top left corner. What a press would begin is in
 * `data-grip`, for the cursor. It changes nothing else itself.
 */
import { releaseSpeed, type Sample } from "../client/inertia.ts";

export type Place = { x: number; y: number };

export type GestureListener = {
  /** What a press at a place begins when it becomes a drag. */
  grips(at: Place & { finger: boolean }): "pan" | "scrub";
  /** A press: what still glides stands still. */
  onPress(): void;
  /** The content was moved by so many pixels; positive to the right. */
  onPan(byPx: number): void;
  /** It was let go while it moved, px per ms. */
  onFling(speed: number): void;
  onScrub(x: number): void;
  /** The playhead was let go, or taken away by the browser. */
  onScrubEnd(end: "released" | "cancelled"): void;
  onZoom(factor: number, x: number): void;
  onClick(at: Place): void;
  /** The mouse is here, or has left (null). */
  onHover(at: Place | null): void;
};

/** A press that moves less than this is a click, CSS pixels. */
const CLICK_PX = 5;
/** Zoom for one unit of wheel movement. A mouse's notch is about 100 units, a trackpad sends many small ones. */
const ZOOM_PER_UNIT = 1.0025;
const MOST_UNITS = 200;
const UNITS_PER_LINE = 33;
/** Browsers tell of a pinch on a trackpad as of a wheel with the control key, in smaller units. */
const PINCH_FACTOR = 4;
/** Two fingers are taken to be at least so far apart, CSS pixels. */
const LEAST_APART_PX = 20;

type Press = {
  begins: Place;
  /** Null until it has moved far enough. */
  drag: "pan" | "scrub" | "pinch" | null;
  moves: Sample[];
};

/** Listens until `signal` aborts. */
export function listenToGestures(element: HTMLElement, listener: GestureListener, signal: AbortSignal): void {
  const placeOf = ({ clientX, clientY }: MouseEvent): Place => {
    const { left, top } = element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const pointers = new Map<number, Place>();
  let press: Press | null = null;
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    handle: (event: HTMLElementEventMap[K]) => void,
  ) => element.addEventListener(type, handle, { signal, passive: false });

  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    const at = placeOf(event);
    pointers.set(event.pointerId, at);
    listener.onPress();
    if (press?.drag === "scrub") listener.onScrubEnd("cancelled");
    press = {
      begins: at,
      drag: pointers.size > 1 ? "pinch" : null,
      moves: [{ at: at.x, ms: event.timeStamp }],
    };
  });
  on("pointermove", (event) => {
    const at = placeOf(event);
    const before = pointers.get(event.pointerId);
    if (event.pointerType === "mouse") listener.onHover(press?.drag ? null : at);
    if (!before && event.pointerType === "mouse") {
      const grip = listener.grips({ ...at, finger: false });
      if (element.dataset.grip !== grip) element.dataset.grip = grip;
    }
    if (!before || !press) return;
    if (!press.drag) {
      if (Math.abs(at.x - press.begins.x) < CLICK_PX) return;
      press.drag = listener.grips({ ...press.begins, finger: event.pointerType === "touch" });
    }
    pointers.set(event.pointerId, at);
    press.moves = [...press.moves.slice(-20), { at: at.x, ms: event.timeStamp }];
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (press.drag === "scrub") listener.onScrub(at.x);
    else if (press.drag === "pinch" && other)
      pinch(listener, { before: before.x, after: at.x, other: other.x });
    else listener.onPan(at.x - before.x);
  });
  const end = (event: PointerEvent) => {
    const known = pointers.delete(event.pointerId);
    if (!known || !press || pointers.size > 0) return;
    const { drag, moves } = press;
    const released = event.type === "pointerup";
    press = null;
    if (drag === "scrub") listener.onScrubEnd(released ? "released" : "cancelled");
    else if (drag === "pan" && released) listener.onFling(releaseSpeed(moves, event.timeStamp));
    else if (!drag && released) listener.onClick(placeOf(event));
  };
  on("pointerup", end);
  on("pointercancel", end);
  on("pointerleave", () => listener.onHover(null));
  on("wheel", (event) => {
    event.preventDefault();
    listener.onPress();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? UNITS_PER_LINE : 1;
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      return listener.onPan(-sideways * unit);
    }
    const wanted = event.deltaY * unit * (event.ctrlKey ? PINCH_FACTOR : 1);
    const units = Math.max(-MOST_UNITS, Math.min(MOST_UNITS, wanted));
    listener.onZoom(ZOOM_PER_UNIT ** units, placeOf(event).x);
  });
}

/** One of two fingers moved: what lies between them follows their middle and their distance. */
function pinch(
  listener: GestureListener,
  { before, after, other }: { before: number; after: number; other: number },
) {
  const apart = (x: number) => Math.max(Math.abs(x - other), LEAST_APART_PX);
  listener.onPan((after - before) / 2);
  listener.onZoom(apart(before) / apart(after), (after + other) / 2);
}
