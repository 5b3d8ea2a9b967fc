/**
 * Playing faster than a decoder likes: above {@link FASTEST_WHOLE} only keyframes are shown, each at the moment at
 * which playing would come to it. A fragment begins with a keyframe, so the pictures are the first of each fragment;
 * where they come faster than they can be shown, some are left out, and time goes on. Pure; fast_play.ts drives it.
 */
import type { PlacedFragment } from "./position.ts";

/** The highest speed at which every frame is shown. */
export const FASTEST_WHOLE = 4;

/** Into the keyframe by this much, s: a place that is rounded down would show the frame before it. */
export const INTO_S = 0.005;

/** Where fast playing began, on the element's timeline (s), and when (ms). */
export type Anchor = { timeS: number; atMs: number };

export type FastStep =
  /** Show this place of the element's timeline, s. */
  { kind: "show"; timeS: number } | { kind: "wait" } | { kind: "end" };

/** What to show at `atMs`, when the picture at `currentS` is on the screen and nothing is on its way. */
export function fastStep(
  fragments: readonly PlacedFragment[],
  { anchor, rate, atMs, currentS }: { anchor: Anchor; rate: number; atMs: number; currentS: number },
): FastStep {
  const last = fragments.at(-1);
  if (!last) return { kind: "wait" };
  const dueS = anchor.timeS + ((atMs - anchor.atMs) / 1000) * rate;
  if (dueS >= last.start + last.duration) return { kind: "end" };
  let due: PlacedFragment | undefined;
  for (const fragment of fragments) {
    if (fragment.start > dueS) break;
    due = fragment;
  }
  const timeS = due ? due.start + INTO_S : 0;
  return due && timeS > currentS + INTO_S ? { kind: "show", timeS } : { kind: "wait" };
}
