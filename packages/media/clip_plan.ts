/**
 * What a clip of a range is made of: which bytes of which segments, and where each fragment of them stands in the
 * clip. Pure; reading the bytes and writing the file are others' (clip_muxer.ts).
 *
 * Clip time 0 is the asked beginning, or the first covered moment after it. What is before it in the first fragment
 * has a time below 0: it is in the file, because decoding begins at a keyframe, and is not shown. Footage that is
 * recorded without a break is a stretch; stretches follow each other without a hole, so that gaps take no time in a
 * clip. A camera that sends nothing for up to two seconds has not broken off: its last picture stands, as it does
 * when the range is played.
 */
import type { TimeRange } from "./api.ts";
import { ticksBetween } from "./pes.ts";
import { BRIDGE_MS, type Fragment, TICKS_PER_MS, type Tracks } from "./segment.ts";
import { canFollow } from "./ts_fragment_index.ts";

/** What a clip needs to know of a stored segment. */
export type Footage = {
  runId: string;
  sequence: number;
  startMs: number;
  endMs: number;
  /** PTS of the first keyframe, as written. */
  startTicks: number;
  mediaDurationTicks: number;
  key: string;
  /** Length and SHA-256 of the whole object. */
  bytes: number;
  sha256: string;
  tracks: Tracks;
  fragments: readonly Fragment[];
};

/** A part of the wall clock, and of the clip, in ticks of 90 kHz. */
export type ClipSpan = TimeRange & { startTicks: number; endTicks: number };

/** A fragment of a segment: its bytes in the object, and the clip time of its first picture. */
export type ClipFragment = {
  offset: number;
  bytes: number;
  atTicks: number;
  /** Of its pictures none is needed. */
  soundOnly?: boolean;
};

/** Fragments of one segment that follow each other; the span is what the clip shows of them, perhaps nothing. */
export type ClipPiece = ClipSpan & { footage: Footage; fragments: ClipFragment[] };

/** Pieces that follow each other as they were recorded. */
export type ClipStretch = ClipSpan & { pieces: ClipPiece[] };

export type ClipPlan = {
  /** In the order of the clip, from 0 on, each one where the one before ends. */
  stretches: ClipStretch[];
  durationTicks: number;
  /** Of all pieces; `audio` is that of the first which has some. */
  tracks: Tracks;
  /** How many bytes have to be read. */
  bytes: number;
};

export type ClipPlanResult =
  | { ok: true; plan: ClipPlan }
  | { ok: false; reason: "no-footage" }
  /** From `atMs` on the picture has another size or codec, which one file cannot hold. */
  | { ok: false; reason: "changes"; atMs: number; from: Tracks["video"]; to: Tracks["video"] };

/** How far before and behind a range footage is to be given, ms: what goes on there says how long a picture stands. */
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

/**
 * Plans the clip of a range. `footage`: the segments that are to be shown, in that order, of the range and of
 * {@link AROUND_MS} around it.
 */
export function planClip(footage: readonly Footage[], range: TimeRange): ClipPlanResult {
  const joined = footage.map((one, index) => untilNext(one, footage[index + 1]));
  const stretches: ClipStretch[] = [];
  for (const [index, one] of joined.entries())
    addTo(stretches, one, { range, goesOn: goesOn(joined[index - 1], one) });
  const shown = stretches.flatMap(({ pieces }) => pieces);
  const first = shown[0];
  if (!first) return { ok: false, reason: "no-footage" };
  const from = first.footage.tracks.video;
  const other = shown.find((piece) => !fitsBeside(piece.footage.tracks.video, from));
  if (other)
    return { ok: false, reason: "changes", atMs: other.startMs, from, to: other.footage.tracks.video };
  addHead(stretches[0]!, joined);
  addTail(stretches.at(-1)!, joined);
  return { ok: true, plan: planOf(stretches) };
}

/** Whether one track can hold both: profiles and levels may differ, each sample says what it is decoded with. */
function fitsBeside(a: Tracks["video"], b: Tracks["video"]): boolean {
  const kindOf = ({ codec }: Tracks["video"]) => codec.split(".")[0];
  return kindOf(a) === kindOf(b) && a.width === b.width && a.height === b.height;
}

/** Where one goes on, its last picture stands until the next one's first: how long it lasts was an estimate. */
function untilNext(footage: Footage, next: Footage | undefined): Footage {
  const last = footage.fragments.at(-1)!;
  if (!next || !goesOn(footage, next)) return footage;
  const hole = ticksBetween(footage.startTicks + footage.mediaDurationTicks, next.startTicks);
  const durationTicks = Math.max(1, last.durationTicks + hole);
  return {
    ...footage,
    endMs: Math.max(footage.startMs + 1, next.startMs),
    mediaDurationTicks: footage.mediaDurationTicks + durationTicks - last.durationTicks,
    fragments: [...footage.fragments.slice(0, -1), { ...last, durationTicks }],
  };
}

/** Whether `next` was recorded after `footage` without a break. */
function goesOn(footage: Footage | undefined, next: Footage): boolean {
  if (!footage) return false;
  const isNext = footage.runId === next.runId && footage.sequence + 1 === next.sequence;
  if (!isNext || next.startMs > footage.endMs + BRIDGE_MS) return false;
  return canFollow(footage.startTicks + footage.mediaDurationTicks, next.startTicks);
}

type AddOptions = { range: TimeRange; goesOn: boolean };

