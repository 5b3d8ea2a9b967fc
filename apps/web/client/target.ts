/**
 * What the loader is to play, and what is played in place of live when there is no live. Pure.
 */
import type { CameraView } from "@rokuga/media/api.ts";
import type { GapCause } from "@rokuga/media/events.ts";
import type { At } from "./windows.ts";
import { SECOND_MS } from "./zone.ts";

/** What is to be played. */
export type Target = {
  cameraId: string;
  at: At;
  /** What was asked for when `at` is only the nearest to it, ms. */
  askedMs: number | null;
  /** Why it is not played from `askedMs`, where the timeline knows nothing of it. */
  cause: GapCause | null;
  /** End of the window that this one continues, ms. */
  afterMs: number | null;
  /** How often footage was looked for without playing any. */
  searches: number;
};

/** How much of the last recording of an offline camera is shown in place of live. */
const LAST_MOMENTS_MS = 20 * SECOND_MS;

/** Live of a camera that is offline becomes its last moments. */
export function divert(at: At, camera: CameraView | null): { at: At; offline: boolean } {
  if (at.kind !== "live" || camera?.state !== "offline" || camera.lastMs === null)
    return { at, offline: false };
  return { at: { kind: "moment", ms: camera.lastMs - LAST_MOMENTS_MS }, offline: true };
}
