/**
 * Logs of cameras that have recorded for long, for the timeline: many segments without bytes, with breaks of every
 * cause. What is to be seen is made by footage.ts.
 */
import type { NewEvent, RunEndReason } from "@rokuga/media/events.ts";
import { runEventId, segmentEventId } from "@rokuga/media/ids.ts";
import { packFragments } from "@rokuga/media/packed_fragments.ts";

export type Stretch = {
  startMs: number;
  endMs: number;
  /** How it ended; null: it goes on. */
  reason: RunEndReason | null;
};

const SITE = "home";
/** Segments as long as they may be: a month is a few thousand of them. */
const SEGMENT_MS = 20 * 60_000;

const fragments = packFragments([{ bytes: 1_000, durationTicks: 90_000, keyframeBytes: 300 }]);

/** The events of a stretch of recording: its run and its segments. */
export function recorded(cameraId: string, { startMs, endMs, reason }: Stretch): NewEvent[] {
  const runId = `${startMs.toString(36).padStart(9, "0")}aaaa`;
  const run = { cameraId, runId };
  const count = Math.ceil((endMs - startMs) / SEGMENT_MS);
  const segments = Array.from({ length: count }, (_, sequence): NewEvent => {
    const fromMs = startMs + sequence * SEGMENT_MS;
    const wallDurationMs = Math.min(SEGMENT_MS, endMs - fromMs);
    return {
      eventId: segmentEventId({ ...run, sequence }, "SegmentStored"),
      ...{ type: "SegmentStored", version: 2, occurredAtMs: fromMs + wallDurationMs },
      data: {
        ...{ siteId: SITE, ...run, sequence, firstFragment: sequence, startMs: fromMs, wallDurationMs },
        ...{ bytes: 1_000, startTicks: 0, mediaDurationTicks: wallDurationMs * 90, fragments },
        ...{ tracks: "avc1.64001f 1280x720", sha256: "0".repeat(64), previous: null },
      },
    };
  });
  return [
    {
      eventId: runEventId(run, "RunStarted"),
      ...{ type: "RunStarted", version: 1, occurredAtMs: startMs, data: { ...run, startMs } },
    },
    ...segments,
    ...(reason === null
      ? []
      : [
          {
            eventId: runEventId(run, "RunEnded"),
            ...{ type: "RunEnded" as const, version: 1 as const, occurredAtMs: endMs },
            data: { ...run, endMs, reason },
          },
        ]),
  ];
}

const REASONS: readonly RunEndReason[] = ["disconnected", "relay-died", "disk-full", "stalled"];

/**
 * A recording of days with `breaks` a day, of minutes up to an hour and of all causes; the same for each `seed`.
 * It ends at `endMs` and goes on.
 */
export function recordedDays(
  cameraId: string,
  { startMs, endMs, breaks, seed }: { startMs: number; endMs: number; breaks: number; seed: number },
): NewEvent[] {
  const stepMs = 86_400_000 / breaks;
  const count = Math.ceil((endMs - startMs) / stepMs);
  return Array.from({ length: count }, (_, n) => {
    const fromMs = Math.round(startMs + n * stepMs);
    const isLast = n === count - 1;
    const pauseMs = 60_000 * (1 + ((n * 7 + seed * 13) % 60));
    const toMs = isLast ? endMs : Math.round(Math.min(endMs, fromMs + stepMs - pauseMs));
    return recorded(cameraId, {
      startMs: fromMs,
      endMs: Math.max(fromMs + 1_000, toMs),
      reason: isLast ? null : REASONS[(n + seed) % REASONS.length]!,
    });
  }).flat();
}

/** What the site says it still holds of a camera. */
export function backlogReported(
  cameraId: string,
  { reportedMs, ranges }: { reportedMs: number; ranges: { startMs: number; endMs: number }[] },
): NewEvent {
  return {
    eventId: `camera/${cameraId}/BacklogReported/${reportedMs}`,
    ...{ type: "BacklogReported", version: 1, occurredAtMs: reportedMs },
    data: { siteId: SITE, cameraId, reportedMs, segments: ranges.length, bytes: 1_000_000, ranges },
  };
}
