/**
 * Multivariant playlists (RFC 8216 §4.3.4): a media playlist with what a client wants to know before it loads it, and
 * the I-frame playlist beside it.
 *
 * A range may hold several codecs and sizes, since cameras are changed and configured anew. CODECS then lists all that
 * occur, each once, in the order in which they come: a client that cannot play one of them refuses the range before it
 * tries. H.265 is named as its segments have it (`hvc1.…`). RESOLUTION is the largest picture. The frame rate is not
 * known.
 */
import { type Iframe, keyframeBytes } from "./iframe_playlist.ts";
import type { Item } from "./playlist_items.ts";
import { targetDuration, text } from "./playlist_text.ts";
import { TICKS_PER_SECOND, type Tracks } from "./segment.ts";

/** The address of a media playlist, and what it lists. */
export type Variant = { uri: string; items: readonly Item[] };
export type IframeVariant = { uri: string; iframes: readonly Iframe[] };

export function multivariantPlaylist(variant: Variant, iframes?: IframeVariant): string {
  const { peak, average } = bitRates(variant.items);
  const all = [...new Set(variant.items.map(({ segment }) => segment.tracks))];
  const lines = [
    "#EXTM3U",
    "#EXT-X-VERSION:4",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    `#EXT-X-STREAM-INF:BANDWIDTH=${peak},AVERAGE-BANDWIDTH=${average},CODECS="${codecs(all).join(",")}",RESOLUTION=${resolution(all)}`,
    variant.uri,
  ];
  if (iframes && iframes.iframes.length > 0) {
    const rates = bitRates(iframes.iframes.map((one) => ({ ...one, bytes: keyframeBytes(one) })));
    const shown = [...new Set(iframes.iframes.map(({ segment }) => segment.tracks))];
    const pictures = codecs(shown.map(({ video }) => ({ video, audio: null })));
    lines.push(
      `#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=${rates.peak},AVERAGE-BANDWIDTH=${rates.average},CODECS="${pictures.join(",")}",RESOLUTION=${resolution(shown)},URI="${iframes.uri}"`,
    );
  }
  return text(lines);
}

function codecs(all: readonly Tracks[]): string[] {
  const video = all.map((tracks) => tracks.video.codec);
  const audio = all.flatMap((tracks) => tracks.audio?.codec ?? []);
  return [...new Set([...video, ...audio])];
}

function resolution(all: readonly Tracks[]): string {
  const { width, height } = all
    .map(({ video }) => video)
    .reduce((most, video) => (video.width * video.height > most.width * most.height ? video : most));
  return `${width}x${height}`;
}

/**
 * Bits per second: on average, and of the stretch of neighbouring items that has most, where a stretch lasts 0.5 to 1.5
 * target durations (RFC 8216 §4.3.4.2, "peak segment bit rate" of rfc8216bis §4.1). Whole, and at least 1.
 */
export function bitRates(items: readonly Pick<Item, "bytes" | "durationTicks">[]): {
  peak: number;
  average: number;
} {
  const rate = (bytes: number, ticks: number) =>
    Math.max(1, Math.ceil((bytes * 8 * TICKS_PER_SECOND) / ticks));
  const targetTicks = targetDuration(items) * TICKS_PER_SECOND;
  let peak = 0;
  const total = { bytes: 0, ticks: 0 };
  for (const [first, item] of items.entries()) {
    total.bytes += item.bytes;
    total.ticks += item.durationTicks;
    let bytes = 0;
    let ticks = 0;
    for (let at = first; at < items.length && ticks < 1.5 * targetTicks; at++) {
      bytes += items[at]!.bytes;
      ticks += items[at]!.durationTicks;
      if (ticks >= 0.5 * targetTicks && ticks <= 1.5 * targetTicks) peak = Math.max(peak, rate(bytes, ticks));
    }
  }
  const average = rate(total.bytes, total.ticks);
  return { peak: Math.max(peak, average), average };
}
