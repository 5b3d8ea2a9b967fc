/**
 * What a clip of the selected range would be: how long, about how large, and what it would lack. Asked when the
 * selection has stood still for a moment; what is known of it while it moves is nothing.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { ClipDescription } from "@rokuga/media/clip_api.ts";
import { getClip } from "./api.ts";
import type { Failure } from "./http.ts";
import { createStore, type Store } from "./store.ts";

export type ClipState = {
  /** Whether an answer is on its way. */
  asking: boolean;
  answer: ClipDescription | null;
  /** Why there is none: perhaps that no clip can be made. */
  failure: Failure | null;
};

export type ClipQuestion = Store<ClipState> &
  Disposable & {
    /** Says what is selected now; null: nothing. */
    want(wanted: { cameraId: string; range: TimeRange } | null): void;
  };

const SETTLE_MS = 300;
const NOTHING: ClipState = { asking: false, answer: null, failure: null };

export function createClipQuestion(): ClipQuestion {
  const { getState, subscribe, set } = createStore<ClipState>(NOTHING);
  let wanted: { cameraId: string; range: TimeRange } | null = null;
  let ending = new AbortController();
  let settling: ReturnType<typeof setTimeout> | undefined;

  const ask = async () => {
    if (!wanted) return;
    const { signal } = ending;
    const answer = await getClip(wanted, signal).catch(() => undefined);
    if (signal.aborted || !answer) return;
    set({
      asking: false,
      answer: answer.ok ? answer.value : null,
      failure: answer.ok ? null : answer.failure,
    });
  };
  return {
    getState,
    subscribe,
    want(next) {
      if (next?.cameraId === wanted?.cameraId && next?.range === wanted?.range) return;
      wanted = next;
      ending.abort();
      ending = new AbortController();
      clearTimeout(settling);
      set({ ...NOTHING, asking: next !== null });
      if (next) settling = setTimeout(() => void ask(), SETTLE_MS);
    },
    [Symbol.dispose]() {
      clearTimeout(settling);
      ending.abort();
    },
  };
}
