/**
 * For how long footage is kept: the limits, which segments are beyond them, and the events that say that they went.
 * docs/design/retention.md has the rules. Pure: packages/db reads the segments, the worker decides when.
 */
import { createHash } from "node:crypto";
import type { z } from "zod";
import type { TimeRange } from "./api.ts";
import { type EventData, type NewEvent, payloads } from "./events.ts";
import { BRIDGE_MS } from "./segment.ts";

export const DAY_MS = 86_400_000;

/** Of a camera; null: no limit of that kind. */
export const RetentionLimits = payloads.CameraRetentionSet.omit({ cameraId: true });
export type RetentionLimits = z.infer<typeof RetentionLimits>;

export const NO_LIMITS: RetentionLimits = { days: null, bytes: null };

/** Which of the limits a segment is beyond. */
export type Limit = EventData<"SegmentsExpired">["limit"];
export type ExpiredSpan = EventData<"SegmentsExpired">["spans"][number];

/** An event holds so many spans at most. */
export const MOST_SPANS = 1_000;

/** A stored segment on the timeline. */
export type StoredSegment = TimeRange & {
  runId: string;
  sequence: number;
  bytes: number;
  /** What the times include: the sum of its run's `ClockCorrected`. */
  correctedByMs: number;
};

export const bytesOf = (segments: readonly { bytes: number }[]) =>
  segments.reduce((sum, { bytes }) => sum + bytes, 0);

/** Of segments in order of age, the oldest ones that have to go so that `excessBytes` less are stored. */
export function oldestBeyond<S extends { bytes: number }>(segments: readonly S[], excessBytes: number): S[] {
  let gone = 0;
  const end = segments.findIndex(({ bytes }) => {
    if (gone >= excessBytes) return true;
    gone += bytes;
    return false;
  });
  return end < 0 ? [...segments] : segments.slice(0, end);
}

/**
 * Segments as spans of an event, before corrections, and how many of the segments (from the first on) they hold: all,
 * unless that would be too many spans. A span ends where a number is not among the segments, since that one may be on
 * its way, and at a silence within the run, since nothing went there.
 */
export function spansOf(
  segments: readonly StoredSegment[],
  most = MOST_SPANS,
): { spans: ExpiredSpan[]; taken: number } {
  const spans: ExpiredSpan[] = [];
  /** By run: the one that may go on. */
  const open = new Map<string, ExpiredSpan>();
  for (const [index, segment] of segments.entries()) {
    const { runId, sequence, correctedByMs } = segment;
    const startMs = segment.startMs - correctedByMs;
    const endMs = segment.endMs - correctedByMs;
    const span = open.get(runId);
    if (span?.toSequence === sequence - 1 && startMs <= span.endMs + BRIDGE_MS) {
      span.toSequence = sequence;
      span.endMs = Math.max(span.endMs, endMs);
      continue;
    }
    if (spans.length === most) return { spans, taken: index };
    const next = { runId, fromSequence: sequence, toSequence: sequence, startMs, endMs };
    open.set(runId, next);
    spans.push(next);
  }
  return { spans, taken: segments.length };
}

/** That these spans went. Its id follows from them: the same footage goes once. */
export function segmentsExpired(
  { cameraId, limit, spans }: EventData<"SegmentsExpired">,
  occurredAtMs: number,
): NewEvent & { type: "SegmentsExpired" } {
  const lines = spans.map(({ runId, fromSequence, toSequence }) => `${runId}/${fromSequence}-${toSequence}`);
  const hash = createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 32);
  return {
    eventId: `camera/${cameraId}/SegmentsExpired/${hash}`,
    type: "SegmentsExpired",
    version: 1,
    occurredAtMs,
    data: { cameraId, limit, spans },
  };
}

/** That the objects of a `SegmentsExpired` are gone from the store. */
export function expiredObjectsDeleted(
  { eventId, data: { cameraId } }: NewEvent & { type: "SegmentsExpired" },
  occurredAtMs: number,
): NewEvent {
  return {
    eventId: `${eventId}/ExpiredObjectsDeleted`,
    type: "ExpiredObjectsDeleted",
    version: 1,
    occurredAtMs,
    data: { cameraId, expiredEventId: eventId },
  };
}

/** The moment before which footage is older than `days`, ms. */
export function cutoffMs(days: number, nowMs: number): number {
  return Math.floor(nowMs - days * DAY_MS);
}
