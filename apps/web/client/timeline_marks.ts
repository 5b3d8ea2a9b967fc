/**
 * What is marked on the footage of the camera that plays: ranges that are locked, and what left the system as files.
 * Asked for around what is on the screen, and again every while.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { ExportView } from "@rokuga/media/clip_api.ts";
import type { LockView } from "@rokuga/media/lock_api.ts";
import { getExports, getLocks } from "./api.ts";
import { type Repeater, repeat } from "./repeat.ts";
import { createStore, type Store } from "./store.ts";
import { levelFor, tileRange, tilesOf } from "./tiles.ts";
import { spanMs } from "./view.ts";
import { SECOND_MS } from "./zone.ts";

export type MarksState = {
  cameraId: string | null;
  /** Those that hold. */
  locks: readonly LockView[];
  /** The latest first. */
  exports: readonly ExportView[];
};

const EVERY_MS = 20 * SECOND_MS;
const HIDDEN_EVERY_MS = 120 * SECOND_MS;

export type TimelineMarks = Store<MarksState> &
  Disposable & {
    /** Says what is on the screen now. */
    want(wanted: { cameraId: string; view: TimeRange; widthPx: number }): void;
    /** Asks now: something was locked or exported. */
    refresh(): void;
  };

export function createTimelineMarks(): TimelineMarks {
  const store = createStore<MarksState>({ cameraId: null, locks: [], exports: [] });
  let asked: { key: string; cameraId: string; range: TimeRange } | null = null;
  let repeater: Repeater | undefined;

  const ask = async (signal: AbortSignal) => {
    if (!asked) return true;
    const { cameraId, range } = asked;
    const [locks, exports] = await Promise.all([
      getLocks({ cameraId, range }, signal),
      getExports({ cameraId, range }, signal),
    ]);
    if (locks.ok) store.set({ locks: locks.value.locks.filter(({ inForce }) => inForce) });
    if (exports.ok) store.set({ exports: exports.value.exports });
    return locks.ok && exports.ok;
  };
  return {
    getState: store.getState,
    subscribe: store.subscribe,
    want({ cameraId, view, widthPx }) {
      // The tiles of a level further out: panning and zooming a little asks for nothing.
      const tiles = tilesOf(view, levelFor((4 * spanMs(view)) / widthPx));
      const [first, last] = [tiles[0], tiles.at(-1)];
      if (!first || !last) return;
      const range = { startMs: tileRange(first).startMs, endMs: tileRange(last).endMs };
      const key = `${cameraId} ${range.startMs} ${range.endMs}`;
      if (key === asked?.key) return;
      if (cameraId !== asked?.cameraId) store.set({ cameraId, locks: [], exports: [] });
      asked = { key, cameraId, range };
      repeater?.[Symbol.dispose]();
      repeater = repeat({ ask, everyMs: () => (document.hidden ? HIDDEN_EVERY_MS : EVERY_MS) });
    },
    refresh: () => repeater?.now(),
    [Symbol.dispose]: () => repeater?.[Symbol.dispose](),
  };
}

/** What is marked at a moment: the lock that was put first, and the latest export. */
export function marksAt(
  { locks, exports }: Pick<MarksState, "locks" | "exports">,
  ms: number,
): { lock: LockView | null; exported: ExportView | null } {
  const holds = ({ startMs, endMs }: TimeRange) => startMs <= ms && ms < endMs;
  return { lock: locks.find(holds) ?? null, exported: exports.find(holds) ?? null };
}
