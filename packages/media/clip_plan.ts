/**
 * What a clip of a range is made of: which bytes of which segments, and where each fragment of them stands in the
 * clip. Pure; reading the bytes and writing the file are others' (clip_muxer.ts).
 *
 * Clip time 0 is the asked beginning, or the first covered moment after it. What is before it in the first fragment
 * has a time below 0: it is in the file, because decoding begins at a keyframe, and is not shown. Footage that is
 * recorded without a break is a stretch; stretches follow each other without a hole, so that gaps take no time in a
 * clip.
 */
import type { TimeRange } from "./api.ts";
import { type ShownFragment, shownFragments } from "./clip_shown.ts";
import type { PlaylistSegment } from "./playlist_items.ts";
import { BRIDGE_MS, TICKS_PER_MS, type Tracks } from "./segment.ts";

/** A part of the wall clock, and of the clip, in ticks of 90 kHz. */
export type ClipSpan = TimeRange & { startTicks: number; endTicks: number };

/** A fragment of a segment: its bytes in the object, and the clip time of its first picture. */
export type ClipFragment = {
  offset: number;
  bytes: number;
  atTicks: number;
  /** Of its pictures none is needed. */
  soundOnly: boolean;
};

/** Fragments of one segment that follow each other; the span is what the clip shows of them, perhaps nothing. */
export type ClipPiece = ClipSpan & { segment: PlaylistSegment; fragments: ClipFragment[] };

/** Pieces that follow each other as they were recorded. */
export type ClipStretch = ClipSpan & { pieces: ClipPiece[] };

export type ClipPlan = {
  /** In the order of the clip, from 0 on, each one where the one before ends. */
  stretches: ClipStretch[];
  durationTicks: number;
  video: Tracks["video"];
  /** How many bytes have to be read. */
  bytes: number;
};

export type ClipPlanResult =
  | { ok: true; plan: ClipPlan }
  | { ok: false; reason: "no-footage" }
  /** From `atMs` on the picture has another size or codec, which one file cannot hold. */
  | { ok: false; reason: "changes"; atMs: number; from: Tracks["video"]; to: Tracks["video"] };

/** How far before and behind a range segments are to be given, ms: what goes on there says how long a picture stands. */
export const AROUND_MS = BRIDGE_MS;

/**
 * How far behind the end sound and late pictures may be stored, ticks. FFmpeg collects up to 2,930 bytes of sound in a
 * packet, at 64 kbit/s 0.37 s; pictures that are shown before their keyframe are stored after it.
 */
const TAIL_TICKS = 500 * TICKS_PER_MS;
/**
 * How much sound is wanted from before the beginning, ticks: a frame of it lasts up to 0.13 s (at 8 kHz), and is decoded
 * with the one before. It is stored in front of the keyframe.
 */
const HEAD_TICKS = 300 * TICKS_PER_MS;

/** With its place in the clip, and what of it is shown. */
type PlacedFragment = ShownFragment & { atTicks: number; soundOnly: boolean; shown: ClipSpan };

/** Plans the clip of a range. `segments`: those of the range and of {@link AROUND_MS} around it, sorted by their start. */
export function planClip(segments: readonly PlaylistSegment[], range: TimeRange): ClipPlanResult {
  const all = shownFragments(segments);
  const isInside = ({ startMs, endMs }: TimeRange) => endMs > range.startMs && startMs < range.endMs;
  const from = all.findIndex(isInside);
  if (from < 0) return { ok: false, reason: "no-footage" };
  const to = all.findLastIndex(isInside) + 1;
  const { video } = all[from]!.segment.tracks;
  const shown = all.flatMap((fragment, index) => {
    const goesOn = fragment.goesOn && isInside(all[index - 1]!);
    return isInside(fragment) ? [{ ...fragment, goesOn }] : [];
  });
  const other = shown.find(({ segment }) => !fitsBeside(segment.tracks.video, video));
  if (other) {
    const atMs = Math.max(range.startMs, Math.round(other.startMs));
    return { ok: false, reason: "changes", atMs, from: video, to: other.segment.tracks.video };
  }
  const placed = place(shown, range);
  const around = [
    ...head(all, { from, first: placed[0]! }),
    ...placed,
    ...tail(all, { to, last: placed.at(-1)! }),
  ];
  return { ok: true, plan: planOf(around, video) };
}

