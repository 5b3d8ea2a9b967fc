/**
 * What the player asks of the rest of the page, so that it needs to know neither the cameras' list nor the
 * timeline.
 */
import type { CameraView, CausedGap, TimeRange } from "@rokuga/media/api.ts";
import type { Answer } from "./http.ts";

/** What others know: the time, the cameras, and what is on the timeline. */
export type Guide = {
  /** The server's time, ms. */
  nowMs(): number;
  camera(cameraId: string): CameraView | null;
  gapAt(cameraId: string, ms: number): CausedGap | null;
  /** The last playable moment before `ms`, null if none is known. */
  footageBefore(cameraId: string, ms: number): number | null;
  /** The first playable moment at or after `ms`, null if there is none. */
  footageAfter(
    question: { cameraId: string; ms: number },
    signal: AbortSignal,
  ): Promise<Answer<number | null>>;
  /** What of a range can be played now, asked anew and exactly. */
  coverage(
    question: { cameraId: string; range: TimeRange },
    signal: AbortSignal,
  ): Promise<Answer<readonly TimeRange[]>>;
};
