/**
 * Sample entries of an MP4: what a track's samples are and how a decoder is set up for them (ISO/IEC 14496-12 §8.5.2,
 * 14496-14 §5.6, 14496-15 §5.4 and §8.4).
 */
import type { AudioConfig } from "./clip_audio.ts";
import { box, fullBox, join, uint16, uint32, zeros } from "./clip_box.ts";
import type { VideoConfig } from "./clip_video_config.ts";

export function videoEntry(
  { codec, record }: VideoConfig,
  size: { width: number; height: number },
): Uint8Array {
  const fields = [
    ...[zeros(6), uint16(1), zeros(16), uint16(size.width), uint16(size.height)],
    // 72 dpi, one picture a sample, no name of the compressor, 24 bits of colour.
    ...[uint32(0x480000), uint32(0x480000), zeros(4), uint16(1), zeros(32), uint16(0x18), uint16(0xffff)],
  ];
  return codec === "h264"
    ? box("avc1", ...fields, box("avcC", record))
    : box("hvc1", ...fields, box("hvcC", record));
}

export function audioEntry({ sampleRate, channels, specific }: AudioConfig): Uint8Array {
  // 16.16: what does not fit is told by the configuration alone.
  const rate = uint32(sampleRate < 0x10000 ? sampleRate * 0x10000 : 0);
  const fields = [zeros(6), uint16(1), zeros(8), uint16(channels || 2), uint16(16), zeros(4), rate];
  return box("mp4a", ...fields, esds(specific));
}

/** ISO/IEC 14496-1 §7.2.6: what is in the stream is MPEG-4 audio (0x40), described by `specific`. */
function esds(specific: Uint8Array): Uint8Array {
  const config = descriptor(4, [Uint8Array.of(0x40, 0x15), zeros(11), descriptor(5, [specific])]);
  return fullBox("esds", 0, [descriptor(3, [zeros(3), config, descriptor(6, [Uint8Array.of(2)])])]);
}

function descriptor(tag: number, parts: readonly Uint8Array[]): Uint8Array {
  const body = join(parts);
  return join([Uint8Array.of(tag, body.length), body]);
}
