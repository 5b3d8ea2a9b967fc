/**
 * The playlist of a share. It lists pieces: byte ranges of segments, each under a name of its own, as files that are
 * whole in themselves. So nobody asks for a range of an object, and nobody can ask for a larger one: a name says which
 * bytes it stands for, and {@link isShared} whether they lie in what was shared.
 */
import type { TimeRange } from "./api.ts";
import { type Item, itemsOf, type ListableSegment, type PlaylistSegment } from "./playlist_items.ts";
import * as lines from "./playlist_text.ts";

/** A part of a segment's object, `[offset, offset + bytes)`. */
export type Piece = { runId: string; sequence: number; offset: number; bytes: number };

export function pieceName({ runId, sequence, offset, bytes }: Piece): string {
  return `${runId}-${sequence}-${offset}-${bytes}.ts`;
}

const NAME = /^([0-9a-z]{13})-(\d{1,8})-(\d{1,12})-([1-9]\d{0,11})\.ts$/;

/** Undefined for what is no piece's name. */
export function parsePieceName(name: string): Piece | undefined {
  const [, runId, sequence, offset, bytes] = NAME.exec(name) ?? [];
  if (runId === undefined) return undefined;
  return { runId, sequence: Number(sequence), offset: Number(offset), bytes: Number(bytes) };
}

/**
 * Whether a piece of a segment lies in a shared range: in the fragments that overlap it, so that it begins with the
 * keyframe that the range's start is decoded from.
 */
export function isShared(piece: Piece, segment: PlaylistSegment, range: TimeRange): boolean {
  const items = itemsOf([segment], range);
  const [first, last] = [items[0], items.at(-1)];
  if (!first || !last) return false;
  return piece.offset >= first.offset && piece.offset + piece.bytes <= last.offset + last.bytes;
}

/**
 * The playlist of a share: `media/<piece>` relative to it. Undefined without footage. `segments`: all that overlap the
 * range, sorted by `startMs`; those that reach out of it need their fragment index.
 */
export function sharePlaylist(segments: readonly ListableSegment[], range: TimeRange): string | undefined {
  const items = itemsOf(segments, range);
  const first = items[0];
  if (!first) return undefined;
  const before = Math.max(0, range.startMs - first.startMs) / 1000;
  return lines.text([
    "#EXTM3U",
    `#EXT-X-VERSION:${lines.VERSIONS.decimals}`,
    `#EXT-X-TARGETDURATION:${lines.targetDuration(items)}`,
    "#EXT-X-MEDIA-SEQUENCE:0",
    "#EXT-X-PLAYLIST-TYPE:VOD",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    `#EXT-X-START:TIME-OFFSET=${before.toFixed(3)},PRECISE=YES`,
    ...lines.itemLines(items.map(lineOf), (name) => `media/${name}`),
    "#EXT-X-ENDLIST",
  ]);
}

/** The piece as an object of its own. */
function lineOf({ segment, startMs, durationTicks, breaks, offset, bytes }: Item): lines.Line {
  const { runId, sequence } = segment;
  const own = { key: pieceName({ runId, sequence, offset, bytes }), bytes };
  return { startMs, durationTicks, breaks, offset: 0, bytes, segment: own };
}
