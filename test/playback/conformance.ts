/**
 * Whether a media playlist keeps the rules of RFC 8216 (and of draft-pantos-hls-rfc8216bis, where it says more), judged
 * by its text, by an independent parser, and by the bytes that it lists. Throws an AssertionError that names the line.
 */
import assert from "node:assert/strict";
import { ticksBetween } from "@rokuga/media/pes.ts";
import { parseSegment } from "@rokuga/media/segment_parser.ts";
import HLS from "hls-parser";

HLS.setOptions({ strictMode: true });

export type Listed = {
  url: string;
  /** Bytes of the object, [start, end); undefined for all of it. */
  range: { start: number; end: number } | undefined;
  seconds: number;
  discontinuity: boolean;
  /** As stated, or counted on from where it was. */
  startMs: number;
  isStated: boolean;
};

export type Playlist = { items: Listed[]; version: number; targetSeconds: number; ended: boolean };

/** Reads a media playlist. `url`: where it was loaded from. */
export function readPlaylist(text: string, url: string): Playlist {
  assert.equal(text.split("\n")[0], "#EXTM3U", "§4.3.1.1");
  assert.ok(text.endsWith("\n") && !text.includes("\r") && !/^\s|\s$/m.test(text.trimEnd()), "plain lines");
  const parsed = HLS.parse(text);
  assert.ok(!parsed.isMasterPlaylist, "a media playlist");
  let atMs = Number.NaN;
  const items = parsed.segments.map((segment) => {
    const { uri, duration, byterange, programDateTime, discontinuity } = segment;
    if (programDateTime) atMs = programDateTime.getTime();
    const item: Listed = {
      url: new URL(uri, url).href,
      range: byterange && { start: byterange.offset, end: byterange.offset + byterange.length },
      seconds: duration,
      discontinuity: discontinuity ?? false,
      startMs: atMs,
      isStated: programDateTime !== undefined && programDateTime !== null,
    };
    atMs += duration * 1000;
    return item;
  });
  const once = (tag: string) => {
    const found = text.match(new RegExp(`^#${tag}(:.*)?$`, "gm")) ?? [];
    assert.ok(found.length <= 1, `${tag} stands ${found.length} times`);
    return found[0]?.slice(tag.length + 2);
  };
  for (const tag of ["EXT-X-MEDIA-SEQUENCE", "EXT-X-PLAYLIST-TYPE", "EXT-X-INDEPENDENT-SEGMENTS"]) once(tag);
  const playlist = {
    items,
    version: Number(once("EXT-X-VERSION") ?? 1),
    targetSeconds: Number(once("EXT-X-TARGETDURATION")),
    ended: once("EXT-X-ENDLIST") !== undefined,
  };
  checkText(text, playlist);
  return playlist;
}

function checkText(text: string, { items, version, targetSeconds }: Playlist): void {
  const needs: [RegExp, number][] = [
    [/^#EXTINF:\d+\.\d/m, 3],
    [/^#EXT-X-(BYTERANGE|I-FRAMES-ONLY)/m, 4],
    [/^#EXT-X-MAP/m, 6],
    [/\{\$/m, 8],
  ];
  const least = Math.max(...needs.map(([tag, needed]) => (tag.test(text) ? needed : 1)));
  assert.equal(version, least, "§7: the version that the tags need");
  assert.ok(items.length > 0 && Number.isSafeInteger(targetSeconds));
  for (const { seconds } of items)
    assert.ok(Math.round(seconds) <= targetSeconds, "§4.3.3.1: target duration");
  assert.ok(items[0]!.isStated, "the time stands at the start");
  for (const [index, item] of items.entries()) {
    if (index === 0) assert.equal(item.discontinuity, false, "nothing comes before the first");
    else if (item.discontinuity) assert.ok(item.isStated, "the time stands after each discontinuity");
  }
}

export type Bytes = (url: string) => Promise<Uint8Array>;

/**
 * Checks what a media playlist lists against the bytes: ranges lie in their object, each item plays on its own, time
 * stamps go on or there is a discontinuity, and durations are the time to the next item.
 */
export async function checkBytes({ items }: Playlist, bytesOf: Bytes): Promise<void> {
  let last: { item: Listed; startTicks: number; run: string } | undefined;
  for (const item of items) {
    const whole = await bytesOf(item.url);
    const { start, end } = item.range ?? { start: 0, end: whole.length };
    assert.ok(
      start >= 0 && start < end && end <= whole.length,
      `${item.url}: [${start}, ${end}) of ${whole.length}`,
    );
    const result = parseSegment(whole.subarray(start, end));
    assert.ok(result.ok, `${item.url} at ${start}: ${result.ok || result.reason}`);
    const { startTicks } = result.segment;
    const run = /-([0-9a-z]{13})-\d+\.ts/.exec(item.url)![1]!;
    if (last) {
      const offTicks = ticksBetween(last.startTicks, startTicks) - last.item.seconds * 90_000;
      const continues = run === last.run && Math.abs(offTicks) < 2;
      assert.equal(item.discontinuity, !continues, `${item.url} at ${start}: off by ${offTicks} ticks`);
      if (continues) {
        assert.ok(
          Math.abs(last.item.startMs + last.item.seconds * 1000 - item.startMs) < 50,
          "no jump of the clock",
        );
      }
    }
    last = { item, startTicks, run };
  }
}

/** Loads a playlist. Throws with what the server answers when that is no playlist. */
export async function load(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${text}`);
  assert.equal(response.headers.get("content-type"), "application/vnd.apple.mpegurl");
  assert.equal(response.headers.get("cache-control"), "no-store");
  return text;
}

/** Fetches objects whole, each once. */
export function fetchedOnce(): Bytes {
  const known = new Map<string, Promise<Uint8Array>>();
  return (url) => {
    let bytes = known.get(url);
    if (!bytes) {
      bytes = fetch(url).then(async (response) => {
        if (response.status !== 200)
          throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
        return new Uint8Array(await response.arrayBuffer());
      });
      known.set(url, bytes);
    }
    return bytes;
  };
}
