/** Coverage and caused gaps of a camera in a range: what the timeline draws. */

import type { CausedGap, TimeRange } from "@rokuga/media/api.ts";
import { causedGaps, clip, union } from "@rokuga/media/coverage.ts";
import type { Database } from "./connect.ts";
import { readEvidence } from "./read_evidence.ts";

export type Timeline = { coverage: TimeRange[]; gaps: CausedGap[] };

/**
 * The timeline of `range`, with ranges closer than `resolutionMs` drawn as one. Gaps are stated for the camera's
 * life only: from its registration or first footage to `nowMs`, or to when it was retired.
 */
export async function readTimeline(
  database: Database,
  {
    cameraId,
    range,
    resolutionMs,
    nowMs,
  }: { cameraId: string; range: TimeRange; resolutionMs: number; nowMs: number },
): Promise<Timeline> {
  const [camera] = await readEvidence(database, { cameraIds: [cameraId], range, nowMs });
  if (!camera) return { coverage: [], gaps: [] };
  const window = camera.life && clip([camera.life], range)[0];
  const gaps = window ? causedGaps(window, camera.evidence) : [];
  return {
    coverage: union(camera.evidence.coverage, resolutionMs),
    // A gap narrower than a pixel would be drawn over the coverage that was joined across it.
    gaps: gaps.filter((gap) => gap.endMs - gap.startMs > resolutionMs),
  };
}
