/**
 * Locks on footage: ranges of a camera's time that are kept whatever its retention says. A lock stays where it was put:
 * it does not move with a run whose clock is corrected.
 */
import type { TimeRange } from "./api.ts";
import { union } from "./coverage.ts";
import type { EventData, NewEvent } from "./events.ts";

export type FootageLock = TimeRange & {
  lockId: string;
  /** Why, for people. */
  reason: string;
  /** When it ends by itself, ms; null: never. */
  untilMs: number | null;
  unlocked: boolean;
};

/** Whether a lock holds at a moment. */
export function isInForce({ unlocked, untilMs }: FootageLock, nowMs: number): boolean {
  return !unlocked && (untilMs === null || untilMs > nowMs);
}

/** The ranges that are kept at a moment: sorted and disjoint. */
export function lockedRanges(locks: readonly FootageLock[], nowMs: number): TimeRange[] {
  return union(locks.filter((lock) => isInForce(lock, nowMs)));
}

/** That a range is kept from now on. A lock is put once: another range, or another end, is another lock. */
export function footageLocked(data: EventData<"FootageLocked">, occurredAtMs: number): NewEvent {
  const eventId = `camera/${data.cameraId}/FootageLocked/${data.lockId}`;
  return { eventId, type: "FootageLocked", version: 1, occurredAtMs, data };
}

/** That a lock holds no longer, for good. */
export function footageUnlocked(data: EventData<"FootageUnlocked">, occurredAtMs: number): NewEvent {
  const eventId = `camera/${data.cameraId}/FootageUnlocked/${data.lockId}`;
  return { eventId, type: "FootageUnlocked", version: 1, occurredAtMs, data };
}
