/** What the routes of locks on footage take and answer in JSON, as schemas. Times are integer milliseconds since the epoch, UTC. */
import { z } from "zod";
import { TimeRange } from "./api.ts";
import { CameraId, LockId } from "./ids.ts";

/** A time of a request: ISO 8601 with an offset, or epoch milliseconds. */
export const RequestTime = z.union([z.string(), z.int()]);

export const LockView = TimeRange.extend({
  lockId: LockId,
  /** Why, for people. */
  reason: z.string(),
  /** When it ends by itself; null: not before it is unlocked. */
  untilMs: z.int().nullable(),
  /** Whether it keeps the range now: it was not unlocked, and has not ended. */
  inForce: z.boolean(),
});
export type LockView = z.infer<typeof LockView>;

/** `GET /api/cameras/{id}/locks?from&to`: locks that overlap the range, in force or not, in order of their start. */
export const LocksAnswer = z.strictObject({
  cameraId: CameraId,
  nowMs: z.int(),
  locks: z.array(LockView),
});
export type LocksAnswer = z.infer<typeof LocksAnswer>;

/** `POST /api/cameras/{id}/locks` */
export const LockRequest = z.strictObject({
  from: RequestTime,
  to: RequestTime,
  reason: z.string().trim().min(1).max(500),
  /** When the lock ends by itself. Left out or null: it holds until it is unlocked. */
  until: RequestTime.nullish(),
});
export type LockRequest = z.infer<typeof LockRequest>;
