/**
 * The tables. `events` is the truth; all others are projections that can be dropped and rebuilt from it to the
 * same rows. Times are integer milliseconds since the epoch, UTC (`_ms`), media durations are 90 kHz ticks.
 * Longer than other modules: it is the list of what there is.
 */

import type { TimeRange } from "@rokuga/media/api.ts";
import type { RunEndReason } from "@rokuga/media/events.ts";
import type { ExportFormat } from "@rokuga/media/export_format.ts";
import type { GapCause } from "@rokuga/media/gap_cause.ts";
import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
} from "drizzle-orm/pg-core";

/** Milliseconds and ticks fit in a JavaScript number for 285,000 years. */
const ms = (name: string) => bigint(name, { mode: "number" });
const xid8 = customType<{ data: string }>({ dataType: () => "xid8" });

/** Leaves out what comes by the thousand. The words of the index: a query has to say the same to be helped by it. */
export const TOLD_BY_PEOPLE = sql`type NOT IN ('SegmentStored', 'SegmentLost', 'BacklogReported', 'RelayHeard', 'RunStarted', 'RunEnded', 'CameraFellSilent', 'ClockCorrected', 'SegmentsExpired', 'ExpiredObjectsDeleted')`;

export const events = pgTable(
  "events",
  {
    /** Names the event. Positions are given before the commit: see `transaction_id` for the order of the log. */
    position: bigserial("position", { mode: "number" }).primaryKey(),
    /** What happened, as a function of what happened: a repeat is refused by this. */
    eventId: text("event_id").notNull(),
    /** `camera/<id>` or `site/<id>`. */
    stream: text("stream").notNull(),
    type: text("type").notNull(),
    /** Of the payload's shape: packages/media/upcast.ts reads earlier ones. */
    version: smallint("version").notNull(),
    data: jsonb("data").notNull(),
    occurredAt: timestamp("occurred_at", { withTimezone: true }).notNull(),
    recordedAt: timestamp("recorded_at", { withTimezone: true }).notNull(),
    /**
     * The log is read in the order of (transaction, position), and only below the oldest transaction that is still
     * open: so a reader never passes an event that is committed late.
     */
    transactionId: xid8("transaction_id").notNull().default(sql`pg_current_xact_id()`),
  },
  (table) => [
    unique("events_event_id").on(table.eventId),
    index("events_order").on(table.transactionId, table.position),
    // For the list of what people did: all but what sites tell by themselves, and so few.
    index("events_told_by_people").on(table.position).where(TOLD_BY_PEOPLE),
    // Finds an hour of the log for the archive; a few kilobytes, since rows come in the order of this time. Without
    // autosummarize the newest rows, up to a fifth of all, would be read for every hour.
    index("events_recorded").using("brin", table.recordedAt).with({ autosummarize: true }),
  ],
);

export const sites = pgTable("sites", {
  siteId: text("site_id").primaryKey(),
  /** Null until `SiteRegistered` is known: events may arrive in any order. */
  name: text("name"),
  /** When the name was given: of two, the later one holds. */
  nameAtMs: ms("name_at_ms"),
  /** As that of cameras, of the site's own events. */
  lastHeardMs: ms("last_heard_ms").notNull(),
});

/** When the program of a site's relay started and was ended: what says that a site recorded nothing. */
export const relayMoments = pgTable(
  "relay_moments",
  {
    eventId: text("event_id").primaryKey(),
    siteId: text("site_id").notNull(),
    kind: text("kind").$type<"started" | "stopped">().notNull(),
    atMs: ms("at_ms").notNull(),
    /** Of a start: when the relay was last known to run before it; null at its first start. */
    lastAliveMs: ms("last_alive_ms"),
  },
  (table) => [index("relay_moments_at").on(table.siteId, table.atMs)],
);

export const cameras = pgTable("cameras", {
  cameraId: text("camera_id").primaryKey(),
  /** Null until `CameraRegistered` is known: events may arrive in any order. */
  siteId: text("site_id"),
  name: text("name"),
  /** When the name was given: of two, the later one holds. */
  nameAtMs: ms("name_at_ms"),
  registeredMs: ms("registered_ms"),
  /** Null while it is in use. */
  retiredMs: ms("retired_ms"),
  /**
   * When the log last heard of the camera: the latest of its events, each taken as it occurred, or as it was
   * recorded where the site's clock was ahead.
   */
  lastHeardMs: ms("last_heard_ms").notNull(),
  /** For how long footage is kept, as last configured; null: no limit of that kind. */
  retentionDays: doublePrecision("retention_days"),
  retentionBytes: ms("retention_bytes"),
  /** When that was set: of two, the later one holds. */
  retentionAtMs: ms("retention_at_ms"),
  /** Sums over the camera's rows of `segments`. */
  storedSegments: ms("stored_segments").notNull().default(0),
  storedBytes: ms("stored_bytes").notNull().default(0),
});

