/**
 * Bits of H.264 and H.265 parameter sets: takes out the emulation prevention bytes and reads fixed and
 * Exp-Golomb codes (ITU-T H.264 §7.4.1, §9.1; H.265 §7.4.2, §9.2). Reading past the end gives zeros and is
 * remembered, so that a caller checks once, at its end, instead of at every field.
 */

/** The payload of a NAL unit without its emulation prevention bytes: every 00 00 03 becomes 00 00. */
export function unescapeNal(nal: Uint8Array): Uint8Array {
  const plain = new Uint8Array(nal.length);
  let length = 0;
  let zeros = 0;
  for (const byte of nal) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    plain[length++] = byte;
  }
  return plain.subarray(0, length);
}

/** Reads bits from the first, most significant, to the last. */
export class BitReader {
  #bytes: Uint8Array;
  #at = 0;
  #overrun = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Something was read past the end, or a code was longer than any that is allowed: what was read is worthless. */
  get overrun(): boolean {
    return this.#overrun || this.#at > this.#bytes.length * 8;
  }

  /** The next `count` bits as an unsigned number, at most 32. */
  bits(count: number): number {
    let value = 0;
    for (let read = 0; read < count; read++) {
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
      this.#at++;
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** An unsigned Exp-Golomb code, ue(v). */
  ue(): number {
    let zeros = 0;
    while (zeros <= 32 && !this.flag()) zeros++;
    if (zeros > 31) {
      this.#overrun = true;
      return 0;
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** A signed Exp-Golomb code, se(v). */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}

/** Codec and size of a video track. */
export type VideoTrack = { codec: string; width: number; height: number };

/** What a sequence parameter set says of samples, as the records of MP4 repeat it. */
export type SampleFormat = {
  /** By which pictures and picture parameter sets refer to the set. */
  id: number;
  /** chroma_format_idc: 0 without colour, 1 for 4:2:0. */
  chromaFormat: number;
  lumaBits: number;
  chromaBits: number;
};

/** The track when its size can be one, else undefined. Level limits of both codecs are below 16,384. */
export function checkedTrack(track: VideoTrack): VideoTrack | undefined {
  const possible = (size: number) => size > 0 && size <= 16_384;
  return possible(track.width) && possible(track.height) ? track : undefined;
}

/** `bits` as two hexadecimal digits. */
export function hexByte(bits: number): string {
  return bits.toString(16).toUpperCase().padStart(2, "0");
}
