import assert from "node:assert/strict";
import { test } from "node:test";
import { keyframeAt, keyframesOf, listRange, settleMs } from "./keyframe_list.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./zone.ts";

const TEXT = `#EXTM3U
#EXT-X-VERSION:8
#EXT-X-TARGETDURATION:2
#EXT-X-I-FRAMES-ONLY
#EXT-X-DEFINE:NAME="a",VALUE="https://store.example/door"
#EXT-X-PROGRAM-DATE-TIME:2026-03-01T10:00:00.000Z
#EXTINF:2.000000,
#EXT-X-BYTERANGE:300@0
{$a}/1.ts?sig=x
#EXTINF:2.000000,
#EXT-X-BYTERANGE:200@1000
{$a}/1.ts?sig=x
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-03-01T10:01:00.500Z
#EXTINF:4.000000,
#EXT-X-BYTERANGE:250@0
media/home/2.ts
#EXT-X-ENDLIST
`;
const BASE = "http://rokuga.example/api/cameras/door/iframes.m3u8?from=1";
const T = Date.UTC(2026, 2, 1, 10);

test("each keyframe has its time, its length and its bytes, with variables expanded", () => {
  assert.deepEqual(keyframesOf(TEXT, BASE), [
    { ms: T, durationMs: 2000, url: "https://store.example/door/1.ts?sig=x", offset: 0, bytes: 300 },
    {
      ms: T + 2000,
      durationMs: 2000,
      url: "https://store.example/door/1.ts?sig=x",
      offset: 1000,
      bytes: 200,
    },
    {
      ms: T + 60_500,
      durationMs: 4000,
      url: "http://rokuga.example/api/cameras/door/media/home/2.ts",
      offset: 0,
      bytes: 250,
    },
  ]);
});

test("a moment shows the keyframe before it, and none where there is no footage", () => {
  const keyframes = keyframesOf(TEXT, BASE);
  const at = (ms: number) => keyframeAt(keyframes, T + ms)?.ms;
  assert.equal(at(-1), undefined);
  assert.equal(at(0), T);
  assert.equal(at(1999), T);
  assert.equal(at(2000), T + 2000);
  assert.equal(at(4000), undefined);
  assert.equal(at(60_500), T + 60_500);
  assert.equal(at(64_499), T + 60_500);
  assert.equal(at(64_500), undefined);
});

test("lists are as long as what is on the screen makes useful, and aligned", () => {
  const ms = Date.UTC(2026, 2, 1, 10, 17, 3);
  const range = (shown: number) => listRange(ms, shown);
  assert.deepEqual(range(MINUTE_MS), { startMs: T, endMs: T + HOUR_MS });
  assert.deepEqual(range(DAY_MS), { startMs: T - 10 * HOUR_MS, endMs: T + 14 * HOUR_MS });
  assert.deepEqual(range(30 * DAY_MS), { startMs: T + 10 * MINUTE_MS, endMs: T + 20 * MINUTE_MS });
});

test("far out the picture's own time is played, near by the very moment", () => {
  const picture = { ms: 10_000, durationMs: 2_000 };
  assert.equal(settleMs(11_500, { picture, msPerPx: 1_000 }), 10_000);
  assert.equal(settleMs(11_500.4, { picture, msPerPx: 100 }), 11_500);
  assert.equal(settleMs(50_000, { picture, msPerPx: 1_000 }), 50_000);
  assert.equal(settleMs(50_000, { picture: null, msPerPx: 1_000 }), 50_000);
});
