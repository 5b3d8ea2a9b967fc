/**
 * Boxes of an MP4 file (ISO/IEC 14496-12 and -14): the beginning of a clip and the `moov` at its end. Owns the layout
 * of bytes; what the numbers are is said by whoever calls (clip_muxer.ts).
 */
import type { AudioConfig } from "./clip_audio.ts";
import {
  ascii,
  box,
  fullBox,
  join,
  sized,
  UINT32,
  uint16,
  uint32,
  uint64,
  VERSION_1,
  zeros,
} from "./clip_box.ts";
import { audioEntry, videoEntry } from "./clip_sample_entry.ts";
import type { Chunk, SampleTable } from "./clip_table.ts";
import type { VideoConfig } from "./clip_video_config.ts";

/** A part of a track's timeline that is shown: from `mediaTime` of the track's own scale on; null shows nothing. */
export type Edit = { duration: number; mediaTime: number | null };

export type TrackBoxes = {
  id: number;
  /** Units per second of the track's own times. */
  timescale: number;
  table: SampleTable;
  /** Sum of the samples' durations, of the track's own scale. */
  mediaDuration: number;
  /** On the movie's scale. */
  edits: readonly Edit[];
} & (
  | { kind: "video"; width: number; height: number; configs: readonly VideoConfig[] }
  | { kind: "audio"; configs: readonly AudioConfig[] }
);

export type MovieBoxes = {
  timescale: number;
  duration: number;
  /** What the movie says of when it was made, ms since the epoch. */
  createdMs: number;
  tracks: readonly TrackBoxes[];
};

/** MP4 counts seconds from 1904 on. */
const EPOCH_1904_SECONDS = 2_082_844_800;

/** The header of a box that holds so many bytes of samples. */
export function mdatHeader(bytes: number): Uint8Array {
  return join([uint32(8 + bytes), ascii("mdat")]);
}

/** An `mdat` whose length is not known yet takes the place of this box, once it is: both have 16 bytes. */
export function openMdat(): Uint8Array {
  return join([uint32(8), ascii("free"), uint32(8), ascii("mdat")]);
}

/** What is written over {@link openMdat}. */
export function closedMdat(bytes: number): Uint8Array {
  return join([uint32(1), ascii("mdat"), uint64(16 + bytes)]);
}

export function ftyp(brands: readonly string[]): Uint8Array {
  return box("ftyp", ascii("isom"), uint32(0x200), ...brands.map(ascii));
}

export function moov({ timescale, duration, createdMs, tracks }: MovieBoxes): Uint8Array {
  const created = Math.floor(createdMs / 1000) + EPOCH_1904_SECONDS;
  const times = timesOf({ created, timescale, duration });
  const nextTrack = tracks.length + 1;
  const mvhd = fullBox("mvhd", times.flags, [
    ...[times.bytes, uint32(0x10000), uint16(0x100), zeros(10), MATRIX, zeros(24), uint32(nextTrack)],
  ]);
  return box("moov", mvhd, ...tracks.map((track) => trak(track, created)));
}

function trak(track: TrackBoxes, created: number): Uint8Array {
  const duration = track.edits.reduce((sum, edit) => sum + edit.duration, 0);
  const isVideo = track.kind === "video";
  const large = duration >= UINT32;
  // Enabled, used in the movie and in a preview of it.
  const tkhd = fullBox("tkhd", (large ? VERSION_1 : 0) | 7, [
    ...[sized(large, created), sized(large, created), uint32(track.id), zeros(4), sized(large, duration)],
    ...[zeros(8), zeros(2), uint16(0), uint16(isVideo ? 0 : 0x100), zeros(2), MATRIX],
    ...(isVideo ? [uint32(track.width * 0x10000), uint32(track.height * 0x10000)] : [zeros(8)]),
  ]);
  return box("trak", tkhd, box("edts", elst(track.edits)), mdia(track, created));
}

