/**
 * What the player shows and what can be asked of it. The state holds what the media element reports, and beside
 * it what the element cannot know: the wall-clock time, why nothing plays, and when that is tried again.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { GapCause } from "@rokuga/media/gap_cause.ts";
import type { Gap } from "./gap_bridge.ts";
import type { Failure } from "./http.ts";
import type { PlaybackFailure } from "./playback.ts";
import type { At } from "./windows.ts";

export type Phase =
  /** Nothing was asked yet. */
  | { kind: "empty" }
  /** `sinceMs` and `retryAtMs` are times of the browser's clock. */
  | { kind: "loading"; sinceMs: number }
  | { kind: "ready" }
  | { kind: "retrying"; why: PlaybackFailure | Failure; attempt: number; retryAtMs: number }
  | { kind: "unsupported"; codecs: string[] }
  /** This browser has no way to play HLS. */
  | { kind: "no-hls" }
  /** Neither at the moment nor after it. */
  | { kind: "no-footage"; askedMs: number }
  /** The recording was played to its end. */
  | { kind: "end"; endMs: number }
  /** The camera sends nothing now. */
  | { kind: "no-live" }
  | { kind: "broken"; atMs: number | null; detail: string };

/** Something that was noticed on the way and does not stop playback. */
export type Notice =
  /** Playback left out a range: it was asked for or reached at `startMs`, and goes on at `endMs`. */
  | { kind: "gap"; range: TimeRange; cause: GapCause | null }
  /** The camera is offline: its last moments are shown in place of live. */
  | { kind: "offline" }
  /** The browser refused to start with sound. */
  | { kind: "muted" };

export type PlayerState = {
  cameraId: string | null;
  source: "none" | "recording" | "live";
  /** What the viewer asked for; stays `live` when a camera's last moments are shown in its place. */
  intent: At["kind"];
  /** The last moments of a camera that is offline are shown in place of live. */
  standIn: boolean;
  phase: Phase;
  /** The moment that is being loaded, ms; for live the last one that was shown, or null. */
  wantedMs: number | null;
  /** The moment that is on the screen, ms. */
  shownMs: number | null;
  /** The camera has no footage at that moment, which goes on for the cameras beside it; null otherwise. */
  gap: Gap | null;
  /** As near to the live edge as the playlist allows. */
  atLive: boolean;
  /** Counts the places that were asked for: the viewer moved the playhead. */
  jumps: number;
  notice: Notice | null;
  /** A request that failed and is being repeated while the buffer plays. */
  trouble: PlaybackFailure | null;
  /** Since when it has been out of data, ms of the browser's clock. */
  stalledSinceMs: number | null;
  paused: boolean;
  rate: number;
  muted: boolean;
  /** 0 to 1 */
  volume: number;
};

export const FIRST_STATE: PlayerState = {
  cameraId: null,
  source: "none",
  intent: "live",
  standIn: false,
  phase: { kind: "empty" },
  wantedMs: null,
  shownMs: null,
  gap: null,
  atLive: false,
  jumps: 0,
  notice: null,
  trouble: null,
  stalledSinceMs: null,
  paused: true,
  rate: 1,
  muted: true,
  volume: 1,
};

export type PlayerRequest =
  | { type: "open"; cameraId: string; at: At; paused?: boolean }
  | { type: "seek"; ms: number }
  | { type: "seek-by"; ms: number }
  | { type: "go-live" }
  | { type: "play" }
  | { type: "pause" }
  | { type: "toggle" }
  | { type: "step"; direction: 1 | -1 }
  /** `nudge`: plays by this factor faster, to come into step with something else. */
  | { type: "rate"; rate: number; nudge?: number }
  /** Shows a moment of what is loaded, or the keyframe before it, without a word; loads it where it is not. */
  | { type: "follow"; ms: number; keyframe: boolean }
  | { type: "mute"; muted: boolean }
  | { type: "volume"; volume: number }
  /** Tries again now what failed. */
  | { type: "retry" };

/** The speeds that are offered. Browsers play up to 16×. */
export const RATES = [0.5, 1, 2, 4, 8, 16] as const;

/** The moment to show as the playhead, ms: what is on the screen, or what is on its way there. */
export function playheadMs(state: PlayerState): number | null {
  return state.shownMs ?? state.wantedMs;
}