/** Times count from the first fragment of the whole clip until {@link planOf} moves them. */
function addTo(stretches: ClipStretch[], footage: Footage, { range, goesOn }: AddOptions): void {
  const startMs = Math.max(range.startMs, footage.startMs);
  const endMs = Math.min(range.endMs, footage.endMs);
  if (startMs >= endMs) return;
  const ticksPerMs = footage.mediaDurationTicks / (footage.endMs - footage.startMs);
  const startTicks = Math.round((startMs - footage.startMs) * ticksPerMs);
  const endTicks = Math.round((endMs - footage.startMs) * ticksPerMs);
  const isTail = (atTicks: number) => atTicks >= endTicks && atTicks < endTicks + TAIL_TICKS;
  const fragments = fragmentsOf(footage)
    .filter(({ atTicks, untilTicks }) => (untilTicks > startTicks && atTicks < endTicks) || isTail(atTicks))
    .map(({ untilTicks: _, ...fragment }): ClipFragment => fragment);
  if (fragments.length === 0) return;
  const stretch = stretches.at(-1);
  // Where nothing goes on, its first picture follows the last one that was shown.
  const zero = (stretch?.endTicks ?? 0) - fragments[0]!.atTicks;
  const piece = moveBy(zero, { footage, fragments, startMs, endMs, startTicks, endTicks });
  if (!stretch || !goesOn) {
    stretches.push({ ...spanOf(piece), pieces: [piece] });
    return;
  }
  stretch.pieces.push(piece);
  stretch.endMs = piece.endMs;
  stretch.endTicks = piece.endTicks;
}

/** With when they begin and end in their segment. */
function fragmentsOf({ fragments }: Footage): (ClipFragment & { untilTicks: number })[] {
  let [offset, atTicks] = [0, 0];
  return fragments.map(({ bytes, durationTicks }) => {
    const fragment = { offset, bytes, atTicks, untilTicks: atTicks + durationTicks };
    offset += bytes;
    atTicks += durationTicks;
    return fragment;
  });
}

/** Adds the fragment before the first one, if the clip begins so near to it that sound of its beginning lies there. */
function addHead({ pieces }: ClipStretch, footage: readonly Footage[]): void {
  const first = pieces[0]!;
  const [fragment] = first.fragments as [ClipFragment];
  const hasSound = first.footage.tracks.audio !== null;
  if (!hasSound || first.startTicks - fragment.atTicks >= HEAD_TICKS) return;
  const inSegment = fragmentsOf(first.footage);
  const index = inSegment.findIndex(({ offset }) => offset === fragment.offset);
  const before = index > 0 ? first.footage : footage[footage.indexOf(first.footage) - 1];
  if (!before || (index === 0 && !goesOn(before, first.footage))) return;
  const { offset, bytes, atTicks, untilTicks } =
    index > 0 ? inSegment[index - 1]! : fragmentsOf(before).at(-1)!;
  const head = { offset, bytes, atTicks: fragment.atTicks - (untilTicks - atTicks), soundOnly: true };
  if (index > 0) first.fragments.unshift(head);
  else pieces.unshift({ ...emptyAt(first.startMs, first.startTicks), footage: before, fragments: [head] });
}

/** Adds the first fragment of what follows, if the clip ends so near to it that something of its end may lie there. */
function addTail({ pieces }: ClipStretch, footage: readonly Footage[]): void {
  const last = pieces.at(-1)!;
  const next = footage[footage.indexOf(last.footage) + 1];
  if (!next || !goesOn(last.footage, next) || !fitsBeside(next.tracks.video, last.footage.tracks.video))
    return;
  const [first] = last.fragments as [ClipFragment];
  const inSegment = fragmentsOf(last.footage).find(({ offset }) => offset === first.offset)!;
  const atTicks = first.atTicks - inSegment.atTicks + last.footage.mediaDurationTicks;
  if (atTicks - last.endTicks >= TAIL_TICKS) return;
  const { bytes } = next.fragments[0]!;
  const fragments = [{ offset: 0, bytes, atTicks }];
  pieces.push({ ...emptyAt(last.endMs, last.endTicks), footage: next, fragments });
}

/** Of what is read and not shown. */
const emptyAt = (ms: number, ticks: number): ClipSpan => ({
  startMs: ms,
  endMs: ms,
  startTicks: ticks,
  endTicks: ticks,
});

function planOf(stretches: readonly ClipStretch[]): ClipPlan {
  const zero = -stretches[0]!.startTicks;
  const moved = stretches.map((stretch) => ({
    ...moveSpan(zero, stretch),
    pieces: stretch.pieces.map((piece) => moveBy(zero, piece)),
  }));
  const pieces = moved.flatMap((stretch) => stretch.pieces);
  const audio = pieces.find(({ footage }) => footage.tracks.audio !== null)?.footage.tracks.audio ?? null;
  return {
    stretches: moved,
    durationTicks: moved.at(-1)!.endTicks,
    tracks: { video: pieces[0]!.footage.tracks.video, audio },
    bytes: pieces.flatMap(({ fragments }) => fragments).reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

const spanOf = ({ startMs, endMs, startTicks, endTicks }: ClipSpan): ClipSpan => ({
  startMs,
  endMs,
  startTicks,
  endTicks,
});

function moveSpan(byTicks: number, span: ClipSpan): ClipSpan {
  return {
    ...spanOf(span),
    startTicks: span.startTicks + byTicks,
    endTicks: span.endTicks + byTicks,
  };
}

function moveBy(byTicks: number, piece: ClipPiece): ClipPiece {
  const fragments = piece.fragments.map((fragment) => ({
    ...fragment,
    atTicks: fragment.atTicks + byTicks,
  }));
  return { ...moveSpan(byTicks, piece), footage: piece.footage, fragments };
}
