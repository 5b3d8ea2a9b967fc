/**
 * H.264 sequence parameter sets (ITU-T H.264 §7.3.2.1.1): the codec string of RFC 6381 and the size of the picture
 * that is shown. Reads no further than the cropping rectangle: the VUI is not needed.
 */
import {
  BitReader,
  checkedTrack,
  hexByte,
  type SampleFormat,
  unescapeNal,
  type VideoTrack,
} from "./h26x_bits.ts";

/** Profiles whose parameter sets say the chroma format (§7.3.2.1.1). */
const HIGH_PROFILES = new Set([44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244]);

/** Reads an SPS NAL unit, header included; undefined when it is not a readable one. Codec: `avc1.PPCCLL`. */
export function parseH264Sps(nal: Uint8Array): VideoTrack | undefined {
  const reader = new BitReader(unescapeNal(nal.subarray(1)));
  const profile = reader.bits(8);
  const constraints = reader.bits(8);
  const level = reader.bits(8);
  reader.ue(); // seq_parameter_set_id
  const { chromaFormat } = HIGH_PROFILES.has(profile) ? readHighProfile(reader) : MAIN_FORMAT;
  reader.ue(); // log2_max_frame_num_minus4
  skipPictureOrderCount(reader);
  reader.ue(); // max_num_ref_frames
  reader.flag(); // gaps_in_frame_num_value_allowed_flag
  const widthInMacroblocks = reader.ue() + 1;
  const heightInMapUnits = reader.ue() + 1;
  const framesOnly = reader.flag();
  if (!framesOnly) reader.flag(); // mb_adaptive_frame_field_flag
  reader.flag(); // direct_8x8_inference_flag
  const cropped = reader.flag();
  const [left, right, top, bottom] = cropped
    ? [reader.ue(), reader.ue(), reader.ue(), reader.ue()]
    : [0, 0, 0, 0];
  if (reader.overrun || chromaFormat > 3) return undefined;

  const fieldFactor = framesOnly ? 1 : 2;
  // Cropping counts in chroma samples (equations 7-19 to 7-22).
  const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const unitY = (chromaFormat === 1 ? 2 : 1) * fieldFactor;
  return checkedTrack({
    codec: `avc1.${hexByte(profile)}${hexByte(constraints)}${hexByte(level)}`,
    width: widthInMacroblocks * 16 - (left + right) * unitX,
    height: heightInMapUnits * 16 * fieldFactor - (top + bottom) * unitY,
  });
}

/** What an SPS NAL unit, header included, says of samples; undefined when it cannot be read. */
export function h264SampleFormat(nal: Uint8Array): SampleFormat | undefined {
  const reader = new BitReader(unescapeNal(nal.subarray(1)));
  const profile = reader.bits(8);
  reader.skip(16); // constraints, level_idc
  const id = reader.ue();
  const format = HIGH_PROFILES.has(profile) ? readHighProfile(reader) : MAIN_FORMAT;
  return reader.overrun ? undefined : { id, ...format };
}

/** Whether a profile's parameter sets say the format of samples, so that an MP4 has to repeat it (ISO/IEC 14496-15 §5.3.3.1). */
export const isHighProfile = (profile: number) => HIGH_PROFILES.has(profile);

const MAIN_FORMAT = { chromaFormat: 1, lumaBits: 8, chromaBits: 8 };

function readHighProfile(reader: BitReader): Omit<SampleFormat, "id"> {
  const chromaFormat = reader.ue();
  if (chromaFormat === 3) reader.flag(); // separate_colour_plane_flag
  const lumaBits = 8 + reader.ue();
  const chromaBits = 8 + reader.ue();
  reader.flag(); // qpprime_y_zero_transform_bypass_flag
  if (reader.flag()) {
    const lists = chromaFormat === 3 ? 12 : 8;
    for (let list = 0; list < lists; list++) if (reader.flag()) skipScalingList(reader, list < 6 ? 16 : 64);
  }
  return { chromaFormat, lumaBits, chromaBits };
}

/** §7.3.2.1.1.1 */
function skipScalingList(reader: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let index = 0; index < size && !reader.overrun; index++) {
    if (next !== 0) next = (last + reader.se() + 256) % 256;
    if (next !== 0) last = next;
  }
}

function skipPictureOrderCount(reader: BitReader): void {
  const type = reader.ue();
  if (type === 0) {
    reader.ue(); // log2_max_pic_order_cnt_lsb_minus4
  } else if (type === 1) {
    reader.flag(); // delta_pic_order_always_zero_flag
    reader.se(); // offset_for_non_ref_pic
    reader.se(); // offset_for_top_to_bottom_field
    const cycle = reader.ue();
    for (let index = 0; index < cycle && !reader.overrun; index++) reader.se();
  }
}
