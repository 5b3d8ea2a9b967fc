/**
 * What the loader is to play, and what is played in place of live when there is no live. Pure.
 */
import type { CameraView } from "@rokuga/media/api.ts";
import type { GapCause } from "@rokuga/media/gap_cause.ts";
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

/** What is played in place of what was asked for. */
export type Diversion = {
  at: At;
  /** Live was asked for of a camera that is offline: these are its last moments. */
  offline: boolean;
  /** What was asked for, when it is before the first footage, ms. */
  askedMs: number | null;
};

/** Live of a camera that is offline becomes its last moments, a moment before its first footage becomes that. */
export function divert(at: At, camera: CameraView | null): Diversion {
  const { state, firstMs = null, lastMs = null } = camera ?? {};
  if (at.kind === "live" && state === "offline" && lastMs !== null) {
    return { at: { kind: "moment", ms: lastMs - LAST_MOMENTS_MS }, offline: true, askedMs: null };
  }
  if (at.kind === "moment" && firstMs !== null && at.ms < firstMs) {
    return { at: { kind: "moment", ms: firstMs }, offline: false, askedMs: at.ms };
  }
  return { at, offline: false, askedMs: null };
}