function elst(edits: readonly Edit[]): Uint8Array {
  const large = edits.some(({ duration, mediaTime }) => Math.max(duration, mediaTime ?? 0) >= UINT32 / 2);
  const entries = edits.flatMap(({ duration, mediaTime }) => [
    sized(large, duration),
    mediaTime === null ? new Uint8Array(large ? 8 : 4).fill(0xff) : sized(large, mediaTime),
    uint32(0x10000),
  ]);
  return fullBox("elst", large ? VERSION_1 : 0, [uint32(edits.length), ...entries]);
}

function mdia(track: TrackBoxes, created: number): Uint8Array {
  const { timescale, mediaDuration: duration } = track;
  const times = timesOf({ created, timescale, duration });
  // Of no language: "und" in five bits a letter.
  const mdhd = fullBox("mdhd", times.flags, [times.bytes, uint16(0x55c4), zeros(2)]);
  const isVideo = track.kind === "video";
  const handler = isVideo ? "vide" : "soun";
  const hdlr = fullBox("hdlr", 0, [zeros(4), ascii(handler), zeros(12), ascii(`Rokuga ${track.kind}\0`)]);
  const media = isVideo ? fullBox("vmhd", 1, [zeros(8)]) : fullBox("smhd", 0, [zeros(4)]);
  // The samples are in this very file.
  const dinf = box("dinf", fullBox("dref", 0, [uint32(1), fullBox("url ", 1, [])]));
  return box("mdia", mdhd, hdlr, box("minf", media, dinf, stbl(track)));
}

function stbl(track: TrackBoxes): Uint8Array {
  const { table } = track;
  const entries =
    track.kind === "video"
      ? track.configs.map((one) => videoEntry(one, track))
      : track.configs.map(audioEntry);
  const boxes = [
    fullBox("stsd", 0, [uint32(entries.length), ...entries]),
    fullBox("stts", 0, [uint32(table.deltas.length), table.deltas.toBytes()]),
  ];
  if (table.hasOffsets) {
    const flags = table.hasNegativeOffsets ? VERSION_1 : 0;
    boxes.push(fullBox("ctts", flags, [uint32(table.offsets.length), table.offsets.toBytes()]));
  }
  if (table.syncs.length < table.length)
    boxes.push(fullBox("stss", 0, [uint32(table.syncs.length), table.syncs.toBytes()]));
  boxes.push(
    stsc(table.chunks),
    fullBox("stsz", 0, [uint32(0), uint32(table.length), table.sizes.toBytes()]),
    chunkOffsets(table.chunks),
  );
  return box("stbl", ...boxes);
}

/** Only where something differs from the chunk before. */
function stsc(chunks: readonly Chunk[]): Uint8Array {
  const entries = chunks.flatMap(({ samples, description }, index) => {
    const before = chunks[index - 1];
    if (before?.samples === samples && before.description === description) return [];
    return [join([uint32(index + 1), uint32(samples), uint32(description)])];
  });
  return fullBox("stsc", 0, [uint32(entries.length), ...entries]);
}

function chunkOffsets(chunks: readonly Chunk[]): Uint8Array {
  const large = (chunks.at(-1)?.offset ?? 0) >= UINT32;
  const offsets = chunks.map(({ offset }) => sized(large, offset));
  return fullBox(large ? "co64" : "stco", 0, [uint32(chunks.length), ...offsets]);
}

/** Creation, modification, scale and duration, as `mvhd` and `mdhd` begin. */
function timesOf({ created, timescale, duration }: { created: number; timescale: number; duration: number }) {
  const large = duration >= UINT32;
  const bytes = join([
    sized(large, created),
    sized(large, created),
    uint32(timescale),
    sized(large, duration),
  ]);
  return { flags: large ? VERSION_1 : 0, bytes };
}

/** The identity. */
const MATRIX = join([0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].map((value) => uint32(value)));
