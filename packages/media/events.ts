/**
 * The events of the log: past-tense facts, `{ type, data }`, with the schema of each type's payload. The log is
 * the truth; every table beside it is a projection of these. Nothing here may carry a camera's address or
 * password (invariant 6).
 * Longer than other modules: it is the list of what there is.
 */
import { z } from "zod";
import { Grant } from "./access.ts";
import { ExportFormat } from "./export_format.ts";
import { GapCause } from "./gap_cause.ts";
import { CameraId, ExportId, LockId, RunId, Sequence, ShareId, SiteId } from "./ids.ts";
import { isPackedFragments } from "./packed_fragments.ts";
import { Segment, Sha256, TracksText } from "./segment.ts";

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

/** Who did it; null where nobody had to sign in. */
const By = z.string().min(1).max(200).nullable();

/** A report names so many ranges at most; the closest ones are joined when there are more. */
export const MOST_RANGES = 1_000;

/** Who did something: `person/<id>`, `token/<id>`, or `machine` for a command on the machine itself. Never a name. */
export const Actor = z
  .string()
  .regex(/^(machine|(person|token)\/[a-z0-9-]{1,63})$/, "must name a person or a token");
export type Actor = z.infer<typeof Actor>;

const PersonId = z.uuid();

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
  RunStarted: z.strictObject({
    cameraId: CameraId,
    runId: RunId,
    startMs: Ms,
    /** The file that it was cut from, where the video changed within one: that run may go on without that number. */
    splitFrom: z.strictObject({ runId: RunId, sequence: Sequence }).optional(),
  }),
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
  /**
   * A segment is in the store and can be played. Version 2: what comes by the million is kept short (tracks and
   * fragments as texts), and the key only where it is not what object_key.ts makes of the rest.
   */
  SegmentStored: Segment.omit({ tracks: true, fragments: true, sha256: true, previous: true }).extend({
    siteId: SiteId,
    tracks: TracksText,
    /** The fragment index, see packed_fragments.ts. */
    fragments: z.string().max(150_000).refine(isPackedFragments, "must be a packed fragment index"),
    /** SHA-256 of the object, lower-case hex. */
    sha256: Sha256,
    /** The link of the segment recorded before it (chain.ts); null for the camera's first and where it is not known. */
    previous: Sha256.nullable(),
    /** The object's key in the store. */
    key: z.string().min(1).max(1024).optional(),
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
    /** Its place in the chain, where it had one: what comes after can be checked without it. */
    sha256: Sha256.optional(),
    previous: Sha256.nullable().optional(),
  }),
  /** For how long a camera's footage is kept, by the site's configuration; null: no limit of that kind. */
  CameraRetentionSet: z.strictObject({
    cameraId: CameraId,
    days: z.number().positive().nullable(),
    bytes: z.int().positive().nullable(),
  }),
  /**
   * Segments went because a limit was reached. They are no longer played from here on; their objects are deleted
   * afterwards, see `ExpiredObjectsDeleted`.
   */
  SegmentsExpired: z.strictObject({
    cameraId: CameraId,
    limit: z.enum(["days", "bytes"]),
    /** Stored segments that follow each other in a run. Times are those of the run before any `ClockCorrected`. */
    spans: z
      .array(
        z
          .strictObject({
            runId: RunId,
            fromSequence: Sequence,
            /** The last one that went. */
            toSequence: Sequence,
            startMs: Ms,
            endMs: Ms,
          })
          .refine(isForward, "must end after it starts"),
      )
      .min(1)
      .max(1_000),
  }),
  /** The objects of a `SegmentsExpired` are gone from the store. */
  ExpiredObjectsDeleted: z.strictObject({ cameraId: CameraId, expiredEventId: z.string().min(1).max(200) }),
  /** A range is kept whatever the limits say: until it is unlocked, or `untilMs` has passed (null: no end). */
  FootageLocked: z
    .strictObject({
      cameraId: CameraId,
      lockId: LockId,
      startMs: Ms,
      endMs: Ms,
      reason: z.string().min(1).max(500),
      untilMs: Ms.nullable(),
      by: By.optional(),
    })
    .refine(isForward, "must end after it starts"),
  FootageUnlocked: z.strictObject({ cameraId: CameraId, lockId: LockId, by: By.optional() }),
  /** Footage was handed out as a file, to be kept outside of the system. Told before its first byte goes. */
  FootageExported: z
    .strictObject({
      exportId: ExportId,
      cameraId: CameraId,
      /** The range that was asked for. */
      startMs: Ms,
      endMs: Ms,
      by: By,
      format: ExportFormat,
      /** Length of the file, where it was known by then. */
      bytes: z.int().positive().optional(),
      /** The share by whose link it was asked for. */
      shareId: ShareId.optional(),
    })
    .refine(isForward, "must end after it starts"),
  /**
   * A range may be watched by whoever has a link, without an account. The link's secret and the password are not
   * here: what is in the log stays for ever, and goes into the archive.
   */
  FootageShared: z
    .strictObject({
      shareId: ShareId,
      cameraId: CameraId,
      startMs: Ms,
      endMs: Ms,
      /** From when on the link opens nothing. */
      expiresMs: Ms,
      /** Whether it may be downloaded, too. */
      download: z.boolean(),
      /** Whether a password is asked for. */
      password: z.boolean(),
      /** For whom or what, for people. */
      note: z.string().min(1).max(200).nullable(),
      by: By,
    })
    .refine(isForward, "must end after it starts"),
  ShareRevoked: z.strictObject({ shareId: ShareId, cameraId: CameraId, by: By }),
  /** Somebody opened the link, once a visit. Who is not known. */
  ShareOpened: z.strictObject({ shareId: ShareId, cameraId: CameraId, visitId: z.uuid() }),
  /** Somebody was given a one-time link, with which they become a person with these roles. */
  PersonInvited: z.strictObject({ invitationId: PersonId, grants: z.array(Grant), by: Actor }),
  InvitationRevoked: z.strictObject({ invitationId: PersonId, by: Actor }),
  PersonJoined: z.strictObject({ personId: PersonId, invitationId: PersonId, grants: z.array(Grant) }),
  PersonRemoved: z.strictObject({ personId: PersonId, by: Actor }),
  RoleGranted: z.strictObject({ personId: PersonId, grant: Grant, by: Actor }),
  RoleRevoked: z.strictObject({ personId: PersonId, grant: Grant, by: Actor }),
  SignedIn: z.strictObject({ personId: PersonId, method: z.enum(["password", "passkey"]) }),
  /** `personId`: whose account it was, null for an address that nobody has. At most one a minute is told of each. */
  SignInRefused: z.strictObject({
    personId: PersonId.nullable(),
    reason: z.enum(["wrong-password", "unknown-account", "too-many"]),
  }),
  SessionEnded: z.strictObject({ personId: PersonId, by: Actor }),
  /** By the person; their other sessions ended with it. */
  PasswordChanged: z.strictObject({ personId: PersonId }),
  /** Somebody was given a one-time link for a person, with which that person sets a new password. */
  PasswordResetOffered: z.strictObject({ personId: PersonId, by: Actor }),
  PasswordResetWithdrawn: z.strictObject({ personId: PersonId, by: Actor }),
  /** By whoever had the link; all sessions of the person ended with it. */
  PasswordReset: z.strictObject({ personId: PersonId }),
  TokenCreated: z.strictObject({
    tokenId: PersonId,
    grants: z.array(Grant),
    /** Null: it holds until it is revoked. */
    expiresMs: Ms.nullable(),
    by: Actor,
  }),
  TokenRevoked: z.strictObject({ tokenId: PersonId, by: Actor }),
} as const;

