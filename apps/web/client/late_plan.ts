/**
 * When footage that arrives late is taken up by a player that has the playlist already. A list that was loaded
 * before an outage was filled in has a hole there. Shortly before the playhead comes to a hole the timeline is
 * asked, and if it can be played by now, the list is loaded again at the hole's edge: not earlier, because to load
 * again stops the picture for a moment, and not for nothing. Pure decisions; late_footage.ts carries them out.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { PlacedFragment } from "./position.ts";
import { SECOND_MS } from "./zone.ts";

/** How long before a hole is reached it is asked for, ms of the viewer's time. */
const AHEAD_MS = 10 * SECOND_MS;
/** How often it is asked again: more may arrive while the playhead comes near, ms of the viewer's time. */
const AGAIN_MS = 3 * SECOND_MS;
/** The playhead is looked at ten times a second: the last look before the hole is at most this early. */
const EDGE_MS = 150;
/** Less than this is rounding, or not worth a stop, ms. */
const LEAST_MS = 500;

/** What the timeline last said of a range, at `atMs` of a clock that does not jump. */
export type Known = { range: TimeRange; coverage: readonly TimeRange[]; atMs: number };

/** The hole that the list was last loaded again for, and how much of it could be played then, ms. */
export type Taken = { startMs: number; coveredMs: number };

export type LateQuestion = {
  fragments: readonly PlacedFragment[];
  /** The moment on the screen, and the one before it since the playhead last jumped, ms. */
  shownMs: number;
  beforeMs: number | null;
  rate: number;
  /** Of the same clock as {@link Known}. */
  atMs: number;
  known: Known | null;
  taken: Taken | null;
};

export type LateStep =
  /** Ask what of the range can be played. */
  | { kind: "ask"; range: TimeRange }
  /** Load again at this moment. */
  | { kind: "load"; ms: number; taken: Taken }
  | null;

/** What to do as the playhead goes on. */
export function lateStep({ fragments, shownMs, beforeMs, ...question }: LateQuestion): LateStep {
  const { rate, atMs, known, taken } = question;
  const speed = Math.max(1, rate);
  // A hole that was passed since the last look counts too: a busy browser looks late.
  const fromMs = Math.min(beforeMs ?? shownMs, shownMs);
  const near = holes(fragments, { startMs: fromMs, endMs: shownMs + AHEAD_MS * speed });
  const next = near[0];
  if (!next) return null;
  for (const hole of near) {
    if (hole.startMs - shownMs > EDGE_MS * speed) break;
    const coveredMs = coveredIn(hole, known);
    const before = taken?.startMs === hole.startMs ? taken.coveredMs : 0;
    if (coveredMs - before < LEAST_MS) continue;
    return {
      kind: "load",
      ms: Math.min(shownMs, hole.startMs),
      taken: { startMs: hole.startMs, coveredMs },
    };
  }
  const fresh = known !== null && atMs - known.atMs < AGAIN_MS && contains(known.range, next);
  return fresh ? null : { kind: "ask", range: { startMs: next.startMs, endMs: near.at(-1)!.endMs } };
}

/** Whether a hole between two moments of the list can be played by now, as far as the timeline was asked. */
export function lateBetween(
  fragments: readonly PlacedFragment[],
  { range, known }: { range: TimeRange; known: Known | null },
): boolean {
  return holes(fragments, range).some((hole) => coveredIn(hole, known) >= LEAST_MS);
}

/** The holes of a list that begin in a range, ms. */
export function holes(fragments: readonly PlacedFragment[], { startMs, endMs }: TimeRange): TimeRange[] {
  const found: TimeRange[] = [];
  for (const [index, { programDateTime, duration }] of fragments.entries()) {
    const nextMs = fragments[index + 1]?.programDateTime;
    if (programDateTime === null || nextMs == null) continue;
    const hole = { startMs: Math.ceil(programDateTime + duration * 1000), endMs: nextMs };
    if (hole.endMs - hole.startMs < LEAST_MS || hole.startMs < startMs) continue;
    if (hole.startMs > endMs) break;
    found.push(hole);
  }
  return found;
}

function coveredIn(hole: TimeRange, known: Known | null): number {
  let ms = 0;
  for (const range of known?.coverage ?? [])
    ms += Math.max(0, Math.min(range.endMs, hole.endMs) - Math.max(range.startMs, hole.startMs));
  return ms;
}

function contains(outer: TimeRange, inner: TimeRange): boolean {
  return outer.startMs <= inner.startMs && outer.endMs >= inner.endMs;
}
