import assert from "node:assert/strict";
import { test } from "node:test";
import { ParsedSegment } from "./segment.ts";
import { parseSegment, SegmentParser } from "./segment_parser.ts";
import {
  AUDIO_PID,
  audioFrame,
  concat,
  deltaPicture,
  fromHex,
  handMadeSegment,
  keyPicture,
  PMT_PID,
  patSection,
  pesPackets,
  pmtSection,
  reusedChunks,
  sectionPacket,
  tables,
  tsPacket,
  VIDEO_PID,
} from "./test_data.ts";

const key = (pts: number, options = {}) =>
  pesPackets(keyPicture(), { pid: VIDEO_PID, pts, randomAccess: true, ...options });
const delta = (pts: number, bytes = 100) => pesPackets(deltaPicture(bytes), { pid: VIDEO_PID, pts });
const audio = (pts: number, bytes = 400) =>
  pesPackets(audioFrame(bytes), { pid: AUDIO_PID, pts, withLength: true });

function parsed(bytes: Uint8Array) {
  const result = parseSegment(bytes);
  assert.ok(result.ok, JSON.stringify(result));
  return { frames: result.frames, ...ParsedSegment.parse(result.segment) };
}

function reasonOf(bytes: Uint8Array): string {
  const result = parseSegment(bytes);
  assert.ok(!result.ok, JSON.stringify(result));
  return result.reason;
}

function parserAfter(bytes: Uint8Array): SegmentParser {
  const parser = new SegmentParser();
  for (const part of reusedChunks(bytes, bytes.length)) parser.push(part);
  return parser;
}

test("says everything of a whole segment", () => {
  const gop = concat(tables(), key(126_000), audio(126_000), delta(129_600), delta(133_200));
  const next = concat(tables(), key(136_800), delta(140_400));
  const keyframe = tables().length + key(0).length;
  assert.deepEqual(parsed(concat(gop, next)), {
    frames: 5,
    bytes: gop.length + next.length,
    startTicks: 126_000,
    mediaDurationTicks: 18_000,
    tracks: { video: { codec: "avc1.42C00C", width: 320, height: 180 }, audio: { codec: "mp4a.40.2" } },
    fragments: [
      { bytes: gop.length, durationTicks: 10_800, keyframeBytes: keyframe + audio(0).length },
      { bytes: next.length, durationTicks: 7200, keyframeBytes: keyframe },
    ],
  });
});

test("a keyframe is known by its IDR slice or by the random access indicator alone", () => {
  const byIdr = concat(tables(), key(0), delta(3600), tables(), key(7200, { randomAccess: false }));
  assert.equal(parsed(byIdr).fragments.length, 2);
  const recovery = pesPackets(deltaPicture(), { pid: VIDEO_PID, pts: 7200, randomAccess: true });
  assert.equal(parsed(concat(tables(), key(0), delta(3600), tables(), recovery)).fragments.length, 2);
});

test("an IDR slice and an SPS behind more SEI than one packet holds are found", () => {
  const sei = fromHex(`00000001 06 05 ff ff 01 ${"a5".repeat(400)} 80`);
  const picture = pesPackets(concat(sei, keyPicture()), { pid: VIDEO_PID, pts: 0 });
  assert.deepEqual(parsed(concat(tables(), picture)).tracks.video.width, 320);
});

test("the first size counts when it changes", () => {
  const hd = "67640028acd940780227e5c044000003000400000300c83c60c65800";
  const larger = pesPackets(keyPicture(600, hd), { pid: VIDEO_PID, pts: 3600 });
  assert.equal(parsed(concat(tables(), key(0), tables(), larger)).tracks.video.width, 320);
});

test("a fragment begins at the PAT only if nothing but tables and stuffing lies in between", () => {
  const head = concat(tables(), key(0), delta(3600));
  const sdt = sectionPacket(0x11, patSection());
  const empty = tsPacket(new Uint8Array(0), { pid: VIDEO_PID });
  const nullPacket = tsPacket(new Uint8Array(184), { pid: 0x1fff });
  const sizeOfFirst = (between: Uint8Array[]) =>
    parsed(concat(head, ...between, key(7200))).fragments[0]?.bytes;
  assert.equal(sizeOfFirst([tables()]), head.length);
  assert.equal(sizeOfFirst([sdt, tables()]), head.length + 188, "the SDT stays behind");
  assert.equal(sizeOfFirst([tables(), sdt, empty, nullPacket]), head.length);
  assert.equal(sizeOfFirst([tables(), audio(3600)]), head.length + tables().length + audio(0).length);
  assert.equal(sizeOfFirst([]), head.length, "no tables at all");
});

