/**
 * What to do when playback fails, and where to go when there is no footage at a moment. Pure decisions; the
 * player carries them out and tells the viewer.
 */
import type { PlaybackFailure } from "./playback.ts";
import { type At, LIVE_REACH_MS } from "./windows.ts";

export type Recovery =
  /** Let the engine repair its decoder. */
  | { kind: "recover" }
  /** Load again after a pause. */
  | { kind: "retry" }
  | { kind: "open"; at: At }
  /** Leave out damaged footage. */
  | { kind: "skip"; toMs: number }
  | { kind: "find-footage"; fromMs: number }
  | { kind: "no-live" }
  | { kind: "unsupported"; codec: string }
  | { kind: "give-up"; detail: string };

/** A damaged segment has a handful of fragments; where all are damaged, something else is wrong. */
const MAX_SKIPS = 10;

/**
 * The answer to a failure. `mediaFailures` counts those that came shortly after each other: the first is
 * repaired, the second loads again, after the third something in the footage cannot be played.
 */
export function recoveryFor(
  failure: PlaybackFailure,
  { at, mediaFailures, recording }: { at: At; mediaFailures: number; recording: boolean },
): Recovery {
  switch (failure.kind) {
    case "codec":
      return { kind: "unsupported", codec: failure.codec };
    case "media":
      if (failure.untilMs !== null && mediaFailures < MAX_SKIPS)
        return { kind: "skip", toMs: failure.untilMs };
      if (mediaFailures >= 2) return { kind: "give-up", detail: failure.detail };
      return { kind: mediaFailures === 0 ? "recover" : "retry" };
    case "outside":
      if (at.kind === "moment") return { kind: "find-footage", fromMs: at.ms };
      return at.fromMs === undefined
        ? { kind: "retry" }
        : { kind: "open", at: { kind: "moment", ms: at.fromMs } };
    case "network":
      if (failure.what !== "playlist" || failure.status !== 404) return { kind: "retry" };
      if (at.kind === "moment") return { kind: "find-footage", fromMs: at.ms };
      return { kind: recording ? "retry" : "no-live" };
    default:
      return failure satisfies never;
  }
}

/**
 * Where to play when there is nothing at `askedMs`: the next footage, or the live edge when that is what comes
 * next, or nowhere.
 */
export function placeAfter(
  askedMs: number,
  { nextMs, nowMs, recording }: { nextMs: number | null; nowMs: number; recording: boolean },
): At | null {
  if (nextMs !== null) return { kind: "moment", ms: nextMs };
  return recording && nowMs - askedMs < LIVE_REACH_MS ? { kind: "live" } : null;
}
