/** Why a camera has no footage of a moment, as the server knows it. */
import type { GapCause } from "@rokuga/media/gap_cause.ts";
import { getTimeline } from "./api.ts";
import { SECOND_MS } from "./zone.ts";

/** Null when no cause is known, and without an answer. */
export async function causeAt(
  { cameraId, ms }: { cameraId: string; ms: number },
  signal: AbortSignal,
): Promise<GapCause | null> {
  const startMs = Math.floor(ms);
  const question = { cameraId, range: { startMs, endMs: startMs + SECOND_MS }, resolutionMs: 1 };
  // It rejects only when it is aborted.
  const answer = await getTimeline(question, signal).catch(() => null);
  return answer?.ok ? (answer.value.gaps[0]?.cause ?? null) : null;
}