test("says what is missing", () => {
  const [pat, pmt] = [tables().subarray(0, 188), tables().subarray(188)];
  const badPmt = pmt.with(20, pmt[20]! ^ 1);
  const noSps = pesPackets(fromHex("00000001 65a5a5a5a5"), { pid: VIDEO_PID, pts: 0 });
  const badSps = pesPackets(keyPicture(10, "6742"), { pid: VIDEO_PID, pts: 0 });
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /no whole MPEG-TS packet/],
    [new Uint8Array(1000).fill(0x46), /no whole MPEG-TS packet/],
    [key(0), /no readable program association table/],
    [concat(pat.with(15, pat[15]! ^ 1), pmt, key(0)), /no readable program association table/],
    [concat(pat, key(0)), /no readable program map table/],
    [concat(pat, badPmt, key(0)), /no readable program map table/],
    [concat(tables([{ type: 2, pid: VIDEO_PID }]), key(0)), /neither H.264 nor H.265 video.* 0x02\./],
    [concat(tables(), audio(0)), /no video frame/],
    [concat(tables(), delta(0), delta(3600)), /None of its 2 video frames is a keyframe/],
    [concat(tables(), noSps), /no sequence parameter set/],
    [concat(tables(), badSps), /parameter sets \(SPS\) can be read/],
    [concat(tables(), key(90_000), tables(), key(0)), /go backwards/],
  ];
  for (const [bytes, reason] of cases) assert.match(reasonOf(bytes), reason);
});

test("audio that is not AAC in ADTS is no audio", () => {
  const mp3 = [
    { type: 0x1b, pid: VIDEO_PID },
    { type: 0x03, pid: AUDIO_PID },
  ];
  assert.equal(parsed(concat(tables(mp3), key(0), audio(0))).tracks.audio, null);
  const noise = pesPackets(new Uint8Array(50), { pid: AUDIO_PID, pts: 0 });
  assert.equal(parsed(concat(tables(), key(0), noise)).tracks.audio, null);
  const known = parsed(concat(tables(), key(0), audio(0), noise));
  assert.deepEqual(known.tracks.audio, { codec: "mp4a.40.2" }, "one frame of it is enough");
});

test("goes on after garbage and after a packet that is cut short", () => {
  const garbage = Uint8Array.from({ length: 333 }, (_, index) => (index * 89) & 0xff);
  const file = concat(
    garbage,
    tables(),
    key(0),
    delta(3600),
    garbage,
    delta(7200),
    delta(10_800).subarray(0, 90),
  );
  const rest = concat(tables(), key(14_400), delta(18_000));
  const segment = parsed(concat(file, rest));
  // The packets in front of the gap are not trusted: the frames that lay in them are missing.
  assert.equal(segment.frames, 4);
  assert.deepEqual(
    segment.fragments.map(({ bytes }) => bytes),
    [file.length, rest.length],
  );
  assert.deepEqual(
    segment.fragments.map(({ durationTicks }) => durationTicks),
    [14_400, 3600 * 2],
  );
});

test("tables that change the video's PID are followed", () => {
  const moved = 0x123;
  const newPmt = sectionPacket(PMT_PID, pmtSection([{ type: 0x1b, pid: moved }]));
  const second = pesPackets(keyPicture(), { pid: moved, pts: 7200, randomAccess: true });
  assert.equal(
    parsed(concat(tables(), key(0), delta(3600), sectionPacket(0, patSection()), newPmt, second)).frames,
    3,
  );
});

