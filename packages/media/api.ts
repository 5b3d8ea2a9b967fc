/**
 * What the API routes answer in JSON, as schemas: the page reads them, the routes are checked against them.
 * All times are integer milliseconds since the epoch, UTC; ranges are half-open, `[startMs, endMs)`.
 */
import { z } from "zod";
import { GapCause } from "./gap_cause.ts";
import { CameraId, SiteId } from "./ids.ts";
import { Tracks } from "./segment.ts";

export const TimeRange = z.strictObject({ startMs: z.int(), endMs: z.int() });
export type TimeRange = z.infer<typeof TimeRange>;

export const CausedGap = TimeRange.extend({ cause: GapCause });
export type CausedGap = z.infer<typeof CausedGap>;

export const CameraView = z.strictObject({
  id: CameraId,
  name: z.string(),
  siteId: SiteId,
  /** `recording`: a run is open and the site is heard. `waiting`: a run is open and the site is silent. `offline`: no run is open. */
  state: z.enum(["recording", "waiting", "offline"]),
  /** Since when it is in that state; null when it has never recorded. */
  sinceMs: z.int().nullable(),
  /** First and last playable moment; null without footage. */
  firstMs: z.int().nullable(),
  lastMs: z.int().nullable(),
  tracks: Tracks.nullable(),
  /** What the site last said it holds and has not stored yet; null when it has said nothing, or nothing waits. */
  backlog: z
    .strictObject({ reportedMs: z.int(), segments: z.int(), bytes: z.int(), oldestMs: z.int() })
    .nullable(),
});
export type CameraView = z.infer<typeof CameraView>;

/** `GET /api/cameras` */
export const CamerasAnswer = z.strictObject({ nowMs: z.int(), cameras: z.array(CameraView) });
export type CamerasAnswer = z.infer<typeof CamerasAnswer>;

/** `GET /api/cameras/{id}/timeline?from&to&resolution` */
export const TimelineAnswer = z.strictObject({
  cameraId: CameraId,
  nowMs: z.int(),
  startMs: z.int(),
  endMs: z.int(),
  /** Sorted, disjoint, clipped to the asked range. */
  coverage: z.array(TimeRange),
  /** What coverage leaves open between the camera's first moment and now: sorted, disjoint, each with a cause. */
  gaps: z.array(CausedGap),
});
export type TimelineAnswer = z.infer<typeof TimelineAnswer>;

/** How much of a camera's day can be played. */
export const CameraDay = z.strictObject({
  /** The calendar day in the asked zone, `2026-01-31`, and when it begins and ends (23 or 25 h when clocks change). */
  day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  startMs: z.int(),
  endMs: z.int(),
  /** The part of the day in the camera's life so far: what could have been recorded, ms. */
  expectedMs: z.int().min(0),
  /** What can be played, ms. */
  coveredMs: z.int().min(0),
  /** `coveredMs` ÷ `expectedMs`, 0 to 1; null for a day outside the camera's life. */
  completeness: z.number().min(0).max(1).nullable(),
  /** What is missing, by cause, ms. Causes without a gap are left out. */
  missingMs: z.partialRecord(GapCause, z.int().positive()),
});
export type CameraDay = z.infer<typeof CameraDay>;

/** `GET /api/cameras/{id}/completeness?from&to&zone` */
export const CompletenessAnswer = z.strictObject({
  cameraId: CameraId,
  nowMs: z.int(),
  days: z.array(CameraDay),
});
export type CompletenessAnswer = z.infer<typeof CompletenessAnswer>;

/** RFC 9457 problem details: every error of the API. */
export const Problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** One sentence: what could not be done, why, what to do. */
  detail: z.string(),
  /** For a range without footage: the nearest playable range. */
  nearest: TimeRange.optional(),
});
export type Problem = z.infer<typeof Problem>;

/** `GET /api/setup` */
export const SetupAnswer = z.strictObject({
  /** The set-up page of the relay beside this app, with its key behind the `#`. */
  url: z.url().nullable(),
});
export type SetupAnswer = z.infer<typeof SetupAnswer>;
