import assert from "node:assert/strict";
import { test } from "node:test";
import { livePlaylist, nextMediaSequence, rangePlaylist } from "./playlist.ts";
import { itemsOf, type PlaylistSegment, toSplit } from "./playlist_items.ts";

const START = Date.UTC(2026, 0, 31, 9, 0, 0);
const tracks = { video: { codec: "avc1.64001f", width: 1280, height: 720 }, audio: null };
/** A run id whose start is START: 1769850000000 in base 36, and four random characters. */
const RUN = `${START.toString(36).padStart(9, "0")}aaaa`;
const NEXT_RUN = `${(START + 60_000).toString(36).padStart(9, "0")}bbbb`;

/** A segment of two fragments of 2 s each, 1000 and 500 bytes. */
function segment(sequence: number, changes: Partial<PlaylistSegment> = {}): PlaylistSegment {
  const startMs = START + sequence * 4_000;
  return {
    runId: RUN,
    beganMs: START,
    sequence,
    firstFragment: sequence * 2,
    startMs,
    endMs: startMs + 4_000,
    startTicks: sequence * 360_000,
    mediaDurationTicks: 360_000,
    bytes: 1500,
    key: `${sequence}.ts`,
    tracks,
    fragments: [
      { bytes: 1000, durationTicks: 180_000, keyframeBytes: 300 },
      { bytes: 500, durationTicks: 180_000, keyframeBytes: 200 },
    ],
    ...changes,
  };
}

const addressOf = (key: string) => ({ before: "m/", own: key, after: "" });
const wide = { startMs: START - 1_000_000, endMs: START + 1_000_000 };

test("a range lists every fragment that overlaps it, as byte ranges, with the time once", () => {
  const range = { startMs: START + 3_000, endMs: START + 5_000 };
  assert.equal(
    rangePlaylist([segment(0), segment(1)], { range, addressOf }),
    `#EXTM3U
#EXT-X-VERSION:4
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:02.000Z
#EXTINF:2.00000,
#EXT-X-BYTERANGE:500@1000
m/0.ts
#EXTINF:2.00000,
#EXT-X-BYTERANGE:1000@0
m/1.ts
#EXT-X-ENDLIST
`,
  );
});

test("the asked moment is inside the first fragment, also at its very first and last millisecond", () => {
  const first = (startMs: number) =>
    /PROGRAM-DATE-TIME:(.*)/.exec(
      rangePlaylist([segment(0), segment(1)], { range: { startMs, endMs: START + 8_000 }, addressOf })!,
    )![1];
  assert.equal(first(START), "2026-01-31T09:00:00.000Z");
  assert.equal(first(START + 1_999), "2026-01-31T09:00:00.000Z");
  assert.equal(first(START + 2_000), "2026-01-31T09:00:02.000Z");
});

test("a range without footage has no playlist", () => {
  assert.equal(rangePlaylist([], { range: wide, addressOf }), undefined);
  assert.equal(
    rangePlaylist([segment(0)], { range: { startMs: START + 4_000, endMs: START + 5_000 }, addressOf }),
    undefined,
  );
});

test("a discontinuity stands where the run, the sequence or the tracks break, and the time with it", () => {
  const breaks = (after: PlaylistSegment) => {
    const lines = rangePlaylist([segment(0), after], { range: wide, addressOf })!.split("\n");
    const at = lines.indexOf("#EXT-X-DISCONTINUITY");
    return at < 0 ? undefined : lines[at + 1];
  };
  assert.equal(breaks(segment(1)), undefined);
  assert.equal(breaks(segment(2)), "#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:08.000Z");
  assert.equal(breaks(segment(1, { runId: NEXT_RUN })), "#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:04.000Z");
  const larger = { video: { ...tracks.video, width: 1920 }, audio: null };
  assert.ok(breaks(segment(1, { tracks: larger })));
});

test("time stamps that jump within a run are a discontinuity; a last picture that stands a moment is not", () => {
  const text = (startTicks: number) =>
    rangePlaylist([segment(0), segment(1, { startTicks })], { range: wide, addressOf })!;
  assert.match(text(360_000 + 180_001), /DISCONTINUITY/);
  assert.match(text(360_000 - 180_001), /DISCONTINUITY/);
  const stands = text(360_000 + 90_000);
  assert.doesNotMatch(stands, /DISCONTINUITY/);
  // It lasts until the next one begins.
  assert.deepEqual(stands.match(/EXTINF:.*/g), [
    "EXTINF:2.00000,",
    "EXTINF:3.00000,",
    "EXTINF:2.00000,",
    "EXTINF:2.00000,",
  ]);
  assert.match(stands, /TARGETDURATION:3\n/);
  // 33 bits are over.
  const wrapped = [segment(0, { startTicks: 2 ** 33 - 360_000 }), segment(1, { startTicks: 0 })];
  assert.doesNotMatch(rangePlaylist(wrapped, { range: wide, addressOf })!, /DISCONTINUITY/);
});

