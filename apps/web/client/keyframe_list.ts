/**
 * The keyframes of a range, from its I-frame playlist (RFC 8216 §4.3.3.6): when each was taken, for how long it stands,
 * and which bytes it is. Variables (EXT-X-DEFINE) are expanded. Pure.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./zone.ts";

export type Keyframe = {
  ms: number;
  /** Until the next one, ms; footage without a break. */
  durationMs: number;
  url: string;
  /** Byte range of the object. */
  offset: number;
  bytes: number;
};

/** The keyframes of a playlist that was loaded from `baseUrl`, in order. Throws for an address that is none. */
export function keyframesOf(text: string, baseUrl: string): Keyframe[] {
  const variables = new Map<string, string>();
  const keyframes: Keyframe[] = [];
  let durationMs: number | null = null;
  let range: { bytes: number; offset: number } | null = null;
  let dateMs = Number.NaN;
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    const value = () => line.slice(line.indexOf(":") + 1);
    if (line.startsWith("#EXT-X-DEFINE:")) {
      const [, name, given] = /NAME="([^"]*)",VALUE="([^"]*)"/.exec(line) ?? [];
      if (name !== undefined && given !== undefined) variables.set(name, given);
    } else if (line.startsWith("#EXTINF:")) durationMs = Number.parseFloat(value()) * 1000;
    else if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) dateMs = Date.parse(value());
    else if (line === "#EXT-X-DISCONTINUITY") dateMs = Number.NaN;
    else if (line.startsWith("#EXT-X-BYTERANGE:")) {
      const [bytes, offset] = value().split("@").map(Number);
      range = { bytes: bytes!, offset: offset ?? 0 };
    } else if (line !== "" && !line.startsWith("#") && durationMs !== null && range) {
      const address = line.replace(/\{\$([^}]+)\}/g, (_, name: string) => variables.get(name) ?? "");
      const url = new URL(address, baseUrl).href;
      if (Number.isFinite(dateMs)) keyframes.push({ ms: Math.round(dateMs), durationMs, url, ...range });
      dateMs += durationMs;
      durationMs = null;
      range = null;
    }
  }
  return keyframes;
}

/** The keyframe that is shown at a moment: the last one before it, unless footage has ended by then. */
export function keyframeAt(keyframes: readonly Keyframe[], ms: number): Keyframe | null {
  let low = 0;
  let high = keyframes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyframes[middle]!.ms <= ms) low = middle + 1;
    else high = middle;
  }
  const keyframe = keyframes[low - 1];
  return keyframe && ms < keyframe.ms + keyframe.durationMs ? keyframe : null;
}

/**
 * Which list to load for a moment, when so much is on the screen: hours with every keyframe, days with some of them,
 * and of more only what is near the moment, because a playlist reaches over a day and a month has thirty of them.
 */
export function listRange(ms: number, shownSpanMs: number): TimeRange {
  const lengthMs = shownSpanMs <= 3 * HOUR_MS ? HOUR_MS : shownSpanMs <= 3 * DAY_MS ? DAY_MS : 10 * MINUTE_MS;
  const startMs = Math.floor(ms / lengthMs) * lengthMs;
  return { startMs, endMs: startMs + lengthMs };
}

/** A keyframe that lasts for less than this on the screen is as near as the hand can aim, CSS pixels. */
const AIM_PX = 4;

/**
 * Where playback begins when scrubbing ends: at the picture that was shown, where that is as near as one can aim, so
 * that what was seen is what is played; otherwise at the very moment.
 */
export function settleMs(
  pointerMs: number,
  { picture, msPerPx }: { picture: Pick<Keyframe, "ms" | "durationMs"> | null; msPerPx: number },
): number {
  const near =
    picture &&
    picture.durationMs <= AIM_PX * msPerPx &&
    Math.abs(pointerMs - picture.ms) <= picture.durationMs;
  return near ? picture.ms : Math.round(pointerMs);
}
