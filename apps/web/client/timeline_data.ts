/**
 * What the timeline draws: the coverage and the gaps of the cameras on the screen, asked in tiles (tiles.ts), a few at
 * a time, the nearest first, and again as time goes on or footage comes. What was known stays until something newer
 * comes; where a tile is missing, one of another resolution stands in.
 */
import type { CameraView, TimelineAnswer } from "@rokuga/media/api.ts";
import { getTimeline } from "./api.ts";
import { backoffMs } from "./backoff.ts";
import type { CamerasState } from "./cameras.ts";
import type { ServerClock } from "./clock.ts";
import type { Guide } from "./guide.ts";
import type { Answer, Failure } from "./http.ts";
import { coveredBefore, coveredFrom, momentAt } from "./moments.ts";
import { createStore, type Store } from "./store.ts";
import { type DueTile, TileCache, type Wanted } from "./tile_cache.ts";
import { resolutionOf, tileRange } from "./tiles.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "./zone.ts";

export type TimelineState = {
  cameraId: string | null;
  /** Of the camera that plays, around what is on the screen. */
  answer: TimelineAnswer | null;
  /** Why there is nothing newer. */
  failure: Failure | null;
  /** Counts the answers, of any camera. */
  version: number;
};

/** How often zooming and panning may ask, ms. */
const SETTLE_MS = 100;
/** How often is looked for what has aged, ms. */
const TURN_MS = SECOND_MS;
/** Browsers open six connections to a server, and video wants some of them. */
const AT_ONCE = 3;

export type TimelineData = Store<TimelineState> &
  Disposable &
  Pick<Guide, "gapAt" | "footageBefore" | "footageAfter" | "coverage"> & {
    /** Says what is on the screen now. */
    want(wanted: Wanted): void;
    /** What is known of a camera around what is on the screen. */
    answerOf(cameraId: string): TimelineAnswer | null;
  };

export function createTimelineData(clock: ServerClock, cameras: Store<CamerasState>): TimelineData {
  const store = createStore<TimelineState>({ cameraId: null, answer: null, failure: null, version: 0 });
  const ending = new AbortController();
  const cache = new TileCache();
  const asking = new Set<string>();
  let wanted: Wanted | null = null;
  let settling: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let notBeforeMs = 0;

  const answerOf = (cameraId: string) => wanted && cache.answerOf(cameraId, wanted);
  const show = (patch: Partial<TimelineState> = {}) => {
    const cameraId = wanted?.cameraIds[0] ?? null;
    store.set({ cameraId, answer: cameraId === null ? null : answerOf(cameraId), ...patch });
  };
  const take = (due: DueTile, answer: Awaited<ReturnType<typeof getTimeline>>) => {
    if (!answer.ok) {
      failures += 1;
      notBeforeMs = Date.now() + backoffMs(failures);
      return show({ failure: answer.failure });
    }
    failures = 0;
    notBeforeMs = 0;
    clock.learn({ serverMs: answer.value.nowMs, ...answer });
    cache.add(due, answer.value, clock.nowMs());
    show({ failure: null, version: store.getState().version + 1 });
  };
  const ask = async (due: DueTile) => {
    const key = `${due.cameraId} ${due.tile.level} ${due.tile.index}`;
    if (asking.has(key)) return;
    asking.add(key);
    const { cameraId, tile } = due;
    const question = { cameraId, range: tileRange(tile), resolutionMs: resolutionOf(tile.level) };
    // It rejects only when the page goes.
    const answer = await getTimeline(question, ending.signal).catch(() => null);
    asking.delete(key);
    if (answer === null || ending.signal.aborted) return;
    take(due, answer);
    turn();
  };
  /** Asks for what is due, as far as there is room. */
  const turn = () => {
    if (!wanted || document.hidden || Date.now() < notBeforeMs) return;
    for (const due of cache.due(wanted, clock.nowMs())) {
      if (asking.size >= AT_ONCE) break;
      void ask(due);
    }
  };
  const turning = setInterval(turn, TURN_MS);
  const stopWatching = watchArrivals(cameras, (cameraId, range) => cache.expire(cameraId, range));

  return {
    getState: store.getState,
    subscribe: store.subscribe,
    answerOf,
    want(next) {
      const switched = next.cameraIds.join() !== wanted?.cameraIds.join();
      wanted = next;
      show();
      if (switched) return turn();
      // The view also moves with a playing video: a wait that began anew each time would never end.
      settling ??= setTimeout(() => {
        settling = undefined;
        turn();
      }, SETTLE_MS);
    },
    footageBefore: (cameraId, ms) => coveredBefore(answerOf(cameraId), ms),
    gapAt(cameraId, ms) {
      const moment = momentAt(answerOf(cameraId), ms);
      return moment.kind === "gap" ? moment.gap : null;
    },
    footageAfter: (question, signal) => footageAfter({ ...question, nowMs: clock.nowMs() }, signal),
    async coverage(question, signal) {
      const answer = await getTimeline({ ...question, resolutionMs: 1 }, signal);
      return answer.ok ? { ...answer, value: answer.value.coverage } : answer;
    },
    [Symbol.dispose]() {
      ending.abort();
      clearTimeout(settling);
      clearInterval(turning);
      stopWatching();
    },
  };
}