/** The latest that each camera's site has told of what it holds and has not stored yet. */
export const backlogs = pgTable("backlogs", {
  cameraId: text("camera_id").primaryKey(),
  /** Of the event that the row is of: of two reports of the same moment, the higher id holds. */
  eventId: text("event_id").notNull(),
  /** The moment of the report, or when it was recorded where the site's clock was ahead. */
  reportedMs: ms("reported_ms").notNull(),
  segments: integer("segments").notNull(),
  bytes: ms("bytes").notNull(),
  /** Sorted and disjoint: `[{startMs, endMs}]`. */
  ranges: jsonb("ranges").$type<TimeRange[]>().notNull(),
});

export const runs = pgTable(
  "runs",
  {
    cameraId: text("camera_id").notNull(),
    runId: text("run_id").notNull(),
    /** Null until `RunStarted` is known. */
    startMs: ms("start_ms"),
    endMs: ms("end_ms"),
    endReason: text("end_reason").$type<RunEndReason>(),
    /**
     * Sum of the run's `ClockCorrected`. All times of the run, here and in `segments` and `gaps`, include it; what
     * is yet to arrive does not.
     */
    correctedByMs: ms("corrected_by_ms").notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.cameraId, table.runId] }),
    index("runs_start").on(table.cameraId, table.startMs),
    index("runs_end").on(table.cameraId, table.endMs),
  ],
);

export const segments = pgTable(
  "segments",
  {
    // The long ones first: PostgreSQL pads what follows a shorter column, and these rows come by the million.
    startMs: ms("start_ms").notNull(),
    /** `start_ms` plus the wall duration. */
    endMs: ms("end_ms").notNull(),
    startTicks: ms("start_ticks").notNull(),
    sequence: integer("sequence").notNull(),
    firstFragment: integer("first_fragment").notNull(),
    mediaDurationTicks: integer("media_duration_ticks").notNull(),
    bytes: integer("bytes").notNull(),
    cameraId: text("camera_id").notNull(),
    runId: text("run_id").notNull(),
    siteId: text("site_id").notNull(),
    /** A TracksText. */
    tracks: text("tracks").notNull(),
    /** The fragment index: packages/media/packed_fragments.ts. */
    fragments: text("fragments").notNull(),
    /** Null where it is what packages/media/object_key.ts makes of the segment as it was before any correction. */
    key: text("key"),
  },
  (table) => [
    primaryKey({ columns: [table.cameraId, table.runId, table.sequence] }),
    // It includes what whole segments are listed by (0002_event_store.sql): drizzle cannot say that.
    index("segments_start").on(table.cameraId, table.startMs),
  ],
);