test("tells the time of the newest frame as soon as its first packet is there", () => {
  const parser = new SegmentParser();
  assert.equal(parser.latestTicks, undefined);
  parser.push(tables());
  assert.deepEqual([parser.firstTicks, parser.latestTicks], [undefined, undefined]);
  const first = key(7200, { dts: 3600 });
  parser.push(first.subarray(0, 189));
  assert.deepEqual([parser.firstTicks, parser.latestTicks], [7200, 3600]);
  parser.push(first.subarray(189));
  parser.push(audio(90_000));
  assert.equal(parser.latestTicks, 3600, "audio does not count");
  parser.push(pesPackets(deltaPicture(50), { pid: VIDEO_PID, pts: 18_000, dts: 7200 }));
  assert.deepEqual(
    [parser.firstTicks, parser.latestTicks],
    [7200, 7200],
    "though nothing follows the packet yet",
  );
  parser.push(delta(10_800).subarray(0, 187));
  assert.equal(parser.latestTicks, 7200);
});

test("the newest time counts on over the wrap and never goes back", () => {
  const parser = parserAfter(concat(tables(), key(2 ** 33 - 3600), delta(0)));
  assert.deepEqual([parser.firstTicks, parser.latestTicks], [2 ** 33 - 3600, 2 ** 33]);
  parser.push(delta(2 ** 33 - 1800));
  assert.equal(parser.latestTicks, 2 ** 33);
  parser.push(delta(3600));
  assert.equal(parser.latestTicks, 2 ** 33 + 3600);
  const below = parserAfter(concat(tables(), key(1800, { dts: 2 ** 33 - 1800 }), delta(5400)));
  assert.deepEqual([below.firstTicks, below.latestTicks], [1800, 5400]);
});

test("a partial file is cut before the frame that is not known to be whole", () => {
  const upTo3600 = concat(tables(), key(0));
  const upTo7200 = concat(upTo3600, delta(3600));
  const open = delta(7200, 500);
  const cases: [name: string, rest: Uint8Array, kept: Uint8Array][] = [
    ["all of it, but nothing says so", open, upTo7200],
    ["a byte is missing", open.subarray(0, -1), upTo7200],
    ["its first packet only", open.subarray(0, 188), upTo7200],
    ["not even a packet, so that the frame before may go on", open.subarray(0, 100), upTo3600],
    ["tables in front of the next keyframe", concat(open, tables()), upTo7200],
  ];
  for (const [name, rest, kept] of cases) {
    const { keepBytes, result } = parserAfter(concat(upTo7200, rest)).finishPartial();
    assert.equal(keepBytes, kept.length, name);
    assert.deepEqual(result, parseSegment(kept), name);
    assert.ok(result.ok, name);
  }
});

test("a partial file keeps the frame in front of audio, and audio that is whole by its length", () => {
  const whole = concat(tables(), key(0), delta(3600));
  const sound = audio(0, 400);
  assert.equal(parserAfter(concat(whole, sound)).finishPartial().keepBytes, whole.length + sound.length);
  assert.equal(parserAfter(concat(whole, sound.subarray(0, -1))).finishPartial().keepBytes, whole.length);
});

test("a partial file: only an audio packet's own bytes make it whole", () => {
  const whole = concat(tables(), key(0), delta(3600));
  const foreign = tsPacket(new Uint8Array(184), { pid: VIDEO_PID });
  const cut = concat(whole, audio(0, 400).subarray(0, -188), foreign);
  assert.equal(parserAfter(cut).finishPartial().keepBytes, whole.length);
});

test("a partial file: tables behind the cut do not change what is said of it", () => {
  const soundOnly = concat(tables([{ type: 0x0f, pid: AUDIO_PID }]), audio(0));
  const { keepBytes, result } = parserAfter(
    concat(soundOnly, audio(0).subarray(0, 188), tables()),
  ).finishPartial();
  assert.equal(keepBytes, soundOnly.length);
  assert.deepEqual(result, parseSegment(soundOnly));
  assert.match(reasonOf(soundOnly), /neither H.264 nor H.265/);
});

test("a partial file without a whole frame says so", () => {
  const { result } = parserAfter(concat(tables(), key(0))).finishPartial();
  assert.deepEqual(result, { ok: false, reason: "It holds no video frame." });
});

test("a parser is finished once", () => {
  const parser = parserAfter(handMadeSegment());
  parser.finish();
  assert.throws(() => parser.finish(), /finish a segment parser twice/);
  assert.throws(() => parser.push(new Uint8Array(1)), /push to a segment parser that was finished/);
});
