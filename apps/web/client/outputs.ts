/** Links, downloads and kept ranges of a camera, as the server last told of them: asked when somebody looks at the list. */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { ExportView } from "@rokuga/media/clip_api.ts";
import type { LockView } from "@rokuga/media/lock_api.ts";
import type { ShareView } from "@rokuga/media/share_api.ts";
import { getExports, getLocks, getShares, removeLock, revokeShare } from "./api.ts";
import type { Answer, Failure } from "./http.ts";
import { createStore, type Store } from "./store.ts";
import { DAY_MS } from "./zone.ts";

export type OutputsState = {
  /** Null until they are known. */
  shares: readonly ShareView[] | null;
  exports: readonly ExportView[] | null;
  locks: readonly LockView[] | null;
  /** The last thing that did not work. */
  failure: Failure | null;
};

export type Outputs = Store<OutputsState> &
  Disposable & {
    revoke(shareId: string): Promise<void>;
    unlock(lockId: string): Promise<void>;
  };

/** As far as the server lists at once: two years. */
const REACH_MS = 730 * DAY_MS;

/** Asks at once for all of a camera's. */
export function createOutputs(cameraId: string, nowMs: number): Outputs {
  const { getState, subscribe, set } = createStore<OutputsState>({
    ...{ shares: null, exports: null, locks: null, failure: null },
  });
  const ending = new AbortController();
  const { signal } = ending;
  const range: TimeRange = { startMs: Math.max(0, nowMs - REACH_MS), endMs: nowMs };
  const ask = async () => {
    const [shares, exports, locks] = await Promise.all([
      getShares(cameraId, signal),
      getExports({ cameraId, range }, signal),
      getLocks({ cameraId, range }, signal),
    ]);
    const failed = [shares, exports, locks].find((answer) => !answer.ok);
    set({
      shares: shares.ok ? shares.value.shares : getState().shares,
      exports: exports.ok ? exports.value.exports : getState().exports,
      // The latest first, as the others.
      locks: locks.ok ? [...locks.value.locks].reverse() : getState().locks,
      failure: failed && !failed.ok ? failed.failure : null,
    });
  };
  const change = async (doing: Promise<Answer<unknown>>) => {
    const answer = await doing;
    if (answer.ok) await ask();
    else set({ failure: answer.failure });
  };
  // They reject only when the list is closed, and then nobody waits for them.
  const quietly = (work: Promise<void>) => work.catch(() => undefined);
  void quietly(ask());
  return {
    getState,
    subscribe,
    revoke: (shareId) => quietly(change(revokeShare({ cameraId, shareId }, signal))),
    unlock: (lockId) => quietly(change(removeLock({ cameraId, lockId }, signal))),
    [Symbol.dispose]: () => ending.abort(),
  };
}
