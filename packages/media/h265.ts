/**
 * H.265 sequence parameter sets (ITU-T H.265 §7.3.2.2): the codec string of ISO/IEC 14496-15 annex E and the size
 * of the picture that is shown. Reads no further than the conformance window: the VUI is not needed.
 */
import {
  BitReader,
  checkedTrack,
  hexByte,
  type SampleFormat,
  unescapeNal,
  type VideoTrack,
} from "./h26x_bits.ts";

const NAL_HEADER_BYTES = 2;
/** The general part of profile_tier_level (§7.3.3): profile, compatibility, constraints, level. */
export const GENERAL_PROFILE_BYTES = 12;

/** Reads an SPS NAL unit, header included; undefined when it is not a readable one. Codec: `hvc1.1.6.L93.B0`. */
export function parseH265Sps(nal: Uint8Array): VideoTrack | undefined {
  const reader = new BitReader(unescapeNal(nal.subarray(NAL_HEADER_BYTES)));
  reader.skip(4); // sps_video_parameter_set_id
  const subLayers = reader.bits(3);
  reader.flag(); // sps_temporal_id_nesting_flag
  const codec = readCodec(reader);
  skipSubLayers(reader, subLayers);
  reader.ue(); // sps_seq_parameter_set_id
  const chromaFormat = reader.ue();
  if (chromaFormat === 3) reader.flag(); // separate_colour_plane_flag
  const width = reader.ue();
  const height = reader.ue();
  const windowed = reader.flag();
  const [left, right, top, bottom] = windowed
    ? [reader.ue(), reader.ue(), reader.ue(), reader.ue()]
    : [0, 0, 0, 0];
  if (reader.overrun || chromaFormat > 3) return undefined;

  // The window counts in chroma samples (table 6-1).
  const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const unitY = chromaFormat === 1 ? 2 : 1;
  return checkedTrack({
    codec,
    width: width - (left + right) * unitX,
    height: height - (top + bottom) * unitY,
  });
}

/** What an SPS NAL unit, header included, says of samples; undefined when it cannot be read. */
export function h265SampleFormat(nal: Uint8Array): SampleFormat | undefined {
  const reader = new BitReader(unescapeNal(nal.subarray(NAL_HEADER_BYTES)));
  reader.skip(4); // sps_video_parameter_set_id
  const subLayers = reader.bits(3);
  reader.skip(1 + 8 * GENERAL_PROFILE_BYTES); // sps_temporal_id_nesting_flag, general profile and level
  skipSubLayers(reader, subLayers);
  const id = reader.ue();
  const chromaFormat = reader.ue();
  if (chromaFormat === 3) reader.flag(); // separate_colour_plane_flag
  reader.ue(); // pic_width_in_luma_samples
  reader.ue(); // pic_height_in_luma_samples
  if (reader.flag()) for (let side = 0; side < 4; side++) reader.ue(); // conformance window
  const lumaBits = 8 + reader.ue();
  const chromaBits = 8 + reader.ue();
  return reader.overrun ? undefined : { id, chromaFormat, lumaBits, chromaBits };
}

/** The general part of profile_tier_level (§7.3.3) as a codec string (ISO/IEC 14496-15 §E.3). */
function readCodec(reader: BitReader): string {
  const space = ["", "A", "B", "C"][reader.bits(2)];
  const tier = reader.flag() ? "H" : "L";
  const profile = reader.bits(5);
  const compatibility = reverse32(reader.bits(32)).toString(16).toUpperCase();
  const constraints = [0, 0, 0, 0, 0, 0].map(() => reader.bits(8));
  const level = reader.bits(8);
  while (constraints.length > 0 && constraints.at(-1) === 0) constraints.pop();
  return ["hvc1", `${space}${profile}`, compatibility, `${tier}${level}`, ...constraints.map(hexByte)].join(
    ".",
  );
}

/** The flags' order turned round: general_profile_compatibility_flag[0] becomes the lowest bit. */
function reverse32(bits: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed = (reversed << 1) | ((bits >>> bit) & 1);
  return reversed >>> 0;
}

function skipSubLayers(reader: BitReader, count: number): void {
  if (count === 0) return;
  const present = Array.from({ length: count }, () => ({ profile: reader.flag(), level: reader.flag() }));
  reader.skip(2 * (8 - count)); // reserved_zero_2bits
  for (const { profile, level } of present) reader.skip((profile ? 88 : 0) + (level ? 8 : 0));
}
