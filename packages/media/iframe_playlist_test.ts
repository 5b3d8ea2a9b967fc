import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseIframes, iframePlaylist, withFragments } from "./iframe_playlist.ts";
import { bitRates, multivariantPlaylist } from "./multivariant_playlist.ts";
import { itemsOf, type ListableSegment } from "./playlist_items.ts";
import type { Fragment } from "./segment.ts";

const START = Date.UTC(2026, 0, 31, 9, 0, 0);
const RUN = "0mk3x0abcd123";
const tracks = { video: { codec: "avc1.64001f", width: 1280, height: 720 }, audio: { codec: "mp4a.40.2" } };
const fragment = (keyframeBytes: number): Fragment => ({
  bytes: 1_000,
  durationTicks: 180_000,
  keyframeBytes,
});

/** A segment of two fragments of 2 s. */
function segment(sequence: number, changes: Partial<ListableSegment> = {}): ListableSegment {
  const startMs = START + sequence * 4_000;
  return {
    runId: RUN,
    beganMs: START,
    sequence,
    startMs,
    endMs: startMs + 4_000,
    startTicks: sequence * 360_000,
    mediaDurationTicks: 360_000,
    bytes: 2_000,
    key: `${sequence}.ts`,
    tracks,
    fragments: [fragment(300), fragment(200)],
    ...changes,
  };
}
const whole = (sequence: number) => {
  const { fragments: _, ...rest } = segment(sequence);
  return rest;
};

const range = { startMs: START, endMs: START + 60_000 };
const addressOf = (key: string) => ({ before: "m/", own: key, after: "" });
const listed = (segments: readonly ListableSegment[], within = range) =>
  iframePlaylist(chooseIframes(itemsOf(segments, within)), { addressOf });

test("each keyframe as a byte range, until the next one; what has none is left out", () => {
  const segments = [segment(0), segment(1, { fragments: [fragment(0), fragment(250)] }), segment(3)];
  assert.equal(
    listed(segments),
    `#EXTM3U
#EXT-X-VERSION:4
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-I-FRAMES-ONLY
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:00.000Z
#EXTINF:2.00000,
#EXT-X-BYTERANGE:300@0
m/0.ts
#EXTINF:4.00000,
#EXT-X-BYTERANGE:200@1000
m/0.ts
#EXTINF:2.00000,
#EXT-X-BYTERANGE:250@1000
m/1.ts
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:12.000Z
#EXTINF:2.00000,
#EXT-X-BYTERANGE:300@0
m/3.ts
#EXTINF:2.00000,
#EXT-X-BYTERANGE:200@1000
m/3.ts
#EXT-X-ENDLIST
`,
  );
  assert.equal(listed([segment(0, { fragments: [fragment(0), fragment(0)] })]), undefined);
});

test("a break whose pictures are left out is still counted", () => {
  const without = segment(2, { fragments: [fragment(0), fragment(0)] });
  const text = listed([segment(0), without, segment(4)])!;
  assert.match(
    text,
    /EXTINF:6\.00000,\n.*\nm\/0\.ts\n#EXT-X-DISCONTINUITY\n#EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM/,
  );
});

test("of a long range about 2,000 are listed, and the first after each break; the length stays the same", () => {
  const day = { startMs: START, endMs: START + 86_400_000 };
  const segments = Array.from({ length: 21_600 }, (_, sequence) => whole(sequence)).filter(
    ({ sequence }) => sequence % 1_000 !== 999,
  );
  const items = itemsOf(segments, day);
  const chosen = chooseIframes(items);
  assert.ok(chosen.length > 1_900 && chosen.length <= 2_022, String(chosen.length));
  assert.equal(chosen.filter(({ breaks }) => breaks === 1).length, 21);
  const ticks = (all: readonly { durationTicks: number }[]) =>
    all.reduce((sum, one) => sum + one.durationTicks, 0);
  assert.equal(ticks(chosen), ticks(items));

  const found = withFragments(chosen, ({ sequence }) => (sequence % 7 === 3 ? fragment(0) : fragment(300)));
  assert.equal(ticks(found), ticks(items));
  assert.ok(found.every((one) => one.fragment!.keyframeBytes === 300));
  assert.throws(() => iframePlaylist(chosen, { addressOf }), /its fragment index was not read/);
});

test("the multivariant playlist says what the media playlist holds", () => {
  const larger = { video: { codec: "hvc1.1.6.L120.90", width: 1920, height: 1080 }, audio: null };
  const items = itemsOf(
    [
      segment(0),
      segment(1),
      segment(5, {
        tracks: larger,
        bytes: 4_000,
        fragments: [fragment(500), { ...fragment(0), bytes: 3_000 }],
      }),
    ],
    range,
  );
  assert.equal(
    multivariantPlaylist(
      { uri: "playlist.m3u8?from=1&to=2", items },
      { uri: "iframes.m3u8?from=1&to=2", iframes: chooseIframes(items) },
    ),
    `#EXTM3U
#EXT-X-VERSION:4
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=12000,AVERAGE-BANDWIDTH=5334,CODECS="avc1.64001f,hvc1.1.6.L120.90,mp4a.40.2",RESOLUTION=1920x1080
playlist.m3u8?from=1&to=2
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1200,AVERAGE-BANDWIDTH=1000,CODECS="avc1.64001f,hvc1.1.6.L120.90",RESOLUTION=1920x1080,URI="iframes.m3u8?from=1&to=2"
`,
  );
});

test("the peak is that of any stretch of half to one and a half target durations", () => {
  const item = (seconds: number, bytes: number) => ({ durationTicks: seconds * 90_000, bytes });
  assert.deepEqual(bitRates([item(10, 10_000), item(1, 10_000), item(9, 9_000)]), {
    peak: 15_200,
    average: 11_600,
  });
  assert.deepEqual(bitRates([item(2, 1_000), item(0.5, 500)]), { peak: 4_800, average: 4_800 });
});
