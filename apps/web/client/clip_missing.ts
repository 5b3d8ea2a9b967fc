/** What a clip lacks, by cause. Pure. */
import type { CausedGap } from "@rokuga/media/api.ts";
import type { GapCause } from "@rokuga/media/gap_cause.ts";

/** Less than a second is the rest of a picture, not something that is missing. */
const LEAST_MS = 1_000;

/** How long the gaps of each cause last together, the longest first. */
export function sumByCause(gaps: readonly CausedGap[]): { cause: GapCause; totalMs: number }[] {
  const totals = new Map<GapCause, number>();
  for (const { cause, startMs, endMs } of gaps) totals.set(cause, (totals.get(cause) ?? 0) + endMs - startMs);
  return [...totals]
    .map(([cause, totalMs]) => ({ cause, totalMs }))
    .filter(({ totalMs }) => totalMs >= LEAST_MS)
    .sort((a, b) => b.totalMs - a.totalMs);
}
