/** Events for tests: segments of 10 s that follow each other. */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { NewEvent, RunEndReason } from "@rokuga/media/events.ts";
import { exportEventId, runEventId, segmentEventId } from "@rokuga/media/ids.ts";
import { packFragments } from "@rokuga/media/packed_fragments.ts";
import { footageShared, shareOpened, shareRevoked } from "@rokuga/media/shares.ts";

export const START = Date.UTC(2026, 0, 31, 9, 0, 0);
const DURATION_MS = 10_000;

/** A run id that starts at START plus `minutes`. */
export const runAt = (minutes: number) => `${(START + minutes * 60_000).toString(36).padStart(9, "0")}aaaa`;

export function stored(
  cameraId: string,
  runId: string,
  sequence: number,
  changes: { startMs?: number } = {},
): NewEvent {
  const startMs = changes.startMs ?? Number.parseInt(runId.slice(0, 9), 36) + sequence * DURATION_MS;
  return {
    eventId: segmentEventId({ cameraId, runId, sequence }, "SegmentStored"),
    type: "SegmentStored",
    version: 2,
    occurredAtMs: startMs + DURATION_MS,
    data: {
      siteId: "home",
      cameraId,
      runId,
      sequence,
      firstFragment: sequence * 2,
      startMs,
      wallDurationMs: DURATION_MS,
      bytes: 1_500,
      startTicks: sequence * 900_000,
      mediaDurationTicks: 900_000,
      tracks: "avc1.64001f 1280x720",
      fragments: packFragments([
        { bytes: 1_000, durationTicks: 450_000, keyframeBytes: 300 },
        { bytes: 500, durationTicks: 450_000, keyframeBytes: 200 },
      ]),
      sha256: "0".repeat(64),
      previous: null,
    },
  };
}

export function lost(cameraId: string, runId: string, sequence: number): NewEvent {
  const startMs = Number.parseInt(runId.slice(0, 9), 36) + sequence * DURATION_MS;
  return {
    eventId: segmentEventId({ cameraId, runId, sequence }, "SegmentLost"),
    type: "SegmentLost",
    version: 1,
    occurredAtMs: startMs + DURATION_MS,
    data: {
      cameraId,
      runId,
      sequence,
      startMs,
      wallDurationMs: DURATION_MS,
      bytes: 9,
      cause: "corrupt",
      detail: "noise",
    },
  };
}

export function started(cameraId: string, runId: string): NewEvent {
  const startMs = Number.parseInt(runId.slice(0, 9), 36);
  return {
    eventId: runEventId({ cameraId, runId }, "RunStarted"),
    type: "RunStarted",
    version: 1,
    occurredAtMs: startMs,
    data: { cameraId, runId, startMs },
  };
}

export function ended(
  cameraId: string,
  runId: string,
  { endMs, reason }: { endMs: number; reason: RunEndReason },
): NewEvent {
  return {
    eventId: runEventId({ cameraId, runId }, "RunEnded"),
    type: "RunEnded",
    version: 1,
    occurredAtMs: endMs,
    data: { cameraId, runId, endMs, reason },
  };
}

export function registered(cameraId: string, name: string): NewEvent {
  return {
    eventId: `camera/${cameraId}/CameraRegistered`,
    type: "CameraRegistered",
    version: 1,
    occurredAtMs: START,
    data: { siteId: "home", cameraId, name },
  };
}

export function renamed(cameraId: string, name: string, atMs: number): NewEvent {
  return {
    eventId: `camera/${cameraId}/CameraRenamed/${atMs}`,
    type: "CameraRenamed",
    version: 1,
    occurredAtMs: atMs,
    data: { cameraId, name },
  };
}

export function siteNamed(siteId: string, name: string, atMs: number): NewEvent {
  return {
    eventId: `site/${siteId}/SiteRegistered/${atMs}`,
    type: "SiteRegistered",
    version: 1,
    occurredAtMs: atMs,
    data: { siteId, name },
  };
}

export function retired(cameraId: string, atMs: number): NewEvent {
  return {
    eventId: `camera/${cameraId}/CameraRetired/${atMs}`,
    type: "CameraRetired",
    version: 1,
    occurredAtMs: atMs,
    data: { cameraId },
  };
}

export function relayStarted(siteId: string, startedMs: number, lastAliveMs: number | null): NewEvent {
  return {
    eventId: `site/${siteId}/RelayStarted/${startedMs}`,
    type: "RelayStarted",
    version: 1,
    occurredAtMs: startedMs,
    data: { siteId, startedMs, lastAliveMs },
  };
}

export function relayStopped(siteId: string, stoppedMs: number): NewEvent {
  return {
    eventId: `site/${siteId}/RelayStopped/${stoppedMs}`,
    type: "RelayStopped",
    version: 1,
    occurredAtMs: stoppedMs,
    data: { siteId, stoppedMs },
  };
}

