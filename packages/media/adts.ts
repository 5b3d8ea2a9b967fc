/**
 * The header of an AAC frame in ADTS (ISO/IEC 14496-3 §1.A.2.2): enough for a codec string. Known limit: ADTS
 * cannot say that HE-AAC is used with implicit signalling; such audio reads as `mp4a.40.2`, which players accept.
 */

const HEADER_BYTES = 7;
/** Indexes of sampling frequencies above this are reserved. */
const LAST_FREQUENCY_INDEX = 12;

/** `mp4a.40.<audio object type>` of the ADTS frame at the start of `bytes`, or undefined when there is none. */
export function adtsCodec(bytes: Uint8Array): string | undefined {
  // Syncword of twelve ones, any MPEG version, layer 0.
  if (bytes.length < HEADER_BYTES || bytes[0] !== 0xff || (bytes[1]! & 0xf6) !== 0xf0) return undefined;
  if (((bytes[2]! >> 2) & 0x0f) > LAST_FREQUENCY_INDEX) return undefined;
  return `mp4a.40.${(bytes[2]! >> 6) + 1}`;
}
