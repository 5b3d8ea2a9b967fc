/**
 * The fragments of a camera that are shown, one after the other, for clips and snapshots: by the rule of playlists where
 * runs overlap (overlaps.ts), and with what goes on from what.
 *
 * How long a segment's last picture lasts is an estimate until the next segment is known: where that goes on, the
 * fragment lasts until it begins. A camera that sends nothing for up to {@link BRIDGE_MS} has not broken off: its last
 * picture stands for so long.
 */
import { hasOverlaps, type Span, withoutOverlaps } from "./overlaps.ts";
import { ticksBetween } from "./pes.ts";
import type { PlaylistSegment } from "./playlist_items.ts";
import { BRIDGE_MS } from "./segment.ts";
import { canFollow } from "./ts_fragment_index.ts";

/** Times on the wall clock are not whole milliseconds. */
export type ShownFragment = Span & {
  segment: PlaylistSegment;
  /** Its place in the segment's object, and the length of its keyframe there; 0 when that is not known. */
  offset: number;
  bytes: number;
  keyframeBytes: number;
  durationTicks: number;
  /** Whether it was recorded after the one before without a break. */
  goesOn: boolean;
};

/** `segments`: sorted by their start, perhaps of several runs. */
export function shownFragments(segments: readonly PlaylistSegment[]): ShownFragment[] {
  const known = new Map(segments.map((segment) => [idOf(segment), segment]));
  const joined = segments.map((segment) =>
    untilNext(segment, known.get(idOf({ ...segment, sequence: segment.sequence + 1 }))),
  );
  const split = joined.flatMap(fragmentsOf);
  const shown = hasOverlaps(joined) ? withoutOverlaps(split.sort((a, b) => a.startMs - b.startMs)) : split;
  return shown.map((fragment, index) => ({ ...fragment, goesOn: follows(shown[index - 1], fragment) }));
}

const idOf = ({ runId, sequence }: Pick<PlaylistSegment, "runId" | "sequence">) => `${runId}/${sequence}`;

function untilNext(segment: PlaylistSegment, next: PlaylistSegment | undefined): PlaylistSegment {
  const last = segment.fragments.at(-1);
  if (!next || !last || !goesOn(segment, next)) return segment;
  const hole = ticksBetween(segment.startTicks + segment.mediaDurationTicks, next.startTicks);
  const durationTicks = Math.max(1, last.durationTicks + hole);
  return {
    ...segment,
    endMs: Math.max(segment.startMs + 1, next.startMs),
    mediaDurationTicks: segment.mediaDurationTicks + durationTicks - last.durationTicks,
    fragments: [...segment.fragments.slice(0, -1), { ...last, durationTicks }],
  };
}

/** Whether `next`, which is the next of its run, was recorded after `segment` without a break. */
function goesOn(segment: PlaylistSegment, next: PlaylistSegment): boolean {
  if (next.startMs > segment.endMs + BRIDGE_MS) return false;
  return canFollow(segment.startTicks + segment.mediaDurationTicks, next.startTicks);
}

function fragmentsOf(segment: PlaylistSegment): Omit<ShownFragment, "goesOn">[] {
  const { runId, beganMs, startMs, endMs, mediaDurationTicks, fragments } = segment;
  const msPerTick = (endMs - startMs) / mediaDurationTicks;
  let [offset, ticks] = [0, 0];
  return fragments.map(({ bytes, durationTicks, keyframeBytes }) => {
    const times = {
      startMs: startMs + ticks * msPerTick,
      endMs: startMs + (ticks + durationTicks) * msPerTick,
    };
    const fragment = { runId, beganMs, ...times, segment, offset, bytes, keyframeBytes, durationTicks };
    offset += bytes;
    ticks += durationTicks;
    return fragment;
  });
}

type Unlinked = Omit<ShownFragment, "goesOn">;

function follows(before: Unlinked | undefined, fragment: Unlinked): boolean {
  if (!before) return false;
  const [from, to] = [before.segment, fragment.segment];
  const endsAt = before.offset + before.bytes;
  if (from === to) return endsAt === fragment.offset;
  const isNext = from.runId === to.runId && from.sequence + 1 === to.sequence;
  return isNext && endsAt === from.bytes && fragment.offset === 0 && goesOn(from, to);
}
