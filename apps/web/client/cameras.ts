/**
 * The cameras as the server last told of them, asked again every few seconds. What was known stays while the
 * server cannot be reached.
 */
import type { CamerasAnswer, CameraView } from "@rokuga/media/api.ts";
import { getCameras } from "./api.ts";
import { type Report, timeLeft, withReport } from "./catch_up.ts";
import type { ServerClock } from "./clock.ts";
import type { Failure } from "./http.ts";
import { repeat } from "./repeat.ts";
import { createStore, type Store } from "./store.ts";
import { SECOND_MS } from "./zone.ts";

export type CamerasState = {
  /** Null until the first answer. */
  cameras: readonly CameraView[] | null;
  /** Why there is no newer answer, and when it is asked again (browser's clock). */
  failure: { why: Failure; retryAtMs: number } | null;
};

const EVERY_MS = 5 * SECOND_MS;
/** Nobody looks at a hidden page. */
const HIDDEN_EVERY_MS = 60 * SECOND_MS;

export type Cameras = Store<CamerasState> &
  Disposable & {
    find(cameraId: string): CameraView | null;
    /** How long its site still takes to upload what waits there, ms; null where that cannot be told. */
    leftMs(cameraId: string): number | null;
    /** Asks now. */
    refresh(): void;
  };

export function watchCameras(clock: ServerClock): Cameras {
  const store = createStore<CamerasState>({ cameras: null, failure: null });
  const reports = new Map<string, readonly Report[]>();
  const keepReports = ({ cameras }: CamerasAnswer) => {
    for (const { id, backlog } of cameras) reports.set(id, withReport(reports.get(id) ?? [], backlog));
  };
  let why: Failure = { kind: "network" };
  const repeater = repeat({
    async ask(signal) {
      const answer = await getCameras(signal);
      if (answer.ok) {
        clock.learn({ serverMs: answer.value.nowMs, ...answer });
        keepReports(answer.value);
        store.set({ cameras: answer.value.cameras, failure: null });
      } else why = answer.failure;
      return answer.ok;
    },
    everyMs: () => (document.hidden ? HIDDEN_EVERY_MS : EVERY_MS),
    onFailure: ({ retryAtMs }) => store.set({ failure: { why, retryAtMs } }),
  });
  const onVisible = () => {
    if (!document.hidden) repeater.now();
  };
  document.addEventListener("visibilitychange", onVisible);
  return {
    getState: store.getState,
    subscribe: store.subscribe,
    find: (cameraId) => store.getState().cameras?.find((camera) => camera.id === cameraId) ?? null,
    leftMs: (cameraId) => timeLeft(reports.get(cameraId) ?? [], clock.nowMs()),
    refresh: repeater.now,
    [Symbol.dispose]() {
      document.removeEventListener("visibilitychange", onVisible);
      repeater[Symbol.dispose]();
    },
  };
}
