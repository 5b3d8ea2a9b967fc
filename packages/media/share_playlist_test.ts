import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlaylistSegment } from "./playlist_items.ts";
import { TICKS_PER_SECOND } from "./segment.ts";
import { isShared, parsePieceName, pieceName, sharePlaylist } from "./share_playlist.ts";

const START = Date.UTC(2026, 0, 31, 18);
const RUN = "0mkw1s4u80abc";

/** Segments of 4 s with a fragment of 1,000 bytes every 2 s. */
const segment = (sequence: number): PlaylistSegment => ({
  ...{ runId: RUN, beganMs: START, sequence, firstFragment: sequence * 2 },
  ...{ startMs: START + sequence * 4_000, endMs: START + sequence * 4_000 + 4_000 },
  ...{ startTicks: sequence * 4 * TICKS_PER_SECOND, mediaDurationTicks: 4 * TICKS_PER_SECOND },
  ...{ bytes: 2_000, key: `sites/home/cameras/a/${sequence}.ts` },
  tracks: { video: { codec: "avc1.42C01F", width: 320, height: 180 }, audio: null },
  fragments: [0, 1].map(() => ({ bytes: 1_000, durationTicks: 2 * TICKS_PER_SECOND, keyframeBytes: 500 })),
});
const segments = [0, 1, 2].map(segment);
/** From the middle of the second fragment to the middle of the fifth. */
const range = { startMs: START + 3_000, endMs: START + 9_000 };

test("the playlist lists what overlaps the range, each piece as a file, and begins at the range's start", () => {
  const text = sharePlaylist(segments, range)!;
  assert.deepEqual(text.trimEnd().split("\n"), [
    "#EXTM3U",
    "#EXT-X-VERSION:3",
    "#EXT-X-TARGETDURATION:2",
    "#EXT-X-MEDIA-SEQUENCE:0",
    "#EXT-X-PLAYLIST-TYPE:VOD",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    "#EXT-X-START:TIME-OFFSET=1.000,PRECISE=YES",
    "#EXT-X-PROGRAM-DATE-TIME:2026-01-31T18:00:02.000Z",
    "#EXTINF:2.00000,",
    `media/${RUN}-0-1000-1000.ts`,
    "#EXTINF:2.00000,",
    `media/${RUN}-1-0-1000.ts`,
    "#EXTINF:2.00000,",
    `media/${RUN}-1-1000-1000.ts`,
    "#EXTINF:2.00000,",
    `media/${RUN}-2-0-1000.ts`,
    "#EXT-X-ENDLIST",
  ]);
  assert.equal(sharePlaylist(segments, { startMs: START + 20_000, endMs: START + 21_000 }), undefined);
});

test("of a segment that is listed whole the piece is all of it", () => {
  const { fragments: _, ...whole } = segment(1);
  const text = sharePlaylist([segment(0), whole, segment(2)], range)!;
  assert.match(text, new RegExp(`media/${RUN}-1-0-2000\\.ts`));
});

test("a piece is shared when all of it lies in the fragments that overlap the range", () => {
  const asked = (sequence: number, offset: number, bytes: number) =>
    isShared({ runId: RUN, sequence, offset, bytes }, segment(sequence), range);
  for (const [sequence, offset, bytes] of [
    [0, 1_000, 1_000],
    [1, 0, 2_000],
    [1, 500, 700],
    [2, 0, 1_000],
  ] as const)
    assert.equal(asked(sequence, offset, bytes), true, `${sequence} ${offset} ${bytes}`);
  for (const [sequence, offset, bytes] of [
    [0, 0, 1_000],
    [0, 999, 1_001],
    [0, 0, 2_000],
    [1, 0, 2_001],
    [2, 0, 1_001],
    [2, 1_000, 1_000],
    [3, 0, 1],
  ] as const)
    assert.equal(asked(sequence, offset, bytes), false, `${sequence} ${offset} ${bytes}`);
});

test("names of pieces: there and back, and nothing else", () => {
  const piece = { runId: RUN, sequence: 12, offset: 0, bytes: 376 };
  assert.deepEqual(parsePieceName(pieceName(piece)), piece);
  const wrong = [
    ...["", "x.ts", `${RUN}-1-0-0.ts`, `${RUN}-1-0-1`, `${RUN}-1--1-5.ts`, `../${RUN}-1-0-1.ts`],
    ...[`${RUN}-1-0-1.ts/`, `${RUN}-1-0-1.ts?x`, `${RUN}-1-0-1e3.ts`, `${RUN}-1-0-9999999999999.ts`],
    `${RUN.toUpperCase()}-1-0-1.ts`,
  ];
  for (const name of wrong) assert.equal(parsePieceName(name), undefined, name);
});