/** Merged playable ranges. Disjoint per camera. */
export const coverage = pgTable(
  "coverage",
  {
    cameraId: text("camera_id").notNull(),
    startMs: ms("start_ms").notNull(),
    endMs: ms("end_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.cameraId, table.startMs] })],
);

/**
 * Ranges that are lost for a stated cause, each by the event that states it. Coverage is stronger: what was stored
 * after all is no gap.
 */
export const gaps = pgTable(
  "gaps",
  {
    /** With `/n` for the nth of several ranges of one event. */
    eventId: text("event_id").primaryKey(),
    cameraId: text("camera_id").notNull(),
    /** The run that it moves with when the run's clock is corrected. */
    runId: text("run_id").notNull(),
    startMs: ms("start_ms").notNull(),
    endMs: ms("end_ms").notNull(),
    cause: text("cause").$type<GapCause>().notNull(),
    detail: text("detail").notNull(),
  },
  (table) => [
    index("gaps_run").on(table.cameraId, table.runId),
    // Two, since gaps may overlap: one narrows from the left, the other from the right.
    index("gaps_start").on(table.cameraId, table.startMs),
    index("gaps_end").on(table.cameraId, table.endMs),
  ],
);

/** Segments that went because a limit was reached: they are not played any more, whenever they arrive. */
export const expiredSpans = pgTable(
  "expired_spans",
  {
    eventId: text("event_id").notNull(),
    cameraId: text("camera_id").notNull(),
    runId: text("run_id").notNull(),
    fromSequence: integer("from_sequence").notNull(),
    /** The last one of the span. */
    toSequence: integer("to_sequence").notNull(),
  },
  // By their ends: what is being recorded is beyond all of them, however many a run of a year has.
  (table) => [primaryKey({ columns: [table.cameraId, table.runId, table.toSequence, table.eventId] })],
);

/** Each `SegmentsExpired`, and whether its objects are gone from the store. */
export const expiries = pgTable(
  "expiries",
  {
    eventId: text("event_id").primaryKey(),
    cameraId: text("camera_id").notNull(),
    /** False until the event itself is known: its end may be told first. */
    known: boolean("known").notNull(),
    objectsDeleted: boolean("objects_deleted").notNull(),
  },
  (table) => [index("expiries_pending").on(table.eventId).where(sql`known AND NOT objects_deleted`)],
);

/** Ranges that are kept whatever the limits say. */
export const locks = pgTable(
  "locks",
  {
    cameraId: text("camera_id").notNull(),
    lockId: text("lock_id").notNull(),
    /** Null until `FootageLocked` is known. */
    startMs: ms("start_ms"),
    endMs: ms("end_ms"),
    reason: text("reason"),
    /** Null: until it is unlocked. */
    untilMs: ms("until_ms"),
    unlocked: boolean("unlocked").notNull(),
  },
  (table) => [primaryKey({ columns: [table.cameraId, table.lockId] })],
);

/** Each `FootageExported`: what left the system as a file. */
export const exports = pgTable(
  "exports",
  {
    eventId: text("event_id").primaryKey(),
    cameraId: text("camera_id").notNull(),
    exportId: text("export_id").notNull(),
    /** The range that was asked for. */
    startMs: ms("start_ms").notNull(),
    endMs: ms("end_ms").notNull(),
    exportedMs: ms("exported_ms").notNull(),
    /** Null where nobody had to sign in. */
    exportedBy: text("exported_by"),
    format: text("format").$type<ExportFormat>().notNull(),
    /** Null where the length of the file was not known when it began to go. */
    bytes: ms("bytes"),
    /** The share by whose link it went out. */
    shareId: text("share_id"),
  },
  (table) => [index("exports_start").on(table.cameraId, table.startMs)],
);

/** Ranges that may be watched by whoever has a link. */
export const shares = pgTable(
  "shares",
  {
    shareId: text("share_id").primaryKey(),
    cameraId: text("camera_id").notNull(),
    /** Null, as all down to the note, until `FootageShared` is known. */
    startMs: ms("start_ms"),
    endMs: ms("end_ms"),
    expiresMs: ms("expires_ms"),
    sharedMs: ms("shared_ms"),
    sharedBy: text("shared_by"),
    download: boolean("download"),
    password: boolean("password"),
    note: text("note"),
    /** Null while it is not revoked. */
    revokedMs: ms("revoked_ms"),
    revokedBy: text("revoked_by"),
    /** How often it was opened, and when last. */
    opened: integer("opened").notNull().default(0),
    openedMs: ms("opened_ms"),
  },
  (table) => [index("shares_shared").on(table.cameraId, table.sharedMs)],
);

/**
 * What opens a share: hashes of the link's secret and of the password, and how often that was tried. No projection: the
 * log must not hold what could be used to guess a password, so a database that is built anew from it has shares that
 * nobody can open any more.
 */
export const shareSecrets = pgTable("share_secrets", {
  shareId: text("share_id").primaryKey(),
  /** Of the link's secret (secrets.ts). */
  secretHash: text("secret_hash").notNull(),
  /** `scrypt$…` (share_password.ts); null where none is asked for. */
  passwordHash: text("password_hash"),
});

/**
 * How far those who follow the log have come: no projection, and nothing of the log's truth. The row `archive`: all up
 * to and including it is in the archive in the store (archive_log.ts). The row `restore` is no cursor but the mark of a
 * restore that has not come to its end (restore_log.ts).
 */
export const cursors = pgTable("cursors", {
  name: text("name").primaryKey(),
  transactionId: xid8("transaction_id").notNull(),
  position: bigint("position", { mode: "number" }).notNull(),
});

/** Which version of the projections the tables hold (projections.ts); one row. */
export const projectionState = pgTable("projection_state", { version: integer("version").notNull() });
