import assert from "node:assert/strict";
import { test } from "node:test";
import { livePlaylist, nextMediaSequence, type PlaylistSegment, rangePlaylist } from "./playlist.ts";

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
    sequence,
    firstFragment: sequence * 2,
    startMs,
    endMs: startMs + 4_000,
    mediaDurationTicks: 360_000,
    key: `${sequence}.ts`,
    tracks,
    fragments: [
      { bytes: 1000, durationTicks: 180_000 },
      { bytes: 500, durationTicks: 180_000 },
    ],
    ...changes,
  };
}

const uriOf = (key: string) => `m/${key}`;
const wide = { startMs: START - 1_000_000, endMs: START + 1_000_000 };

test("a range lists every fragment that overlaps it, as byte ranges, with the time once", () => {
  const range = { startMs: START + 3_000, endMs: START + 5_000 };
  assert.equal(
    rangePlaylist([segment(0), segment(1)], { range, uriOf }),
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
      rangePlaylist([segment(0), segment(1)], { range: { startMs, endMs: START + 8_000 }, uriOf })!,
    )![1];
  assert.equal(first(START), "2026-01-31T09:00:00.000Z");
  assert.equal(first(START + 1_999), "2026-01-31T09:00:00.000Z");
  assert.equal(first(START + 2_000), "2026-01-31T09:00:02.000Z");
});

test("an open range is an event playlist without an end; an empty one is none", () => {
  const text = rangePlaylist([segment(0)], { range: wide, uriOf, open: true })!;
  assert.match(text, /#EXT-X-PLAYLIST-TYPE:EVENT/);
  assert.doesNotMatch(text, /ENDLIST/);
  assert.equal(rangePlaylist([], { range: wide, uriOf }), undefined);
  assert.equal(
    rangePlaylist([segment(0)], { range: { startMs: START + 4_000, endMs: START + 5_000 }, uriOf }),
    undefined,
  );
});

test("a discontinuity stands where the run, the sequence or the tracks break, and the time with it", () => {
  const breaks = (after: PlaylistSegment) => {
    const lines = rangePlaylist([segment(0), after], { range: wide, uriOf })!.split("\n");
    const at = lines.indexOf("#EXT-X-DISCONTINUITY");
    return at < 0 ? undefined : lines[at + 1];
  };
  assert.equal(breaks(segment(1)), undefined);
  assert.equal(breaks(segment(2)), "#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:08.000Z");
  assert.equal(breaks(segment(1, { runId: NEXT_RUN })), "#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:04.000Z");
  const larger = { video: { ...tracks.video, width: 1920 }, audio: null };
  assert.ok(breaks(segment(1, { tracks: larger })));
});

test("a clock that was corrected restates the time, without a discontinuity", () => {
  const moved = segment(1, { startMs: START + 4_050, endMs: START + 8_050 });
  const text = rangePlaylist([segment(0), moved], { range: wide, uriOf })!;
  assert.match(text, /PROGRAM-DATE-TIME:2026-01-31T09:00:04\.050Z/);
  assert.doesNotMatch(text, /DISCONTINUITY/);
  const slightly = segment(1, { startMs: START + 4_005, endMs: START + 8_005 });
  assert.equal(rangePlaylist([segment(0), slightly], { range: wide, uriOf })!.match(/DATE-TIME/g)?.length, 1);
});

test("live: numbers follow from the run, do not depend on how many segments are listed, and rise with runs", () => {
  const numberOf = (segments: PlaylistSegment[]) =>
    Number(/MEDIA-SEQUENCE:(\d+)/.exec(livePlaylist(segments, { uriOf, earlierRuns: 3 })!)![1]);
  const base = Math.floor(START / 100);
  assert.equal(numberOf([segment(0), segment(1)]), base);
  assert.equal(numberOf([segment(1)]), base + 2);
  assert.equal(nextMediaSequence([segment(0), segment(1)]), base + 4);
  assert.ok(numberOf([segment(0, { runId: NEXT_RUN })]) > base + 30);
});

test("live: players stay behind the burst in which a segment's fragments appear", () => {
  const text = livePlaylist([segment(0)], { uriOf, earlierRuns: 3 })!;
  assert.match(text, /#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=6\.000/);
  assert.doesNotMatch(text, /ENDLIST/);
  assert.match(text, /#EXT-X-DISCONTINUITY-SEQUENCE:3\n/);
  const long = segment(0, { mediaDurationTicks: 900_000 });
  assert.match(livePlaylist([long], { uriOf, earlierRuns: 3 })!, /HOLD-BACK=12\.000/);
});
