/**
 * The codec and the size of the picture as parameter sets tell them through a file, and whether they are still
 * those of its beginning. Parses a parameter set only when its bytes are not those of the one before: cameras send
 * the same one with every keyframe. Known limit: one that cannot be read changes nothing.
 */

import type { VideoTrack } from "./h26x_bits.ts";
import { parseH264Sps } from "./h264.ts";
import { parseH265Sps } from "./h265.ts";
import type { AccessUnitHead } from "./nal.ts";
import { sameVideo } from "./segment.ts";
import type { VideoCodec } from "./ts_program.ts";

/** Follows the parameter sets of a file's frames, in the order they are stored. */
export class VideoParameters {
  #sps: Uint8Array | undefined;
  #codec: VideoCodec | undefined;
  #newest: VideoTrack | undefined;
  #startCodec: VideoCodec | undefined;
  #start: VideoTrack | undefined;
  #sawKeyframe = false;

  /** A parameter set was there, be it readable or not. */
  get found(): boolean {
    return this.#sps !== undefined;
  }

  /** Of the newest frames. */
  get newest(): VideoTrack | undefined {
    return this.#newest;
  }

  /** Of the frames that were accepted, from the first keyframe on. */
  get start(): VideoTrack | undefined {
    return this.#start;
  }

  /**
   * Takes the next frame. Returns whether it needs other parameters than the first accepted keyframe: a keyframe
   * with another codec string or size, or any frame of another codec. A parameter set that says the same in other
   * words is no change.
   */
  read(head: AccessUnitHead, { keyframe }: { keyframe: boolean }): boolean {
    if (head.codec !== this.#codec) {
      this.#codec = head.codec;
      this.#newest = undefined;
    }
    if (head.sps) this.#readSet(head.codec, head.sps);
    if (!this.#sawKeyframe) return false;
    if (head.codec !== this.#startCodec) return true;
    return keyframe && !!this.#newest && !!this.#start && !sameVideo(this.#newest, this.#start);
  }

  /** Says that the frame that was read last belongs with those before it. */
  accept({ keyframe }: { keyframe: boolean }): void {
    if (!this.#sawKeyframe) {
      // Nothing in front of the first keyframe can be decoded: what it had does not count.
      this.#startCodec = this.#codec;
      this.#start = this.#newest;
    }
    this.#sawKeyframe ||= keyframe;
    if (this.#codec === this.#startCodec) this.#start ??= this.#newest;
  }

  #readSet(codec: VideoCodec, sps: Uint8Array): void {
    if (this.#newest && this.#sps && areEqual(sps, this.#sps)) return;
    this.#sps = sps;
    const track = codec === "h264" ? parseH264Sps(sps) : parseH265Sps(sps);
    if (track) this.#newest = track;
  }
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