type Arrival = (cameraId: string, range: { startMs: number; endMs: number }) => void;

/**
 * Tells of each range in which footage may have come since the cameras were last told of: after what was the last of
 * it, and, when what waits on site has changed, from the oldest of that on.
 */
function watchArrivals(cameras: Store<CamerasState>, onArrival: Arrival): () => void {
  let before = new Map<string, CameraView>();
  return cameras.subscribe(() => {
    const { cameras: list } = cameras.getState();
    if (!list) return;
    for (const camera of list) {
      const range = arrivedSince(before.get(camera.id), camera);
      if (range) onArrival(camera.id, range);
    }
    before = new Map(list.map((camera) => [camera.id, camera]));
  });
}

/** Where footage of a camera may have come between two answers; null where none has. */
export function arrivedSince(
  before: CameraView | undefined,
  after: CameraView,
): { startMs: number; endMs: number } | null {
  if (!before || after.lastMs === null) return null;
  const waited = before.backlog ?? after.backlog;
  const drained = before.backlog?.segments !== after.backlog?.segments;
  const starts = [
    ...(before.lastMs === after.lastMs ? [] : [before.lastMs ?? after.firstMs ?? after.lastMs]),
    ...(drained && waited ? [Math.min(waited.oldestMs, after.backlog?.oldestMs ?? waited.oldestMs)] : []),
    ...(before.firstMs === after.firstMs || after.firstMs === null ? [] : [after.firstMs]),
  ];
  return starts.length === 0 ? null : { startMs: Math.min(...starts) - 1, endMs: after.lastMs + 1 };
}

/** Looks an hour, a month, and then to the end ahead, each time as coarsely as the range is long. */
async function footageAfter(
  { cameraId, ms, nowMs }: { cameraId: string; ms: number; nowMs: number },
  signal: AbortSignal,
): Promise<Answer<number | null>> {
  const endMs = nowMs + SECOND_MS;
  const reaches = [HOUR_MS, 30 * DAY_MS].map((reachMs) => ms + reachMs).filter((reach) => reach < endMs);
  for (const toMs of [...reaches, endMs]) {
    if (toMs <= ms) break;
    const question = { cameraId, range: { startMs: ms, endMs: toMs }, resolutionMs: (toMs - ms) / 3_600 };
    const answer = await getTimeline(question, signal);
    if (!answer.ok) return answer;
    const nextMs = coveredFrom(answer.value, ms);
    if (nextMs !== null) return { ...answer, value: nextMs };
  }
  return { ok: true, value: null, sentAtMs: Date.now(), receivedAtMs: Date.now() };
}
