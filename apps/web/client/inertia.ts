/**
 * How a panned timeline glides on after it was let go: how fast the pointer was, and how far it has gone since. Pure.
 * Distances are of any unit; times are ms.
 */

export type Sample = { at: number; ms: number };

/** Only what the pointer did last counts, ms: who stops and then lets go wants it to stay. */
const RECENT_MS = 90;
/** A glide comes to 63 % of its way within this, ms. */
const FADE_MS = 325;
/** Slower than this part of the first speed it stands still. */
const STILL = 0.02;

/** The speed at the end of a drag, per ms; 0 where the pointer stood still before it was let go. */
export function releaseSpeed(samples: readonly Sample[], releasedMs: number): number {
  const recent = samples.filter(({ ms }) => releasedMs - ms <= RECENT_MS);
  const [first, last] = [recent[0], recent.at(-1)];
  if (!first || !last || last.ms === first.ms) return 0;
  return (last.at - first.at) / (releasedMs - first.ms);
}

/** How far a glide of a first speed has come after `elapsedMs`. */
export function glided(speed: number, elapsedMs: number): number {
  return speed * FADE_MS * (1 - Math.exp(-elapsedMs / FADE_MS));
}

/** Whether a glide has come to rest. */
export function isStill(elapsedMs: number): boolean {
  return Math.exp(-elapsedMs / FADE_MS) < STILL;
}