export function relayHeard(siteId: string, heardMs: number): NewEvent {
  return {
    eventId: `site/${siteId}/RelayHeard/${heardMs}`,
    type: "RelayHeard",
    version: 1,
    occurredAtMs: heardMs,
    data: { siteId, heardMs },
  };
}

export function fellSilent(cameraId: string, runId: string, range: TimeRange): NewEvent {
  return {
    eventId: `${runEventId({ cameraId, runId }, "CameraFellSilent")}/${range.startMs}`,
    type: "CameraFellSilent",
    version: 1,
    occurredAtMs: range.endMs,
    data: { cameraId, runId, ...range },
  };
}

export function corrected(
  cameraId: string,
  runId: string,
  { seenMs, byMs }: { seenMs: number; byMs: number },
): NewEvent {
  return {
    eventId: `${runEventId({ cameraId, runId }, "ClockCorrected")}/${seenMs}`,
    type: "ClockCorrected",
    version: 1,
    occurredAtMs: seenMs,
    data: { cameraId, runId, seenMs, byMs },
  };
}

/** Segments of 10 s and 1,500 bytes each. */
export function reported(cameraId: string, reportedMs: number, ranges: TimeRange[]): NewEvent {
  const segments = ranges.reduce((sum, { startMs, endMs }) => sum + (endMs - startMs) / DURATION_MS, 0);
  return {
    eventId: `camera/${cameraId}/BacklogReported/${reportedMs}`,
    type: "BacklogReported",
    version: 1,
    occurredAtMs: reportedMs,
    data: { siteId: "home", cameraId, reportedMs, segments, bytes: segments * 1_500, ranges },
  };
}

/** Spans of stored segments, each from a sequence number to another. */
export function expired(
  cameraId: string,
  spans: { runId: string; fromSequence: number; toSequence: number }[],
): NewEvent {
  const placed = spans.map((span) => {
    const runMs = Number.parseInt(span.runId.slice(0, 9), 36);
    return {
      ...span,
      startMs: runMs + span.fromSequence * DURATION_MS,
      endMs: runMs + (span.toSequence + 1) * DURATION_MS,
    };
  });
  const id = spans.map(({ runId, fromSequence, toSequence }) => `${runId}-${fromSequence}-${toSequence}`);
  return {
    eventId: `camera/${cameraId}/SegmentsExpired/${id.join("_")}`,
    type: "SegmentsExpired",
    version: 1,
    occurredAtMs: START,
    data: { cameraId, limit: "days", spans: placed },
  };
}

export function objectsDeleted(cameraId: string, expiredEventId: string): NewEvent {
  return {
    eventId: `${expiredEventId}/ExpiredObjectsDeleted`,
    type: "ExpiredObjectsDeleted",
    version: 1,
    occurredAtMs: START,
    data: { cameraId, expiredEventId },
  };
}

export function retentionSet(
  cameraId: string,
  atMs: number,
  limits: { days: number | null; bytes: number | null },
): NewEvent {
  return {
    eventId: `camera/${cameraId}/CameraRetentionSet/${atMs}`,
    type: "CameraRetentionSet",
    version: 1,
    occurredAtMs: atMs,
    data: { cameraId, ...limits },
  };
}

export function locked(
  cameraId: string,
  lockId: string,
  lock: TimeRange & { untilMs?: number | null },
): NewEvent {
  return {
    eventId: `camera/${cameraId}/FootageLocked/${lockId}`,
    type: "FootageLocked",
    version: 1,
    occurredAtMs: START,
    data: { cameraId, lockId, reason: "burglary", untilMs: null, ...lock },
  };
}

export function unlocked(cameraId: string, lockId: string): NewEvent {
  return {
    eventId: `camera/${cameraId}/FootageUnlocked/${lockId}`,
    type: "FootageUnlocked",
    version: 1,
    occurredAtMs: START,
    data: { cameraId, lockId },
  };
}

/** A share with what became of it: revoked, and opened twice. */
export function shared(cameraId: string, shareId: string, range: TimeRange): NewEvent[] {
  const visit = (nth: number) => `00000000-0000-4000-8000-00000000000${nth}`;
  return [
    footageShared(
      {
        ...{ shareId, cameraId, ...range, expiresMs: START + 60_000, download: true, password: false },
        ...{ note: "For the insurance", by: "Ada" },
      },
      START,
    ),
    shareOpened({ shareId, cameraId, visitId: visit(1) }, START + 1_000),
    shareOpened({ shareId, cameraId, visitId: visit(2) }, START + 2_000),
    shareRevoked({ shareId, cameraId, by: null }, START + 3_000),
  ];
}

export function exported(cameraId: string, exportId: string, range: TimeRange, bytes?: number): NewEvent {
  return {
    eventId: exportEventId({ cameraId, exportId }),
    type: "FootageExported",
    version: 1,
    occurredAtMs: START + 5_000,
    data: {
      exportId,
      cameraId,
      ...range,
      by: null,
      format: "mp4",
      ...(bytes === undefined ? {} : { bytes }),
    },
  };
}
