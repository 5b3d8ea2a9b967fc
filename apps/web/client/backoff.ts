/**
 * How long to wait before trying again. Pure: the caller owns the timer and says so to the viewer.
 */

const FIRST_MS = 1_000;
const MOST_MS = 15_000;

/** The pause before attempt `attempt + 1`, ms: 1, 2, 4, 8, then 15 seconds. `attempt` counts from 1. */
export function backoffMs(attempt: number): number {
  return Math.min(FIRST_MS * 2 ** (attempt - 1), MOST_MS);
}
