/**
 * Reads from a media playlist (RFC 8216) what places its fragments on both clocks. For browsers that play HLS
 * themselves: they tell only the date of the first fragment, which is wrong after the first gap. Nothing else of
 * the playlist is read.
 */
import type { PlacedFragment } from "./position.ts";

/** The fragments of a VOD playlist, from media time 0. Lines that do not concern placement are passed over. */
export function placedFragments(text: string): PlacedFragment[] {
  const fragments: PlacedFragment[] = [];
  let start = 0;
  let duration: number | null = null;
  let dateMs: number | null = null;
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line.startsWith("#EXTINF:")) duration = Number.parseFloat(line.slice("#EXTINF:".length));
    else if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:"))
      dateMs = Date.parse(line.slice(line.indexOf(":") + 1));
    else if (line.startsWith("#EXT-X-DISCONTINUITY") && !line.includes(":")) dateMs = null;
    else if (line !== "" && !line.startsWith("#") && duration !== null && Number.isFinite(duration)) {
      fragments.push({ start, duration, programDateTime: dateMs });
      start += duration;
      if (dateMs !== null) dateMs += duration * 1000;
      duration = null;
    }
  }
  return fragments;
}