export type EventType = keyof typeof payloads;
export type EventData<T extends EventType> = z.infer<(typeof payloads)[T]>;

/** The version of each type's payload that this program writes. upcast.ts makes these of earlier ones. */
export const VERSIONS = {
  SiteRegistered: 1,
  CameraRegistered: 1,
  CameraRenamed: 1,
  CameraRetired: 1,
  RelayStarted: 1,
  RelayStopped: 1,
  RelayHeard: 1,
  RunStarted: 1,
  RunEnded: 1,
  CameraFellSilent: 1,
  BacklogReported: 1,
  ClockCorrected: 1,
  SegmentStored: 2,
  SegmentLost: 1,
  CameraRetentionSet: 1,
  SegmentsExpired: 1,
  ExpiredObjectsDeleted: 1,
  FootageLocked: 1,
  FootageUnlocked: 1,
  FootageExported: 1,
  FootageShared: 1,
  ShareRevoked: 1,
  ShareOpened: 1,
  PersonInvited: 1,
  InvitationRevoked: 1,
  PersonJoined: 1,
  PersonRemoved: 1,
  RoleGranted: 1,
  RoleRevoked: 1,
  SignedIn: 1,
  SignInRefused: 1,
  SessionEnded: 1,
  PasswordChanged: 1,
  PasswordResetOffered: 1,
  PasswordResetWithdrawn: 1,
  PasswordReset: 1,
  TokenCreated: 1,
  TokenRevoked: 1,
} as const satisfies Record<EventType, number>;

/** An event to append. `eventId` is a function of what happened, so a repeat changes nothing. */
export type NewEvent = {
  [T in EventType]: {
    eventId: string;
    type: T;
    /** Version of the payload's shape, see {@link VERSIONS}. */
    version: (typeof VERSIONS)[T];
    occurredAtMs: number;
    data: EventData<T>;
  };
}[EventType];

const eventOf = <T extends EventType>(type: T) =>
  z.strictObject({
    eventId: z.string().min(1).max(200),
    type: z.literal(type),
    version: z.literal(VERSIONS[type]),
    occurredAtMs: Ms,
    data: payloads[type],
  });

/**
 * Checks an event that comes from outside (a job, a row, a request). The cast states what the compiler cannot see:
 * that the union of these schemas is the mapped type above.
 */
export const NewEvent = z.discriminatedUnion(
  "type",
  (Object.keys(payloads) as EventType[]).map((type) => eventOf(type)) as unknown as [
    ReturnType<typeof eventOf>,
  ],
) as unknown as z.ZodType<NewEvent>;

/** The stream of what people did that is not about one camera. */
export const INSTALLATION_STREAM = "installation";

/** The stream an event belongs to: its camera's, its site's, or the installation's. */
export function streamOf({ data }: NewEvent): string {
  if ("cameraId" in data) return `camera/${data.cameraId}`;
  return "siteId" in data ? `site/${data.siteId}` : INSTALLATION_STREAM;
}
