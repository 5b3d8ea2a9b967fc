/**
 * The tables. `events` is the truth; all others are projections that can be dropped and rebuilt from it to the
 * same rows. Times are integer milliseconds since the epoch, UTC (`_ms`), media durations are 90 kHz ticks.
 */

import type { GapCause, RunEndReason } from "@rokuga/media/events.ts";
import type { Tracks } from "@rokuga/media/segment.ts";
import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
} from "drizzle-orm/pg-core";

/** Milliseconds and ticks fit in a JavaScript number for 285,000 years. */
const ms = (name: string) => bigint(name, { mode: "number" });
const xid8 = customType<{ data: string }>({ dataType: () => "xid8" });

export const events = pgTable(
  "events",
  {
    position: bigserial("position", { mode: "number" }).primaryKey(),
    /** What happened, as a function of what happened: a repeat is refused by this. */
    eventId: text("event_id").notNull(),
    /** `camera/<id>` or `site/<id>`. */
    stream: text("stream").notNull(),
    type: text("type").notNull(),
    version: integer("version").notNull(),
    data: jsonb("data").notNull(),
    occurredAt: timestamp("occurred_at", { withTimezone: true }).notNull(),
    recordedAt: timestamp("recorded_at", { withTimezone: true }).notNull().default(sql`clock_timestamp()`),
    /** Order of position is not order of commit: readers stop below the oldest transaction still open. */
    transactionId: xid8("transaction_id").notNull().default(sql`pg_current_xact_id()`),
  },
  (table) => [
    unique("events_event_id").on(table.eventId),
    index("events_stream").on(table.stream, table.position),
  ],
);

export const sites = pgTable("sites", {
  siteId: text("site_id").primaryKey(),
  name: text("name").notNull(),
  /** When the name was given: of two, the later one holds. */
  nameAtMs: ms("name_at_ms").notNull(),
});

export const cameras = pgTable("cameras", {
  cameraId: text("camera_id").primaryKey(),
  /** Null until `CameraRegistered` is known: events may arrive in any order. */
  siteId: text("site_id"),
  name: text("name"),
  /** When the name was given: of two, the later one holds. */
  nameAtMs: ms("name_at_ms"),
  registeredMs: ms("registered_ms"),
  retired: boolean("retired").notNull().default(false),
  /** Latest `occurred_at` of the camera's events. */
  lastHeardMs: ms("last_heard_ms").notNull(),
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
  },
  (table) => [
    primaryKey({ columns: [table.cameraId, table.runId] }),
    index("runs_start").on(table.cameraId, table.startMs),
  ],
);

export const segments = pgTable(
  "segments",
  {
    cameraId: text("camera_id").notNull(),
    runId: text("run_id").notNull(),
    sequence: integer("sequence").notNull(),
    firstFragment: integer("first_fragment").notNull(),
    startMs: ms("start_ms").notNull(),
    /** `start_ms` plus the wall duration. */
    endMs: ms("end_ms").notNull(),
    startTicks: ms("start_ticks").notNull(),
    mediaDurationTicks: ms("media_duration_ticks").notNull(),
    bytes: integer("bytes").notNull(),
    key: text("key").notNull(),
    sha256: text("sha256").notNull(),
    tracks: jsonb("tracks").$type<Tracks>().notNull(),
    /** The fragment index, one element per fragment: length in bytes, duration in ticks, length of its keyframe in bytes. */
    fragmentBytes: integer("fragment_bytes").array().notNull(),
    fragmentTicks: integer("fragment_ticks").array().notNull(),
    keyframeBytes: integer("keyframe_bytes").array().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.cameraId, table.runId, table.sequence] }),
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

/** Segments that are lost, with the cause. Coverage is stronger: what was stored after all is no gap. */
export const gaps = pgTable(
  "gaps",
  {
    cameraId: text("camera_id").notNull(),
    runId: text("run_id").notNull(),
    sequence: integer("sequence").notNull(),
    startMs: ms("start_ms").notNull(),
    endMs: ms("end_ms").notNull(),
    cause: text("cause").$type<GapCause>().notNull(),
    detail: text("detail").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.cameraId, table.runId, table.sequence] }),
    index("gaps_start").on(table.cameraId, table.startMs),
  ],
);
