/**
 * The picture in a keyframe's bytes: takes the transport packets apart and finds what a decoder has to be told. Pure.
 */
import { ClipDemuxer } from "@rokuga/media/clip_demuxer.ts";
import { parseH264Sps } from "@rokuga/media/h264.ts";
import { parseH265Sps } from "@rokuga/media/h265.ts";
import { AccessUnitHead } from "@rokuga/media/nal.ts";

export type KeyframeUnit = {
  /** RFC 6381, for a decoder that finds the parameter sets in the data. */
  codec: string;
  /** The access unit, annex B. */
  data: Uint8Array<ArrayBuffer>;
};

/** The first picture of a fragment's beginning; null where no decoder could begin with it. */
export function keyframeUnit(bytes: Uint8Array): KeyframeUnit | null {
  const { codec, video } = new ClipDemuxer().demux(bytes);
  const unit = video.units[0];
  if (!codec || !unit) return null;
  const data = new Uint8Array(video.bytes.subarray(unit.start, unit.end));
  const head = new AccessUnitHead(codec);
  head.push(data);
  if (!head.keyframe || !head.sps) return null;
  const track = codec === "h264" ? parseH264Sps(head.sps) : parseH265Sps(head.sps);
  // hvc1 says that the parameter sets are elsewhere.
  return track ? { codec: track.codec.replace(/^hvc1/, "hev1"), data } : null;
}
