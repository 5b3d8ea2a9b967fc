/**
 * Sections of MPEG-TS tables (ISO/IEC 13818-1 §2.4.4): puts them together from packets' payloads and checks their
 * CRC. Owns no meaning of any table. A section whose CRC is wrong is left out, as if it had not been sent.
 */
import { copy, join } from "./ts_packet.ts";

/** Longest section of the PAT and PMT, bytes: section_length is at most 1021, after 3 bytes of header. */
const MAX_SECTION_BYTES = 1024;
const HEADER_BYTES = 3;

/** Collects the sections of one PID. Keeps less than a section and a packet. */
export class SectionReader {
  #partial: Uint8Array | undefined;

  /** Takes a packet's payload and returns the sections that it completes, those with a right CRC only. */
  push(payload: Uint8Array, startsUnit: boolean): Uint8Array[] {
    if (!startsUnit) {
      this.#partial = this.#partial && join(this.#partial, payload);
      return this.#take();
    }
    // pointer_field: so many bytes still belong to the section before.
    const start = 1 + (payload[0] ?? 0);
    this.#partial = this.#partial && join(this.#partial, payload.subarray(1, start));
    const sections = this.#take();
    this.#partial = copy(payload.subarray(start));
    return sections.concat(this.#take());
  }

  #take(): Uint8Array[] {
    const sections: Uint8Array[] = [];
    while (this.#partial && this.#partial.length >= HEADER_BYTES) {
      const partial = this.#partial;
      const bytes = HEADER_BYTES + (((partial[1]! & 0x0f) << 8) | partial[2]!);
      // Stuffing, bytes of 0xff, reads as a length that is too great.
      if (bytes > MAX_SECTION_BYTES) {
        this.#partial = undefined;
      } else if (partial.length < bytes) {
        break;
      } else {
        const section = partial.subarray(0, bytes);
        if (sectionCrc(section) === 0) sections.push(section);
        this.#partial = partial.subarray(bytes);
      }
    }
    return sections;
  }
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

/** CRC-32 of ISO/IEC 13818-1 annex A. 0 over a whole section, its CRC included, says that it is right. */
export function sectionCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = ((crc << 8) ^ CRC_TABLE[(crc >>> 24) ^ byte]!) >>> 0;
  return crc;
}
