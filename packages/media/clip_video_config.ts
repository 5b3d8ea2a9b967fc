/**
 * The parameter sets of a clip's video, and the record that an MP4 keeps of them in front of its samples:
 * AVCDecoderConfigurationRecord and HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1, §8.3.3.1).
 *
 * Sets go by their kind and id, and of two with the same id the later one holds. What a keyframe is decoded with is
 * all that came until then; when that differs from before, there is another record, and samples say which is theirs.
 */

import { BitReader, unescapeNal } from "./h26x_bits.ts";
import { h264SampleFormat, isHighProfile } from "./h264.ts";
import { GENERAL_PROFILE_BYTES, h265SampleFormat } from "./h265.ts";
import type { VideoCodec } from "./ts_program.ts";

/** One record; the same object for all samples that are decoded with it. */
export type VideoConfig = { codec: VideoCodec; record: Uint8Array };

type Kind = "vps" | "sps" | "pps";

const KINDS: Record<VideoCodec, ReadonlyMap<number, Kind>> = {
  h264: new Map([
    [7, "sps"],
    [8, "pps"],
  ]),
  h265: new Map([
    [32, "vps"],
    [33, "sps"],
    [34, "pps"],
  ]),
};

export class ParameterSets {
  readonly #codec: VideoCodec;
  /** By id, in the order in which they came. */
  readonly #sets: Record<Kind, Map<number, Uint8Array>> = { vps: new Map(), sps: new Map(), pps: new Map() };
  #changed = false;
  #current: VideoConfig | undefined;

  constructor(codec: VideoCodec) {
    this.#codec = codec;
  }

  /** Of the latest keyframe; undefined until there are enough sets for one. */
  get current(): VideoConfig | undefined {
    return this.#current;
  }

  /** Takes a NAL unit, header included, if it is a parameter set. Does not keep `nal`. */
  note(type: number, nal: Uint8Array): void {
    const kind = KINDS[this.#codec].get(type);
    const id = kind && this.#idOf(kind, nal);
    if (kind === undefined || id === undefined) return;
    const known = this.#sets[kind].get(id);
    if (known && areEqual(known, nal)) return;
    this.#sets[kind].delete(id);
    this.#sets[kind].set(id, new Uint8Array(nal));
    this.#changed = true;
  }

  /** The record for a keyframe and what follows it. */
  forKeyframe(): VideoConfig | undefined {
    if (!this.#changed) return this.#current;
    const record = this.#codec === "h264" ? avcRecord(this.#sets) : hevcRecord(this.#sets);
    if (!record) return this.#current;
    this.#changed = false;
    this.#current = { codec: this.#codec, record };
    return this.#current;
  }

  #idOf(kind: Kind, nal: Uint8Array): number | undefined {
    if (kind === "sps") return (this.#codec === "h264" ? h264SampleFormat(nal) : h265SampleFormat(nal))?.id;
    if (kind === "vps") return nal.length > 2 ? nal[2]! >> 4 : undefined;
    const reader = new BitReader(unescapeNal(nal.subarray(this.#codec === "h264" ? 1 : 2, 12)));
    const id = reader.ue();
    return reader.overrun ? undefined : id;
  }
}

type Sets = Record<Kind, ReadonlyMap<number, Uint8Array>>;

/** Lengths of NAL units have four bytes: lengthSizeMinusOne. */
const LENGTH_SIZE = 3;

function avcRecord({ sps, pps }: Sets): Uint8Array | undefined {
  // The profile is that of the set that came last: of several, it is the one that is in use.
  const newest = [...sps.values()].at(-1);
  const format = newest && h264SampleFormat(newest);
  if (!format || pps.size === 0 || sps.size > 31 || pps.size > 255) return undefined;
  const [profile, constraints, level] = [newest[1]!, newest[2]!, newest[3]!];
  const { chromaFormat, lumaBits, chromaBits } = format;
  return Uint8Array.from([
    ...[1, profile, constraints, level, 0xfc | LENGTH_SIZE],
    ...[0xe0 | sps.size, ...withLengths(sps)],
    ...[pps.size, ...withLengths(pps)],
    ...(isHighProfile(profile)
      ? [0xfc | chromaFormat, 0xf8 | (lumaBits - 8), 0xf8 | (chromaBits - 8), 0]
      : []),
  ]);
}

/** Types of NAL units in the order in which the record has them (ITU-T H.265 table 7-1). */
const HEVC_ARRAYS: readonly [Kind, number][] = [
  ["vps", 32],
  ["sps", 33],
  ["pps", 34],
];
/** array_completeness: what `hvc1` promises, and Apple's players ask for. */
const COMPLETE = 0x80;

function hevcRecord(sets: Sets): Uint8Array | undefined {
  const newest = [...sets.sps.values()].at(-1);
  const format = newest && h265SampleFormat(newest);
  if (!format || sets.vps.size === 0 || sets.pps.size === 0) return undefined;
  // sps_video_parameter_set_id, sps_max_sub_layers_minus1, sps_temporal_id_nesting_flag, then profile and level.
  const plain = unescapeNal(newest.subarray(2));
  const layers = ((plain[0]! >> 1) & 7) + 1;
  const isNested = plain[0]! & 1;
  const { chromaFormat, lumaBits, chromaBits } = format;
  return Uint8Array.from([
    ...[1, ...plain.subarray(1, 1 + GENERAL_PROFILE_BYTES)],
    // Unknown: spatial segmentation, parallelism, frame rate.
    ...[0xf0, 0, 0xfc, 0xfc | chromaFormat, 0xf8 | (lumaBits - 8), 0xf8 | (chromaBits - 8), 0, 0],
    ...[(layers << 3) | (isNested << 2) | LENGTH_SIZE, HEVC_ARRAYS.length],
    ...HEVC_ARRAYS.flatMap(([kind, type]) => [
      ...[COMPLETE | type, 0, sets[kind].size],
      ...withLengths(sets[kind]),
    ]),
  ]);
}

function withLengths(sets: ReadonlyMap<number, Uint8Array>): number[] {
  return [...sets.values()].flatMap((nal) => [nal.length >> 8, nal.length & 0xff, ...nal]);
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