/** Without its index. */
const whole = (sequence: number, changes: Partial<PlaylistSegment> = {}) => {
  const { fragments: _, firstFragment: __, ...rest } = segment(sequence, changes);
  return rest;
};

test("segments without an index are listed whole, without ranges as long as none is needed", () => {
  const range = { startMs: START + 3_000, endMs: START + 5_000 };
  const segments = [whole(0), whole(1), whole(2)];
  assert.deepEqual(toSplit(segments), []);
  assert.equal(
    rangePlaylist(segments, { range, addressOf }),
    `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:00.000Z
#EXTINF:4.00000,
m/0.ts
#EXTINF:4.00000,
m/1.ts
#EXT-X-ENDLIST
`,
  );
  const mixed = rangePlaylist([segment(0), whole(1)], { range, addressOf })!;
  assert.match(mixed, /VERSION:4\n/);
  assert.deepEqual(mixed.match(/BYTERANGE:.*/g), ["BYTERANGE:500@1000", "BYTERANGE:1500@0"]);
});

test("whole segments that partly lie under an earlier run are to be split, so that only fragments are left out", () => {
  const later = { runId: NEXT_RUN, beganMs: START + 1 };
  const range = { startMs: START, endMs: START + 20_000 };
  // The later run begins in the middle of what the earlier one plays.
  const under = (sequence: number, startMs: number) =>
    segment(sequence, { ...later, startMs, endMs: startMs + 4_000, key: `later${sequence}.ts` });
  const segments = [segment(0), under(0, START + 2_000), segment(1), under(1, START + 6_000)];
  assert.deepEqual(
    toSplit(segments).map(({ key }) => key),
    ["later0.ts", "later1.ts"],
  );
  const items = itemsOf(segments, range).map(({ segment: { key }, offset, breaks }) => [key, offset, breaks]);
  assert.deepEqual(items, [
    ["0.ts", 0, 0],
    ["0.ts", 1000, 0],
    ["1.ts", 0, 0],
    ["1.ts", 1000, 0],
    ["later1.ts", 1000, 1],
  ]);
});

test("variables stand for what addresses share, and are defined once", () => {
  const range = { startMs: START, endMs: START + 4_000 };
  const shared = (key: string) => ({ before: "https://s/", own: `${key}?sig&`, after: "x=1" });
  const text = rangePlaylist([segment(0)], { range, addressOf: shared, variables: true })!;
  assert.match(text, /^#EXTM3U\n#EXT-X-VERSION:8\n/);
  assert.deepEqual(text.match(/.*DEFINE.*/g), [
    '#EXT-X-DEFINE:NAME="a0",VALUE="https://s/"',
    '#EXT-X-DEFINE:NAME="a1",VALUE="x=1"',
  ]);
  assert.deepEqual(text.match(/^[^#].*/gm), ["{$a0}0.ts?sig&{$a1}", "{$a0}0.ts?sig&{$a1}"]);
  assert.match(rangePlaylist([segment(0)], { range, addressOf: shared })!, /^https:\/\/s\/0\.ts\?sig&x=1$/m);
});

test("a clock that was corrected restates the time, without a discontinuity", () => {
  const moved = segment(1, { startMs: START + 4_050, endMs: START + 8_050 });
  const text = rangePlaylist([segment(0), moved], { range: wide, addressOf })!;
  assert.match(text, /PROGRAM-DATE-TIME:2026-01-31T09:00:04\.050Z/);
  assert.doesNotMatch(text, /DISCONTINUITY/);
  const slightly = segment(1, { startMs: START + 4_005, endMs: START + 8_005 });
  assert.equal(
    rangePlaylist([segment(0), slightly], { range: wide, addressOf })!.match(/DATE-TIME/g)?.length,
    1,
  );
});

test("live: numbers follow from the run, do not depend on how many segments are listed, and rise with runs", () => {
  const numberOf = (segments: PlaylistSegment[]) =>
    Number(/MEDIA-SEQUENCE:(\d+)/.exec(livePlaylist(segments, { addressOf, earlierRuns: 3 })!)![1]);
  const base = Math.floor(START / 100);
  assert.equal(numberOf([segment(0), segment(1)]), base);
  assert.equal(numberOf([segment(1)]), base + 2);
  assert.equal(nextMediaSequence([segment(0), segment(1)]), base + 4);
  assert.ok(numberOf([segment(0, { runId: NEXT_RUN })]) > base + 30);
});

test("live: players stay behind the burst in which a segment's fragments appear", () => {
  const text = livePlaylist([segment(0)], { addressOf, earlierRuns: 3 })!;
  assert.match(text, /#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=6\.000/);
  assert.doesNotMatch(text, /ENDLIST/);
  assert.match(text, /#EXT-X-DISCONTINUITY-SEQUENCE:3\n/);
  const long = segment(0, { mediaDurationTicks: 900_000 });
  assert.match(livePlaylist([long], { addressOf, earlierRuns: 3 })!, /HOLD-BACK=12\.000/);
});
