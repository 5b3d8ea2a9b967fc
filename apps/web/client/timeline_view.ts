/**
 * The visible range of the timeline as a store: it follows the playhead until the viewer pans away from it, and
 * again once they jump somewhere. The arithmetic is in view.ts. `xOf` and `msAt` place things on the screen: what is
 * laid over the canvas by them stands where the canvas draws it.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { Player } from "./player.ts";
import { playheadMs } from "./player_state.ts";
import { createStore, type Store } from "./store.ts";
import {
  contains,
  FIRST_SPAN_MS,
  follow,
  fractionOf,
  LIVE_FRACTION,
  mostSpanMs,
  msAt,
  pan,
  spanMs,
  viewAround,
  within,
  zoomAround,
} from "./view.ts";
import { SECOND_MS } from "./zone.ts";

/** The playhead moves by more than this at once when playback leaves out a gap, ms. */
const HOP_MS = 20 * SECOND_MS;

export type TimelineViewState = {
  view: TimeRange;
  following: boolean;
  /** Width of the timeline on the screen, CSS pixels; 0 until it is known. */
  widthPx: number;
};

export type TimelineView = Store<TimelineViewState> &
  Disposable & {
    /** Moves by a number of milliseconds; away from the playhead it stops following. */
    pan(byMs: number): void;
    zoom(change: { factor: number; atMs: number }): void;
    /** Shows a length of time around the playhead, or around the middle if that is out of sight. */
    setSpan(spanMs: number): void;
    /** Brings the playhead into sight and follows it. */
    toPlayhead(): void;
    setWidth(px: number): void;
    /** Where an instant stands, CSS pixels from the left end; outside of 0 to `widthPx` when it is not visible. */
    xOf(ms: number): number;
    /** The instant at a place, CSS pixels from the left end. */
    msAt(x: number): number;
  };

export function createTimelineView(options: {
  player: Player;
  nowMs: () => number;
  /** The first footage of what is on the timeline, ms, or null. */
  firstMs: () => number | null;
}): TimelineView {
  const { player, nowMs, firstMs } = options;
  const store = createStore<TimelineViewState>({
    view: viewAround(nowMs(), { spanMs: FIRST_SPAN_MS, fraction: LIVE_FRACTION }),
    following: true,
    widthPx: 0,
  });
  const mostMs = () => mostSpanMs({ firstMs: firstMs(), nowMs: nowMs() });
  let seen = { ms: playheadMs(player.getState()), jumps: player.getState().jumps };

  const set = (view: TimeRange, following: boolean) => {
    store.set({ view: within(view, { firstMs: firstMs(), nowMs: nowMs() }), following });
  };
  const playhead = () => playheadMs(player.getState());
  const inSight = (view: TimeRange) => {
    const ms = playhead();
    return ms === null || contains(view, ms);
  };
  const onPlayer = () => {
    const { jumps, source } = player.getState();
    const ms = playhead() ?? (source === "live" ? nowMs() : null);
    if (ms === null || (ms === seen.ms && jumps === seen.jumps)) return;
    const asked = jumps !== seen.jumps;
    const jumped = asked || (seen.ms !== null && Math.abs(ms - seen.ms) > HOP_MS);
    const before = seen;
    seen = { ms, jumps };
    const { view, following } = store.getState();
    if (!following && !asked) return;
    const moved = follow(view, { beforeMs: before.ms, afterMs: ms, jumped });
    const atEdge = jumped && source === "live" && !contains(view, ms);
    set(
      atEdge ? viewAround(ms, { spanMs: spanMs(view), fraction: LIVE_FRACTION, mostMs: mostMs() }) : moved,
      true,
    );
  };
  const unsubscribe = player.subscribe(onPlayer);

  return {
    getState: store.getState,
    subscribe: store.subscribe,
    pan(byMs) {
      const view = pan(store.getState().view, byMs);
      set(view, inSight(view));
    },
    zoom(change) {
      const view = zoomAround(store.getState().view, { ...change, mostMs: mostMs() });
      set(view, inSight(view));
    },
    setSpan(span) {
      const { view } = store.getState();
      const ms = playhead();
      const atMs = ms !== null && contains(view, ms) ? ms : (view.startMs + view.endMs) / 2;
      const zoomed = zoomAround(view, { factor: span / spanMs(view), atMs, mostMs: mostMs() });
      set(zoomed, inSight(zoomed));
    },
    toPlayhead() {
      const ms = playhead() ?? nowMs();
      const fraction = player.getState().source === "live" ? LIVE_FRACTION : 0.5;
      set(viewAround(ms, { spanMs: spanMs(store.getState().view), fraction, mostMs: mostMs() }), true);
    },
    setWidth: (widthPx) => store.set({ widthPx }),
    xOf: (ms) => fractionOf(store.getState().view, ms) * store.getState().widthPx,
    msAt(x) {
      const { view, widthPx } = store.getState();
      return msAt(view, widthPx === 0 ? 0 : x / widthPx);
    },
    [Symbol.dispose]: unsubscribe,
  };
}
