/**
 * The header of a PES packet (ISO/IEC 13818-1 §2.4.3.6) and arithmetic on its 33-bit time stamps. Known limit: the
 * header must lie whole in the first transport packet, as FFmpeg writes it.
 */

/** Time stamps count modulo this, ticks: 26.5 h. */
export const TIMESTAMP_WRAP_TICKS = 2 ** 33;

export type PesHeader = {
  /** Presentation and decoding time as written, ticks. A DTS is written only where it differs from the PTS. */
  pts: number | undefined;
  dts: number | undefined;
  /** Length of the header in bytes: the elementary stream starts there. */
  headerBytes: number;
  /** Length of the whole PES packet in bytes, or undefined: it goes on until the next one (usual for video). */
  totalBytes: number | undefined;
};

const FIXED_BYTES = 9;
const BYTES_BEFORE_LENGTH = 6;
const TIMESTAMP_BYTES = 5;

/** Reads the header at the start of `bytes`, or undefined when there is none. */
export function parsePesHeader(bytes: Uint8Array): PesHeader | undefined {
  if (bytes.length < FIXED_BYTES || bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 1) return undefined;
  if ((bytes[6]! & 0xc0) !== 0x80) return undefined;
  const headerBytes = FIXED_BYTES + bytes[8]!;
  if (headerBytes > bytes.length) return undefined;
  const length = (bytes[4]! << 8) | bytes[5]!;
  const present = bytes[7]! >> 6;
  const both = present === 3 && headerBytes >= FIXED_BYTES + 2 * TIMESTAMP_BYTES;
  const either = present >= 2 && headerBytes >= FIXED_BYTES + TIMESTAMP_BYTES;
  return {
    pts: either ? timestamp(bytes, FIXED_BYTES) : undefined,
    dts: both ? timestamp(bytes, FIXED_BYTES + TIMESTAMP_BYTES) : undefined,
    headerBytes,
    totalBytes: length === 0 ? undefined : BYTES_BEFORE_LENGTH + length,
  };
}

function timestamp(bytes: Uint8Array, at: number): number | undefined {
  const markers = bytes[at]! & bytes[at + 2]! & bytes[at + 4]! & 1;
  if (markers === 0) return undefined;
  const high = (bytes[at]! >> 1) & 7;
  const middle = (bytes[at + 1]! << 7) | (bytes[at + 2]! >> 1);
  const low = (bytes[at + 3]! << 7) | (bytes[at + 4]! >> 1);
  return high * 2 ** 30 + middle * 2 ** 15 + low;
}

/** Ticks from `from` to `to`, the shorter way round the wrap: negative when `to` is earlier. */
export function ticksBetween(from: number, to: number): number {
  const difference = (to - from) % TIMESTAMP_WRAP_TICKS;
  if (difference >= TIMESTAMP_WRAP_TICKS / 2) return difference - TIMESTAMP_WRAP_TICKS;
  if (difference < -TIMESTAMP_WRAP_TICKS / 2) return difference + TIMESTAMP_WRAP_TICKS;
  return difference;
}
