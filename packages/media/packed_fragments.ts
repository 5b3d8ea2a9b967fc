/**
 * A segment's fragment index as a short text. An index has three small numbers for each of five or so fragments, and
 * there are three million segments in a camera's year: as JSON they would be half of what the database keeps.
 *
 * The text is base64url (RFC 4648 §5, without padding) of, for each fragment, three variable-length integers: its
 * length in bytes, its duration in ticks, the length of its keyframe in bytes. A variable-length integer has seven
 * bits a byte, the lowest first, and the high bit set where another byte follows (LEB128, as in DWARF 5 §7.6).
 */
import type { Fragment } from "./segment.ts";

/** The fields of a fragment in the order they are packed. */
const FIELDS = ["bytes", "durationTicks", "keyframeBytes"] as const;

export function packFragments(fragments: readonly Fragment[]): string {
  const bytes: number[] = [];
  for (const fragment of fragments) {
    for (const field of FIELDS) {
      let rest = fragment[field];
      while (rest > 0x7f) {
        bytes.push((rest & 0x7f) | 0x80);
        rest = Math.floor(rest / 0x80);
      }
      bytes.push(rest);
    }
  }
  return Buffer.from(bytes).toString("base64url");
}

/** Throws RangeError for a text that {@link packFragments} does not make. */
export function unpackFragments(text: string): Fragment[] {
  const bytes = Buffer.from(text, "base64url");
  const fragments: Fragment[] = [];
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let factor = 1; at < bytes.length && factor < 2 ** 53; factor *= 0x80) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError("Cannot read a fragment index: its text is cut off");
  };
  while (at < bytes.length) {
    fragments.push({ bytes: next(), durationTicks: next(), keyframeBytes: next() });
  }
  return fragments;
}

/** Whether a text is a fragment index: at least one fragment, each with bytes and a duration, packed as it is here. */
export function isPackedFragments(text: string): boolean {
  try {
    const fragments = unpackFragments(text);
    return (
      fragments.length > 0 &&
      fragments.every(({ bytes, durationTicks }) => bytes > 0 && durationTicks > 0) &&
      packFragments(fragments) === text
    );
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