/** Whether one track can hold both: profiles and levels may differ, each sample says what it is decoded with. */
function fitsBeside(a: Tracks["video"], b: Tracks["video"]): boolean {
  const kindOf = ({ codec }: Tracks["video"]) => codec.split(".")[0];
  return kindOf(a) === kindOf(b) && a.width === b.width && a.height === b.height;
}

/** The asked beginning is at 0. Where nothing goes on, the first picture follows the last one that was shown. */
function place(fragments: readonly ShownFragment[], range: TimeRange): PlacedFragment[] {
  const placed: PlacedFragment[] = [];
  for (const fragment of fragments) {
    const { durationTicks } = fragment;
    const ticksPerMs = durationTicks / (fragment.endMs - fragment.startMs);
    const startMs = Math.max(range.startMs, fragment.startMs);
    const endMs = Math.min(range.endMs, fragment.endMs);
    const skipped = Math.round((startMs - fragment.startMs) * ticksPerMs);
    const last = placed.at(-1);
    const followsTicks = fragment.goesOn && last ? last.atTicks + last.durationTicks : last?.shown.endTicks;
    const atTicks = followsTicks ?? -skipped;
    const endTicks = atTicks + Math.round((endMs - fragment.startMs) * ticksPerMs);
    const shown = { startMs, endMs, startTicks: atTicks + skipped, endTicks };
    placed.push({ ...fragment, atTicks, soundOnly: false, shown });
  }
  return placed;
}

/** The fragment before the first one, if the clip begins so near to it that sound of its beginning lies there. */
function head(
  all: readonly ShownFragment[],
  { from, first }: { from: number; first: PlacedFragment },
): PlacedFragment[] {
  const before = all[from - 1];
  const isNear = first.shown.startTicks - first.atTicks < HEAD_TICKS;
  if (!before || !all[from]!.goesOn || !isNear || first.segment.tracks.audio === null) return [];
  const atTicks = first.atTicks - before.durationTicks;
  return [{ ...before, goesOn: false, atTicks, soundOnly: true, shown: nothingAt(first.shown, "start") }];
}

/** What follows, if the clip ends so near to it that something of its end may lie there. */
function tail(
  all: readonly ShownFragment[],
  { to, last }: { to: number; last: PlacedFragment },
): PlacedFragment[] {
  const found: PlacedFragment[] = [];
  let before = last;
  for (const next of all.slice(to)) {
    const atTicks = before.atTicks + before.durationTicks;
    const isNear = atTicks - last.shown.endTicks < TAIL_TICKS;
    if (!next.goesOn || !isNear || !fitsBeside(next.segment.tracks.video, last.segment.tracks.video)) break;
    before = { ...next, atTicks, soundOnly: false, shown: nothingAt(last.shown, "end") };
    found.push(before);
  }
  return found;
}

/** Of what is read and not shown. */
function nothingAt(span: ClipSpan, edge: "start" | "end"): ClipSpan {
  const ms = edge === "start" ? span.startMs : span.endMs;
  const ticks = edge === "start" ? span.startTicks : span.endTicks;
  return { startMs: ms, endMs: ms, startTicks: ticks, endTicks: ticks };
}

function planOf(placed: readonly PlacedFragment[], video: Tracks["video"]): ClipPlan {
  const stretches: ClipStretch[] = [];
  for (const [index, fragment] of placed.entries()) {
    const { segment, offset, bytes, atTicks, soundOnly, shown } = fragment;
    // Behind the head, which begins the stretch, the first fragment goes on.
    const goesOn = fragment.goesOn || placed[index - 1]?.soundOnly === true;
    if (!goesOn) stretches.push({ ...shown, pieces: [] });
    const stretch = stretches.at(-1)!;
    const piece = stretch.pieces.at(-1);
    const one = { offset, bytes, atTicks, soundOnly };
    if (piece?.segment === segment) {
      piece.fragments.push(one);
      extend(piece, shown);
    } else stretch.pieces.push({ ...shown, segment, fragments: [one] });
    extend(stretch, shown);
  }
  for (const stretch of stretches) for (const span of [stretch, ...stretch.pieces]) roundTimes(span);
  return {
    stretches,
    durationTicks: stretches.at(-1)!.endTicks,
    video,
    bytes: placed.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function extend(span: ClipSpan, { endMs, endTicks }: ClipSpan): void {
  span.endMs = endMs;
  span.endTicks = endTicks;
}

function roundTimes(span: ClipSpan): void {
  span.startMs = Math.round(span.startMs);
  span.endMs = Math.round(span.endMs);
}
