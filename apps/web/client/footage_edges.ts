/**
 * Where the next or the previous stretch of footage begins, over the gap that lies between: what the buttons for it
 * go to. Looks near by exactly and far off coarsely; a gap that is short for its distance is passed over.
 */
import type { TimelineAnswer } from "@rokuga/media/api.ts";
import { getTimeline } from "./api.ts";
import type { Answer } from "./http.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "./zone.ts";

export type EdgeQuestion = {
  cameraId: string;
  ms: number;
  direction: 1 | -1;
  /** The camera's first footage, and now, ms. */
  firstMs: number;
  nowMs: number;
};

/** Shortly after the beginning of a stretch the button back goes to the one before, as people know it, ms. */
const JUST_BEGUN_MS = 3 * SECOND_MS;
const REACHES_MS = [HOUR_MS, DAY_MS, 30 * DAY_MS];
/** Shares of the reach that are drawn as one. */
const RESOLUTION = 3_600;

/** The beginning that the answer knows, ms, or null. */
export function edgeIn(
  answer: TimelineAnswer,
  { ms, direction, firstMs }: Pick<EdgeQuestion, "ms" | "direction" | "firstMs">,
): number | null {
  const starts = answer.coverage
    .map(({ startMs }) => startMs)
    // What is cut off at the edge of the answer began earlier.
    .filter((startMs) => startMs > answer.startMs || startMs <= firstMs);
  if (direction === 1) return starts.find((startMs) => startMs > ms) ?? null;
  return starts.findLast((startMs) => startMs < ms - JUST_BEGUN_MS) ?? null;
}

/** Asks the timeline, further and further off. The value is null when there is no more in that direction. */
export async function findEdge(question: EdgeQuestion, signal: AbortSignal): Promise<Answer<number | null>> {
  const { cameraId, ms, direction, firstMs, nowMs } = question;
  const mostMs = direction === 1 ? nowMs - ms : ms - firstMs + SECOND_MS;
  const reaches = [...REACHES_MS.filter((reachMs) => reachMs < mostMs), mostMs];
  for (const reachMs of reaches) {
    if (reachMs <= 0) break;
    const range =
      direction === 1 ? { startMs: ms, endMs: ms + reachMs } : { startMs: ms - reachMs, endMs: ms };
    const answer = await getTimeline({ cameraId, range, resolutionMs: reachMs / RESOLUTION }, signal);
    if (!answer.ok) return answer;
    const value = edgeIn(answer.value, { ms, direction, firstMs });
    if (value !== null) return { ...answer, value };
  }
  return { ok: true, value: null, sentAtMs: Date.now(), receivedAtMs: Date.now() };
}
