/** The bytes of a box of MP4 (ISO/IEC 14496-12 §4.2), and of the numbers in it, all big-endian. */

/** What does not fit into 32 bits any more. */
export const UINT32 = 2 ** 32;
/** Version 1 of a box, among its flags: its times and durations have 64 bits. */
export const VERSION_1 = 0x1000000;

export function box(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = parts.reduce((sum, part) => sum + part.length, 8);
  if (bytes >= UINT32) throw new RangeError(`Cannot write a '${type}' box of ${bytes} bytes`);
  return join([uint32(bytes), ascii(type), ...parts]);
}

/** `flags`: version in the high byte. */
export function fullBox(type: string, flags: number, parts: readonly Uint8Array[]): Uint8Array {
  return box(type, uint32(flags), ...parts);
}

export const join = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);
export const ascii = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));
export const zeros = (count: number) => new Uint8Array(count);
export const uint16 = (value: number) => Uint8Array.of((value >> 8) & 0xff, value & 0xff);
export const uint32 = (value: number) =>
  Uint8Array.of(value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff);
export const uint64 = (value: number) => join([uint32(Math.floor(value / UINT32)), uint32(value % UINT32)]);
export const sized = (large: boolean, value: number) => (large ? uint64(value) : uint32(value));
