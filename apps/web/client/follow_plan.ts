/**
 * How a tile of the grid keeps in step with the camera that leads: by its speed while it is a little off, by a seek when
 * it is far off. A tile without footage at the moment waits at its next footage until the lead comes there. Pure
 * decisions; follower.ts carries them out.
 */
import { FASTEST_WHOLE } from "./fast_plan.ts";
import type { Phase } from "./player_state.ts";
import type { At } from "./windows.ts";
import { SECOND_MS } from "./zone.ts";

/** Where the lead is: the moment of its picture, ms, and how it goes on. */
export type Lead = { ms: number; playing: boolean; rate: number; live: boolean };

export type Follower = {
  phase: Phase["kind"];
  /** The moment of its picture, ms; null while it seeks. */
  ms: number | null;
  paused: boolean;
  /** The moment that it was last sent to, ms, and how long ago. */
  askedMs: number | null;
  askedAgoMs: number;
  /** Its last footage as far as is known, ms. */
  lastMs: number | null;
};

export type FollowStep =
  | { kind: "wait" }
  | { kind: "open"; at: At }
  /** Go there inside of what is loaded, or load it; to the keyframe before it when only keyframes are shown. */
  | { kind: "seek"; ms: number; keyframe: boolean }
  /** It is ahead: stand still until the lead is there. `gap`: because it has no footage here. */
  | { kind: "hold"; gap: boolean }
  | { kind: "pause" }
  /** Play at the lead's speed, times `nudge`. */
  | { kind: "play"; nudge: number };

/** Less than this is in step, ms: half a frame of most cameras. */
const IN_STEP_MS = 20;
/** Further off than this it is sent there at once, ms. */
const FAR_MS = 300;
/** Further ahead than this is a gap, not haste, ms. */
const GAP_MS = 1_500;
/** By how much the speed may differ: more is seen in the picture. */
const MOST_NUDGE = 0.15;
/** What a seek takes, ms: the lead goes on meanwhile. */
const SEEK_MS = 80;
/** A seek is given this long before the next one, ms. */
const PATIENCE_MS = 700;
/** While it loads, the lead goes on; a viewer who jumped is further away than this, ms. */
const ELSEWHERE_MS = 15 * SECOND_MS;
/** How often a camera that had nothing is asked again when it has footage by now, ms. */
const AGAIN_MS = 5 * SECOND_MS;

/** What the tile has to do for the lead. */
export function followStep(lead: Lead, tile: Follower): FollowStep {
  const open: FollowStep = { kind: "open", at: openingAt(lead) };
  switch (tile.phase) {
    case "empty":
      return open;
    case "loading":
    case "retrying":
      return isElsewhere(lead, tile) ? open : { kind: "wait" };
    case "no-hls":
    case "unsupported":
      return { kind: "wait" };
    case "no-footage":
    case "no-live":
    case "end":
    case "broken": {
      const before = tile.askedMs !== null && lead.ms < tile.askedMs;
      const more = tile.lastMs !== null && tile.lastMs > lead.ms;
      return before || (more && tile.askedAgoMs > AGAIN_MS) ? open : { kind: "wait" };
    }
    case "ready":
      return readyStep(lead, tile);
    default:
      return tile.phase satisfies never;
  }
}

function readyStep(lead: Lead, { ms, paused, askedMs, askedAgoMs }: Follower): FollowStep {
  if (ms === null) return { kind: "wait" };
  const aheadMs = ms - lead.ms;
  // It was sent to the moment and went on to the next footage by itself.
  const inGap = aheadMs > GAP_MS && askedMs !== null && askedMs <= lead.ms;
  if (inGap) return { kind: "hold", gap: true };
  if (lead.rate > FASTEST_WHOLE) return { kind: "seek", ms: lead.ms, keyframe: true };
  if (!lead.playing) {
    if (!paused) return { kind: "pause" };
    const there = Math.abs(aheadMs) <= IN_STEP_MS || askedMs === lead.ms;
    return there ? { kind: "wait" } : { kind: "seek", ms: lead.ms, keyframe: false };
  }
  const far = Math.abs(aheadMs) > FAR_MS * Math.max(1, lead.rate);
  if (far && aheadMs > 0 && aheadMs <= GAP_MS) return { kind: "hold", gap: false };
  if (far && askedAgoMs > PATIENCE_MS)
    return { kind: "seek", ms: Math.round(lead.ms + SEEK_MS * lead.rate), keyframe: false };
  // One that stood still because it was ahead starts when the lead is there.
  if (paused && aheadMs > IN_STEP_MS) return { kind: "hold", gap: false };
  const nudge = Math.abs(aheadMs) <= IN_STEP_MS ? 0 : -aheadMs / (SECOND_MS * lead.rate);
  return { kind: "play", nudge: 1 + Math.max(-MOST_NUDGE, Math.min(MOST_NUDGE, nudge)) };
}

function isElsewhere(lead: Lead, { askedMs }: Follower): boolean {
  return askedMs === null || Math.abs(lead.ms - askedMs) > ELSEWHERE_MS * Math.max(1, lead.rate);
}

function openingAt({ ms, live }: Lead): At {
  return live ? { kind: "live", fromMs: ms } : { kind: "moment", ms };
}
