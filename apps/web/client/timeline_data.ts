/**
 * What the timeline draws: the coverage and the gaps of one camera around the visible range, asked ahead of
 * panning, in the resolution that the screen shows, and again as time goes on. What was known of the camera
 * stays until something newer comes.
 */
import type { TimelineAnswer, TimeRange } from "@rokuga/media/api.ts";
import { getTimeline } from "./api.ts";
import type { ServerClock } from "./clock.ts";
import type { Guide } from "./guide.ts";
import type { Answer, Failure } from "./http.ts";
import { coveredBefore, coveredFrom, momentAt } from "./moments.ts";
import { type Repeater, repeat } from "./repeat.ts";
import { createStore, type Store } from "./store.ts";
import { pan, spanMs } from "./view.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "./zone.ts";

export type TimelineState = {
  cameraId: string | null;
  answer: TimelineAnswer | null;
  /** Why there is nothing newer. */
  failure: Failure | null;
};

/** What is on the screen. */
export type Wanted = { cameraId: string; view: TimeRange; widthPx: number };

type Asked = { cameraId: string; range: TimeRange; resolutionMs: number };

/** How often zooming and panning may ask, ms. */
const SETTLE_MS = 150;
/** How old an answer gets, ms: while the present is in sight, and otherwise (footage may still be filled in). */
const PRESENT_EVERY_MS = 4 * SECOND_MS;
const PAST_EVERY_MS = 20 * SECOND_MS;

export type TimelineData = Store<TimelineState> &
  Disposable &
  Pick<Guide, "gapAt" | "footageBefore" | "footageAfter" | "coverage"> & {
    /** Says what is on the screen now. */
    want(wanted: Wanted): void;
  };

/** Whether an answer to `asked` serves for what is wanted: its range, and about its resolution. */
export function serves(asked: Asked | null, wanted: Wanted): boolean {
  if (!asked || asked.cameraId !== wanted.cameraId) return false;
  const { range, resolutionMs } = asked;
  const wantedMs = spanMs(wanted.view) / wanted.widthPx;
  return (
    range.startMs <= wanted.view.startMs && range.endMs >= wanted.view.endMs && resolutionMs <= wantedMs * 1.5
  );
}

/** What to ask for a screen: as much again on either side, a pixel's resolution. */
export function questionFor({ cameraId, view, widthPx }: Wanted): Asked {
  const span = spanMs(view);
  const range = { startMs: pan(view, -span).startMs, endMs: pan(view, span).endMs };
  return { cameraId, range, resolutionMs: Math.max(1, Math.round(span / widthPx)) };
}

export function createTimelineData(clock: ServerClock): TimelineData {
  const store = createStore<TimelineState>({ cameraId: null, answer: null, failure: null });
  let wanted: Wanted | null = null;
  let asked: Asked | null = null;
  let repeater: Repeater | undefined;
  let settling: ReturnType<typeof setTimeout> | undefined;

  const answerOf = (cameraId: string) => {
    const { answer } = store.getState();
    return answer?.cameraId === cameraId ? answer : null;
  };
  const ask = async (signal: AbortSignal) => {
    if (!wanted) return true;
    asked = questionFor(wanted);
    const answer = await getTimeline(asked, signal);
    if (!answer.ok) {
      store.set({ failure: answer.failure });
      return false;
    }
    clock.learn({ serverMs: answer.value.nowMs, ...answer });
    store.set({ answer: answer.value, failure: null });
    return true;
  };
  const restart = () => {
    repeater?.[Symbol.dispose]();
    const showsPresent = () => wanted !== null && wanted.view.endMs + spanMs(wanted.view) > clock.nowMs();
    repeater = repeat({ ask, everyMs: () => (showsPresent() ? PRESENT_EVERY_MS : PAST_EVERY_MS) });
  };

  const settle = () => {
    settling = undefined;
    if (wanted && !serves(asked, wanted)) restart();
  };

  return {
    getState: store.getState,
    subscribe: store.subscribe,
    want(next) {
      const switched = next.cameraId !== wanted?.cameraId;
      wanted = next;
      if (switched) store.set({ cameraId: next.cameraId, answer: null, failure: null });
      if (serves(asked, next)) return;
      if (switched) restart();
      // The view also moves with a playing video: a wait that began anew each time would never end.
      else settling ??= setTimeout(settle, SETTLE_MS);
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
      clearTimeout(settling);
      repeater?.[Symbol.dispose]();
    },
  };
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
