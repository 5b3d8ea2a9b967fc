/**
 * H.264 and H.265 for a clip: access units of a byte stream (annex B) become samples of MP4, whose NAL units have
 * their length in front instead of start codes (ISO/IEC 14496-15 §5.2.3). Nothing is changed in a NAL unit, so that a
 * decoder sees what the camera sent; delimiters go, which MP4 has no use for.
 *
 * A PES packet is one access unit, as FFmpeg writes it, but for cameras that make FFmpeg take every slice for one: a
 * packet whose first slice does not begin a picture belongs to the sample before it. Parameter sets stay in the
 * samples, and also stand once in front (clip_video_config.ts): some players read only these, some only those.
 */

import type { PesTrack, PesUnit } from "./clip_demuxer.ts";
import { ParameterSets, type VideoConfig } from "./clip_video_config.ts";
import { findStartCode } from "./nal.ts";
import type { VideoCodec } from "./ts_program.ts";

const START_CODE_BYTES = 3;
const LENGTH_BYTES = 4;

/** An access unit; its bytes are `[start, end)` of those of {@link VideoSamples}. */
export type VideoSample = {
  start: number;
  end: number;
  keyframe: boolean;
  /** As written, ticks. */
  pts: number;
  dts: number;
  /** What it is decoded with. */
  config: VideoConfig | undefined;
};

export type VideoSamples = { bytes: Uint8Array; samples: VideoSample[] };

/** What the NAL units of one PES packet are. */
type UnitKind = { hasSlice: boolean; beginsPicture: boolean; keyframe: boolean };

/** For fragments that follow each other. */
export class VideoReader {
  #sets: ParameterSets;
  #codec: VideoCodec;

  constructor(codec: VideoCodec) {
    this.#codec = codec;
    this.#sets = new ParameterSets(codec);
  }

  /** The samples of a fragment, in memory of their own. */
  read({ bytes, units }: PesTrack): VideoSamples {
    const out = new SampleBytes(units.at(-1)?.end ?? 0);
    const samples: VideoSample[] = [];
    let prefixAt: number | undefined;
    for (const unit of units) {
      const start = out.length;
      const kind = this.#copyNals(bytes, unit, out);
      const last = samples.at(-1);
      if (kind.hasSlice && (kind.beginsPicture || !last)) {
        const sample = this.#sampleOf(unit, kind, { start: prefixAt ?? start, end: out.length });
        if (sample) samples.push(sample);
        prefixAt = undefined;
      } else if (last && kind.hasSlice) {
        last.end = out.length;
      } else {
        // What comes alone belongs to the picture after it: parameter sets, supplemental information.
        prefixAt ??= start;
      }
    }
    return { bytes: out.bytes, samples };
  }

  #sampleOf(
    { pts, dts, randomAccess }: PesUnit,
    kind: UnitKind,
    { start, end }: { start: number; end: number },
  ): VideoSample | undefined {
    if (pts === undefined) return undefined;
    const keyframe = randomAccess || kind.keyframe;
    const config = keyframe ? this.#sets.forKeyframe() : this.#sets.current;
    return { start, end, keyframe, pts, dts: dts ?? pts, config };
  }

  #copyNals(bytes: Uint8Array, { start, end }: PesUnit, out: SampleBytes): UnitKind {
    const unit = bytes.subarray(start, end);
    const kind: UnitKind = { hasSlice: false, beginsPicture: false, keyframe: false };
    let at = findStartCode(unit, 0);
    while (at >= 0) {
      const from = at + START_CODE_BYTES;
      at = findStartCode(unit, from);
      let to = at < 0 ? unit.length : at;
      // A start code may have a zero in front, and a NAL unit never ends with one.
      while (to > from && unit[to - 1] === 0) to--;
      if (to <= from) continue;
      const nal = unit.subarray(from, to);
      if (this.#isWanted(nal, kind)) out.push(nal);
    }
    return kind;
  }

  /** Notes what the NAL unit says of its PES packet. */
  #isWanted(nal: Uint8Array, kind: UnitKind): boolean {
    const type = this.#codec === "h264" ? nal[0]! & 0x1f : (nal[0]! >> 1) & 0x3f;
    const { slice, keyframe, delimiter } = NAL_TYPES[this.#codec];
    if (slice(type)) {
      // first_mb_in_slice is 0, or first_slice_segment_in_pic_flag is set: either way the first bit is.
      const header = this.#codec === "h264" ? 1 : 2;
      if (!kind.hasSlice) kind.beginsPicture = ((nal[header] ?? 0x80) & 0x80) !== 0;
      kind.hasSlice = true;
      if (keyframe(type)) kind.keyframe = true;
    } else {
      this.#sets.note(type, nal);
    }
    return type !== delimiter;
  }
}

/** ITU-T H.264 table 7-1, H.265 table 7-1. Data partitions B and C (types 3 and 4) follow their A. */
const NAL_TYPES: Record<
  VideoCodec,
  { slice: (type: number) => boolean; keyframe: (type: number) => boolean; delimiter: number }
> = {
  h264: {
    slice: (type) => type === 1 || type === 2 || type === 5,
    keyframe: (type) => type === 5,
    delimiter: 9,
  },
  h265: { slice: (type) => type < 32, keyframe: (type) => type >= 16 && type <= 21, delimiter: 35 },
};

/** NAL units behind each other, each with its length in front. */
class SampleBytes {
  #bytes: Uint8Array;
  length = 0;

  /** `inStream`: how many bytes they have with start codes. Those of three bytes make it more, mostly a few. */
  constructor(inStream: number) {
    this.#bytes = allocate(inStream + (inStream >> 6) + 64);
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  push(nal: Uint8Array): void {
    const at = this.length;
    const end = at + LENGTH_BYTES + nal.length;
    if (end > this.#bytes.length) this.#grow(end);
    const bytes = this.#bytes;
    bytes[at] = nal.length >>> 24;
    bytes[at + 1] = (nal.length >>> 16) & 0xff;
    bytes[at + 2] = (nal.length >>> 8) & 0xff;
    bytes[at + 3] = nal.length & 0xff;
    bytes.set(nal, at + LENGTH_BYTES);
    this.length = end;
  }

  #grow(atLeast: number): void {
    const larger = allocate(atLeast + (atLeast >> 2));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
  }
}

/** Not of Buffer's pool, and not cleared: every byte that is handed out is written. */
const allocate = (bytes: number): Uint8Array => Buffer.allocUnsafeSlow(bytes);
