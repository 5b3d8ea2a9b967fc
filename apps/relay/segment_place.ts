/** Where a segment lies that nobody saw arrive: after the one before it, by media time. Pure. */
import { type Segment, sameVideo, TICKS_PER_MS } from "@rokuga/media/segment.ts";
import { canFollow } from "@rokuga/media/ts_fragment_index.ts";
import { TickUnwrapper } from "./media_time.ts";

/** ms since the epoch. */
export const endOf = (segment: { startMs: number; wallDurationMs: number }) =>
  segment.startMs + segment.wallDurationMs;

/** Whether a segment goes on where the one before it in the spool ended. */
export function follows(
  before: Segment,
  after: { sequence: number; startTicks: number; tracks: Segment["tracks"] },
): boolean {
  if (!sameVideo(before.tracks.video, after.tracks.video)) return false;
  // After one that is lost nobody knows where it has to begin.
  if (after.sequence !== before.sequence + 1) return true;
  return canFollow(before.startTicks + before.mediaDurationTicks, after.startTicks);
}

/** Media time from the end of what came before leads to the wall time. */
export function place(
  parsed: { startTicks: number; mediaDurationTicks: number },
  before: Segment | { startMs: number; startTicks: number | undefined },
): { startMs: number; wallDurationMs: number } {
  const ticks = new TickUnwrapper();
  const [beforeTicks, beforeMs] =
    "mediaDurationTicks" in before
      ? [ticks.unwrap(before.startTicks) + before.mediaDurationTicks, endOf(before)]
      : [ticks.unwrap(before.startTicks ?? parsed.startTicks), before.startMs];
  const elapsedMs = (ticks.unwrap(parsed.startTicks) - beforeTicks) / TICKS_PER_MS;
  return {
    startMs: Math.max(1, Math.round(beforeMs + elapsedMs)),
    wallDurationMs: Math.max(1, Math.round(parsed.mediaDurationTicks / TICKS_PER_MS)),
  };
}
