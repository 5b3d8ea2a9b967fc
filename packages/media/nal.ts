/**
 * The head of a video access unit in a byte stream of NAL units (ITU-T H.264 and H.265, annex B): everything
 * before its first slice. Says whether the picture is a keyframe and finds the sequence parameter set. Stops at
 * the first slice, because all slices of a picture are of the same kind; so most of a frame is never looked at.
 */
import { copy, join } from "./ts_packet.ts";
import type { VideoCodec } from "./ts_program.ts";

/** A head that is longer than this is given up, bytes. Cameras put private data of some kB into SEI. */
const MAX_HEAD_BYTES = 65_536;
/** The largest NAL unit header: H.265's. H.264's is one byte. */
const NAL_HEADER_BYTES = 2;
const START_CODE_BYTES = 3;

type NalKind = "keyframe" | "slice" | "sps" | "other";

/** Reads the head of one access unit as its bytes arrive. */
export class AccessUnitHead {
  readonly codec: VideoCodec;
  #bytes: Uint8Array = new Uint8Array(0);
  #scannedTo = 0;
  #spsAt = -1;
  #done = false;
  #keyframe = false;
  #sps: Uint8Array | undefined;

  constructor(codec: VideoCodec) {
    this.codec = codec;
  }

  /** No more bytes are needed. */
  get done(): boolean {
    return this.#done;
  }

  /** The picture is an IDR picture (H.264) or an IRAP picture (H.265). */
  get keyframe(): boolean {
    return this.#keyframe;
  }

  /**
   * The sequence parameter set as a NAL unit, header included, still escaped. Of several the last one, which
   * replaces those before it: FFmpeg may put one in front that it has from the start of the connection.
   */
  get sps(): Uint8Array | undefined {
    return this.#sps;
  }

  /** Takes the next bytes of the access unit. Does not keep `bytes`. */
  push(bytes: Uint8Array): void {
    if (this.#done) return;
    const held = this.#bytes.length > 0;
    this.#bytes = held ? join(this.#bytes, bytes) : bytes;
    this.#scan();
    if (this.#bytes.length > MAX_HEAD_BYTES) this.#done = true;
    if (this.#done) this.#bytes = new Uint8Array(0);
    else if (!held) this.#bytes = copy(bytes);
  }

  #scan(): void {
    const bytes = this.#bytes;
    for (;;) {
      const at = findStartCode(bytes, this.#scannedTo);
      if (at < 0 || at + START_CODE_BYTES + NAL_HEADER_BYTES > bytes.length) {
        // A start code may begin in the last two bytes; one without its header is found again.
        this.#scannedTo = at < 0 ? Math.max(this.#scannedTo, bytes.length - START_CODE_BYTES + 1) : at;
        return;
      }
      if (this.#spsAt >= 0) this.#sps = copy(bytes.subarray(this.#spsAt, at));
      const nal = at + START_CODE_BYTES;
      const kind = nalKind(this.codec, bytes[nal]!, bytes[nal + 1]!);
      this.#spsAt = kind === "sps" ? nal : -1;
      if (kind === "keyframe" || kind === "slice") {
        this.#keyframe = kind === "keyframe";
        this.#done = true;
        return;
      }
      this.#scannedTo = nal;
    }
  }
}

/** Offset of the next 00 00 01, or -1. */
export function findStartCode(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 2 < bytes.length; at++) {
    const third = bytes[at + 2]!;
    if (third > 1) at += 2;
    else if (third === 1 && bytes[at] === 0 && bytes[at + 1] === 0) return at;
  }
  return -1;
}

function nalKind(codec: VideoCodec, first: number, second: number): NalKind {
  return codec === "h264"
    ? h264Kind(first & 0x1f)
    : h265Kind((first >> 1) & 0x3f, ((first & 1) << 5) | (second >> 3));
}

/** ITU-T H.264 table 7-1. */
function h264Kind(type: number): NalKind {
  if (type === 5) return "keyframe";
  if (type >= 1 && type <= 4) return "slice";
  return type === 7 ? "sps" : "other";
}

/** ITU-T H.265 table 7-1. Layers above the base layer are left aside. */
function h265Kind(type: number, layer: number): NalKind {
  if (layer !== 0) return "other";
  if (type >= 16 && type <= 21) return "keyframe";
  if (type < 32) return "slice";
  return type === 33 ? "sps" : "other";
}
