/**
 * The lines that media playlists have in common (RFC 8216 §4.3; EXT-X-DEFINE from draft-pantos-hls-rfc8216bis §4.4.2.3).
 * The version is the lowest that has all tags used.
 */
import type { Item } from "./playlist_items.ts";
import { TICKS_PER_SECOND } from "./segment.ts";

/**
 * The address of an object as a playlist writes it: the three parts, one after the other. `before` and `after` are the
 * same for many objects, so that a client that can expand variables needs them once.
 */
export type Address = { before: string; own: string; after: string };

/** Gives the address of an object. */
export type AddressOf = (key: string) => Address;

/** How far players may drift from the clock before a playlist states the time again, ms (500 ppm allow 1.8 s an hour). */
const DATE_TIME_TOLERANCE_MS = 20;

/** Decimal places of EXTINF need version 3, byte ranges and I-frames 4, variables 8. */
export const VERSIONS = { decimals: 3, ranges: 4, variables: 8 } as const;

export const text = (lines: readonly string[]) => `${lines.join("\n")}\n`;

export const seconds = (ticks: number) => (ticks / TICKS_PER_SECOND).toFixed(5);

export const dateTime = (ms: number) => `#EXT-X-PROGRAM-DATE-TIME:${new Date(Math.round(ms)).toISOString()}`;

/** RFC 8216 §4.3.3.1: each EXTINF, rounded to the nearest integer, is at most the target duration. */
export function targetDuration(items: readonly Pick<Item, "durationTicks">[]): number {
  const longest = items.reduce((most, item) => Math.max(most, item.durationTicks), 0);
  return Math.max(1, Math.ceil(longest / TICKS_PER_SECOND));
}

/** An item as `itemLines` writes it; an I-frame is a shorter range of the same object. */
export type Line = Pick<Item, "startMs" | "durationTicks" | "offset" | "bytes" | "breaks"> & {
  segment: Pick<Item["segment"], "key" | "bytes">;
};

/**
 * Whether some item is less than its object. Then all are listed with their range: FFmpeg 5.1, which asks for one after
 * the other over one connection, would take the range of the last one for an object that is listed without.
 */
export const needsRanges = (lines: readonly Line[]) =>
  lines.some((line) => line.bytes !== line.segment.bytes);

/**
 * The lines of the items. The time stands at the start, after each discontinuity, and where players would be off by
 * more than 20 ms by adding up durations.
 */
export function itemLines(items: readonly Line[], uriOf: (key: string) => string): string[] {
  const lines: string[] = [];
  const ranges = needsRanges(items);
  let expectedMs = Number.NaN;
  for (const item of items) {
    // More than one where entries between were left out: their numbers are the same in all playlists of a range.
    for (let left = item.breaks; left > 0; left--) lines.push("#EXT-X-DISCONTINUITY");
    if (item.breaks > 0 || !(Math.abs(expectedMs - item.startMs) <= DATE_TIME_TOLERANCE_MS)) {
      lines.push(dateTime(item.startMs));
      expectedMs = item.startMs;
    }
    expectedMs += item.durationTicks / (TICKS_PER_SECOND / 1000);
    lines.push(`#EXTINF:${seconds(item.durationTicks)},`);
    if (ranges) lines.push(`#EXT-X-BYTERANGE:${item.bytes}@${item.offset}`);
    lines.push(uriOf(item.segment.key));
  }
  return lines;
}

/** Writes addresses in full. */
export const inFull =
  (addressOf: AddressOf) =>
  (key: string): string => {
    const { before, own, after } = addressOf(key);
    return before + own + after;
  };

/** Writes addresses with variables for what they share; `definitions` are the tags that say what those stand for. */
export function withVariables(addressOf: AddressOf): {
  uriOf: (key: string) => string;
  definitions: () => string[];
} {
  const names = new Map<string, string>();
  const reference = (shared: string) => {
    if (shared === "") return "";
    let name = names.get(shared);
    if (name === undefined) {
      name = `a${names.size}`;
      names.set(shared, name);
    }
    return `{$${name}}`;
  };
  return {
    uriOf(key) {
      const { before, own, after } = addressOf(key);
      return reference(before) + own + reference(after);
    },
    definitions: () => [...names].map(([value, name]) => `#EXT-X-DEFINE:NAME="${name}",VALUE="${value}"`),
  };
}
