import assert from "node:assert/strict";
import { test } from "node:test";
import { placedFragments } from "./playlist_text.ts";
import { extent, positionAt, wallAt } from "./position.ts";

const BASE = Date.parse("2026-03-12T10:00:00.000Z");

/** Two fragments of one run, then 60 s without footage, then two of another run. */
const fragments = placedFragments(`#EXTM3U
#EXT-X-VERSION:4
#EXT-X-TARGETDURATION:4
#EXT-X-PROGRAM-DATE-TIME:2026-03-12T10:00:00.000Z
#EXTINF:4.00000,
#EXT-X-BYTERANGE:1000@0
media/a.ts
#EXTINF:2.50000,
#EXT-X-BYTERANGE:1000@1000
media/a.ts
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-03-12T10:01:06.500Z
#EXTINF:2.00000,
media/b.ts
#EXTINF:2.00000,
media/b.ts
#EXT-X-ENDLIST
`);

test("a playlist's fragments stand one after the other in the media, with gaps on the wall clock", () => {
  assert.deepEqual(fragments, [
    { start: 0, duration: 4, programDateTime: BASE },
    { start: 4, duration: 2.5, programDateTime: BASE + 4_000 },
    { start: 6.5, duration: 2, programDateTime: BASE + 66_500 },
    { start: 8.5, duration: 2, programDateTime: BASE + 68_500 },
  ]);
});

test("a discontinuity without a date has no known time", () => {
  const text =
    "#EXT-X-PROGRAM-DATE-TIME:2026-03-12T10:00:00Z\n#EXTINF:2,\na\n#EXT-X-DISCONTINUITY\n#EXTINF:2,\nb\n";
  assert.deepEqual(
    placedFragments(text).map((fragment) => fragment.programDateTime),
    [BASE, null],
  );
});

test("the discontinuity sequence number is not a discontinuity", () => {
  const text =
    "#EXT-X-PROGRAM-DATE-TIME:2026-03-12T10:00:00Z\n#EXT-X-DISCONTINUITY-SEQUENCE:3\n#EXTINF:2,\na\n";
  assert.equal(placedFragments(text)[0]?.programDateTime, BASE);
});

test("media time becomes wall-clock time and jumps over the gap", () => {
  assert.equal(wallAt(fragments, 0), BASE);
  assert.equal(wallAt(fragments, 3.25), BASE + 3_250);
  assert.equal(wallAt(fragments, 6.499), BASE + 6_499);
  assert.equal(wallAt(fragments, 6.5), BASE + 66_500);
  assert.equal(wallAt(fragments, 10), BASE + 70_000);
});

test("time from inside a gap is never shown, even when a fragment is shorter than the player placed it", () => {
  const stretched = fragments.map((fragment, index) =>
    index > 1 ? { ...fragment, start: fragment.start + 0.2 } : fragment,
  );
  assert.equal(wallAt(stretched, 6.65), BASE + 6_500);
});

test("outside of the playlist time counts on from its ends", () => {
  assert.equal(wallAt(fragments, -2), BASE - 2_000);
  assert.equal(wallAt(fragments, 11.5), BASE + 71_500);
});

test("wall-clock time becomes media time", () => {
  assert.deepEqual(positionAt(fragments, BASE + 5_000), { timeS: 5, ms: BASE + 5_000 });
  assert.deepEqual(positionAt(fragments, BASE + 68_600), { timeS: 8.6, ms: BASE + 68_600 });
});

test("a moment in a gap or before the start goes to the next footage", () => {
  assert.deepEqual(positionAt(fragments, BASE + 30_000), { timeS: 6.5, ms: BASE + 66_500 });
  assert.deepEqual(positionAt(fragments, BASE - 5_000), { timeS: 0, ms: BASE });
});

test("after the end there is nothing", () => {
  assert.equal(positionAt(fragments, BASE + 70_500), null);
  assert.equal(positionAt([], BASE), null);
  assert.equal(positionAt([{ start: 0, duration: 2, programDateTime: null }], BASE), null);
});

test("a slit of rounding between fragments is not a gap", () => {
  const slit = [
    { start: 0, duration: 1.999, programDateTime: BASE },
    { start: 2, duration: 2, programDateTime: BASE + 2_000 },
  ];
  assert.deepEqual(positionAt(slit, BASE + 1_999), { timeS: 2, ms: BASE + 2_000 });
});

test("there and back is the same for every covered moment", () => {
  for (const ms of [0, 1, 3_999, 4_000, 6_499, 66_500, 68_499, 70_499]) {
    const position = positionAt(fragments, BASE + ms);
    assert.ok(position);
    assert.ok(Math.abs(wallAt(fragments, position.timeS)! - (BASE + ms)) <= 1);
  }
});

test("the extent goes from the first frame to the last", () => {
  assert.deepEqual(extent(fragments), { startMs: BASE, endMs: BASE + 70_500 });
  assert.equal(extent([]), null);
});
