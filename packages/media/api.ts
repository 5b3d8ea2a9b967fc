/**
 * What the API routes answer in JSON, as schemas: the page reads them, the routes are checked against them.
 * All times are integer milliseconds since the epoch, UTC; ranges are half-open, `[startMs, endMs)`.
 */
import { z } from "zod";
import { GapCause } from "./events.ts";
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
  /** `recording`: a run is open and its segments arrive. `offline`: no run. `waiting`: a run is open, nothing arrives. */
  state: z.enum(["recording", "waiting", "offline"]),
  /** Since when it is in that state; null when it has never recorded. */
  sinceMs: z.int().nullable(),
  /** First and last playable moment; null without footage. */
  firstMs: z.int().nullable(),
  lastMs: z.int().nullable(),
  tracks: Tracks.nullable(),
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
