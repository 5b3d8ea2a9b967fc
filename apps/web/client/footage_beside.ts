/** Where the cameras beside the leading one have footage: asked exactly for an hour, and further off when there is none. */
import type { TimeRange } from "@rokuga/media/api.ts";
import { stretchFrom } from "./gap_plan.ts";
import type { Guide } from "./guide.ts";
import { HOUR_MS } from "./zone.ts";

export type BesideQuestion = {
  cameraIds: readonly string[];
  /** From where, and up to where, ms. */
  ms: number;
  endMs: number;
};

/** The first stretch in which any of the cameras has footage; null when there is none. Rejects when `signal` aborts. */
export async function footageBeside(
  guide: Pick<Guide, "coverage" | "footageAfter">,
  { cameraIds, ms, endMs }: BesideQuestion,
  signal: AbortSignal,
): Promise<TimeRange | null> {
  if (ms >= endMs) return null;
  const reachMs = Math.min(endMs, ms + HOUR_MS);
  const answers = await Promise.all(
    cameraIds.map((cameraId) => guide.coverage({ cameraId, range: { startMs: ms, endMs: reachMs } }, signal)),
  );
  // A camera that cannot be asked about holds up nobody.
  const near = stretchFrom(
    answers.map((answer) => (answer.ok ? answer.value : [])),
    ms,
  );
  if (near) return near.startMs < endMs ? { ...near, endMs: Math.min(near.endMs, endMs) } : null;
  if (reachMs >= endMs) return null;
  const later = await Promise.all(
    cameraIds.map((cameraId) => guide.footageAfter({ cameraId, ms: reachMs }, signal)),
  );
  const starts = later.flatMap((answer) => (answer.ok && answer.value !== null ? [answer.value] : []));
  return starts.length === 0
    ? null
    : await footageBeside(guide, { cameraIds, ms: Math.min(...starts), endMs }, signal);
}
