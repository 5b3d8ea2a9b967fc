/**
 * Pointer, wheel and pinch on the timeline, told as panning, zooming, clicking and hovering. Places are fractions
 * of the element's width. It changes nothing itself.
 */

export type GestureListener = {
  /** Moved by a fraction of the width; positive to the right. */
  onPan(byFraction: number): void;
  onZoom(factor: number, atFraction: number): void;
  onClick(atFraction: number): void;
  /** The pointer is here, or has left (null). */
  onHover(at: number | null): void;
};

/** A press that moves less than this is a click, CSS pixels. */
const CLICK_PX = 5;
/** Zoom for one unit of wheel movement. A mouse's notch is about 100 units, a trackpad sends many small ones. */
const ZOOM_PER_UNIT = 1.0025;
const MOST_UNITS = 200;
const UNITS_PER_LINE = 33;

/** Listens until `signal` aborts. */
export function listenToGestures(element: HTMLElement, listener: GestureListener, signal: AbortSignal): void {
  const fraction = (clientX: number) => {
    const { left, width } = element.getBoundingClientRect();
    return (clientX - left) / width;
  };
  const pointers = new Map<number, number>();
  let startX = 0;
  let dragging = false;
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    handle: (event: HTMLElementEventMap[K]) => void,
  ) => element.addEventListener(type, handle, { signal, passive: false });

  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event.clientX);
    startX = event.clientX;
    dragging = pointers.size > 1;
  });
  on("pointermove", (event) => {
    const beforeX = pointers.get(event.pointerId);
    if (event.pointerType === "mouse" || beforeX !== undefined) listener.onHover(fraction(event.clientX));
    if (beforeX === undefined) return;
    const otherX = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (!dragging && Math.abs(event.clientX - startX) < CLICK_PX) return;
    if (!dragging) listener.onPan(fraction(startX) - fraction(event.clientX));
    else if (otherX === undefined) listener.onPan(fraction(beforeX) - fraction(event.clientX));
    else
      pinch(listener, { before: fraction(beforeX), after: fraction(event.clientX), other: fraction(otherX) });
    dragging = true;
    pointers.set(event.pointerId, event.clientX);
  });
  const end = (event: PointerEvent) => {
    const known = pointers.delete(event.pointerId);
    if (event.pointerType !== "mouse") listener.onHover(null);
    if (known && !dragging && event.type === "pointerup") listener.onClick(fraction(event.clientX));
  };
  on("pointerup", end);
  on("pointercancel", end);
  on("pointerleave", () => listener.onHover(null));
  on("wheel", (event) => {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? UNITS_PER_LINE : 1;
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      return listener.onPan((sideways * unit) / element.clientWidth);
    }
    const units = Math.max(-MOST_UNITS, Math.min(MOST_UNITS, event.deltaY * unit * (event.ctrlKey ? 4 : 1)));
    listener.onZoom(ZOOM_PER_UNIT ** units, fraction(event.clientX));
  });
}

/** One of two fingers moved: the distance between them zooms around the other one. */
function pinch(
  listener: GestureListener,
  { before, after, other }: { before: number; after: number; other: number },
) {
  const least = 0.02;
  const factor = Math.max(Math.abs(before - other), least) / Math.max(Math.abs(after - other), least);
  listener.onZoom(factor, other);
}
