/**
 * The events of the log: past-tense facts, `{ type, data }`, with the schema of each type's payload. The log is
 * the truth; every table beside it is a projection of these. Nothing here may carry a camera's address or
 * password (invariant 6).
 */
import { z } from "zod";
import { CameraId, RunId, Sequence, SiteId } from "./ids.ts";
import { Segment, Sha256 } from "./segment.ts";

/** Why a range of a camera's life cannot be played. */
export const GapCause = z.enum([
  "camera-unreachable",
  "relay-stopped",
  "waiting-on-site",
  "spool-overflow",
  "corrupt",
  "expired",
  "deleted",
  "unknown",
]);
export type GapCause = z.infer<typeof GapCause>;

/** How a run ended: what the supervisor saw, as data. */
export const RunEndReason = z.enum([
  /** The input ended or the connection was closed. FFmpeg exits with 0 for both. */
  "disconnected",
  /** FFmpeg ended with an error of its own. */
  "failed",
  /** No new bytes for the watchdog's time; FFmpeg was ended. */
  "stalled",
  /** As `stalled`, but FFmpeg did not react to SIGTERM either: it hung itself, not the camera. */
  "hung",
  /** The camera began to send another picture size or codec, or its time stamps jumped; recording was begun anew. */
  "changed",
  /** FFmpeg could not write: the disk of the spool was full. */
  "disk-full",
  /** FFmpeg was ended by a signal that the relay did not send. */
  "killed",
  /** The relay stopped, or the camera was taken out of the config or changed in it. */
  "stopped",
  /** The relay died; found at its next start. */
  "relay-died",
]);
export type RunEndReason = z.infer<typeof RunEndReason>;

const Ms = z.int().positive();

/** A report names so many ranges at most; the closest ones are joined when there are more. */
export const MOST_RANGES = 1_000;

const isForward = ({ startMs, endMs }: { startMs: number; endMs: number }) => startMs < endMs;

export const payloads = {
  SiteRegistered: z.strictObject({ siteId: SiteId, name: z.string().min(1).max(200) }),
  CameraRegistered: z.strictObject({
    siteId: SiteId,
    cameraId: CameraId,
    name: z.string().min(1).max(200),
  }),
  CameraRenamed: z.strictObject({ cameraId: CameraId, name: z.string().min(1).max(200) }),
  CameraRetired: z.strictObject({ cameraId: CameraId }),
  /**
   * The relay's program started. `lastAliveMs`: when it was last known to run before that (at most 5 s early);
   * null at its first start. Between the two no camera of the site was recorded.
   */
  RelayStarted: z.strictObject({ siteId: SiteId, startedMs: Ms, lastAliveMs: Ms.nullable() }),
  /** The relay's program was ended in order. */
  RelayStopped: z.strictObject({ siteId: SiteId, stoppedMs: Ms }),
  /** The relay runs and reaches the log, although nothing else was told for a while: its heartbeat. */
  RelayHeard: z.strictObject({ siteId: SiteId, heardMs: Ms }),
  RunStarted: z.strictObject({ cameraId: CameraId, runId: RunId, startMs: Ms }),
  RunEnded: z.strictObject({
    cameraId: CameraId,
    runId: RunId,
    /** End of the run's last whole segment, or the moment of the end when it has none. */
    endMs: Ms,
    reason: RunEndReason,
  }),
  /** Within a run the camera sent no picture for a while, and went on. */
  CameraFellSilent: z
    .strictObject({ cameraId: CameraId, runId: RunId, startMs: Ms, endMs: Ms })
    .refine(isForward, "must end after it starts"),
  /**
   * What the site held of a camera's footage at a moment, recorded and not yet confirmed stored. `ranges` are
   * sorted and disjoint, and include what was being recorded. Whatever else was recorded before `reportedMs` is
   * not on the site any more.
   */
  BacklogReported: z.strictObject({
    siteId: SiteId,
    cameraId: CameraId,
    reportedMs: Ms,
    segments: z.int().min(0),
    bytes: z.int().min(0),
    ranges: z.array(z.strictObject({ startMs: Ms, endMs: Ms })).max(MOST_RANGES),
  }),
  /**
   * The clock by which a run was placed was wrong and is now known to have been: all of the run moves by `byMs`
   * (later when positive). Several corrections of one run add up.
   */
  ClockCorrected: z.strictObject({
    cameraId: CameraId,
    runId: RunId,
    /** When the step of the clock was seen, on the clock that was right, ms. */
    seenMs: Ms,
    byMs: z.int().refine((byMs) => byMs !== 0, "must not be 0"),
  }),
  SegmentStored: Segment.extend({
    /** The object's key in the store. */
    key: z.string().min(1).max(1024),
    /** SHA-256 of the object, lower-case hex. */
    sha256: Sha256,
  }),
  SegmentLost: z.strictObject({
    cameraId: CameraId,
    runId: RunId,
    sequence: Sequence,
    startMs: Ms,
    /** Best knowledge: an unreadable segment's duration is that of the time between its neighbours. */
    wallDurationMs: z.int().min(0),
    bytes: z.int().min(0),
    cause: GapCause,
    /** One sentence for a person: what was wrong. */
    detail: z.string().max(500),
  }),
} as const;

export type EventType = keyof typeof payloads;
export type EventData<T extends EventType> = z.infer<(typeof payloads)[T]>;

/** An event to append. `eventId` is a function of what happened, so a repeat changes nothing. */
export type NewEvent = {
  [T in EventType]: {
    eventId: string;
    type: T;
    /** Version of the payload's shape. */
    version: 1;
    occurredAtMs: number;
    data: EventData<T>;
  };
}[EventType];

const eventOf = <T extends EventType>(type: T) =>
  z.strictObject({
    eventId: z.string().min(1).max(200),
    type: z.literal(type),
    version: z.literal(1),
    occurredAtMs: Ms,
    data: payloads[type],
  });

/**
 * Checks an event that comes from outside (a job, a row, a request). The cast states what the compiler cannot see:
 * that the union of these schemas is the mapped type above.
 */
export const NewEvent = z.discriminatedUnion("type", [
  eventOf("SiteRegistered"),
  eventOf("CameraRegistered"),
  eventOf("CameraRenamed"),
  eventOf("CameraRetired"),
  eventOf("RelayStarted"),
  eventOf("RelayStopped"),
  eventOf("RelayHeard"),
  eventOf("RunStarted"),
  eventOf("RunEnded"),
  eventOf("SegmentStored"),
  eventOf("SegmentLost"),
  eventOf("CameraFellSilent"),
  eventOf("BacklogReported"),
  eventOf("ClockCorrected"),
]) as unknown as z.ZodType<NewEvent>;

/** The stream an event belongs to: its camera's, or its site's. */
export function streamOf(event: NewEvent): string {
  return "cameraId" in event.data ? `camera/${event.data.cameraId}` : `site/${event.data.siteId}`;
}
