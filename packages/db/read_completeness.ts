/** How much of each day of a camera can be played, and what is missing for which cause. */

import type { CameraDay, CausedGap, TimeRange } from "@rokuga/media/api.ts";
import { causedGaps, clip } from "@rokuga/media/coverage.ts";
import { type CalendarDay, calendarDays } from "./calendar.ts";
import type { Database } from "./connect.ts";
import { type CameraEvidence, readEvidence } from "./read_evidence.ts";

export type CompletenessQuery = {
  cameraIds: readonly string[];
  /** All calendar days that overlap it are given, whole. */
  range: TimeRange;
  /** IANA name of the zone that days are of. */
  zone?: string;
  nowMs: number;
};

/**
 * The days of each of the cameras that are known, by camera id. For every day `coveredMs` and all of `missingMs` make
 * up `expectedMs`. Throws a RangeError for a zone that Intl does not know.
 */
export async function readCompleteness(
  database: Database,
  { cameraIds, range, zone = "UTC", nowMs }: CompletenessQuery,
): Promise<Map<string, CameraDay[]>> {
  const days = calendarDays(range, zone);
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return new Map(cameraIds.map((cameraId) => [cameraId, []]));
  const whole = { startMs: first.startMs, endMs: last.endMs };
  const cameras = await readEvidence(database, { cameraIds, range: whole, nowMs });
  return new Map(cameras.map((camera) => [camera.cameraId, completenessOf(camera, days)]));
}

/** `days`: in order, following each other, all that the evidence is of. */
export function completenessOf(
  { life, evidence }: CameraEvidence,
  days: readonly CalendarDay[],
): CameraDay[] {
  const whole = { startMs: days[0]!.startMs, endMs: days.at(-1)!.endMs };
  const window = life && clip([life], whole)[0];
  if (!window) return days.map((day) => outOf(day, { expectedMs: 0, coveredMs: 0, missing: [] }));
  const covered = perDay(clip(evidence.coverage, window), days);
  const missing = perDay(causedGaps(window, evidence), days);
  return days.map((day, index) =>
    outOf(day, {
      expectedMs: lengthOf(clip([window], day)),
      coveredMs: lengthOf(covered[index]!),
      missing: missing[index]!,
    }),
  );
}

function outOf(
  { day, startMs, endMs }: CalendarDay,
  { expectedMs, coveredMs, missing }: { expectedMs: number; coveredMs: number; missing: CausedGap[] },
): CameraDay {
  const missingMs: CameraDay["missingMs"] = {};
  for (const gap of missing) {
    missingMs[gap.cause] = (missingMs[gap.cause] ?? 0) + gap.endMs - gap.startMs;
  }
  const completeness = expectedMs === 0 ? null : coveredMs / expectedMs;
  return { day, startMs, endMs, expectedMs, coveredMs, completeness, missingMs };
}

const lengthOf = (ranges: readonly TimeRange[]) =>
  ranges.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);

/** The parts of `ranges` (sorted, disjoint) in each day, in one pass. */
function perDay<R extends TimeRange>(ranges: readonly R[], days: readonly TimeRange[]): R[][] {
  let index = 0;
  return days.map((day) => {
    const parts: R[] = [];
    for (; index < ranges.length && ranges[index]!.startMs < day.endMs; index++) {
      parts.push(...clip([ranges[index]!], day));
      // It may reach into the next day.
      if (ranges[index]!.endMs > day.endMs) break;
    }
    return parts;
  });
}
