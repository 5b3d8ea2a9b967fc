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
  H264_SPS,
  H265_SPS,
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
  const { frames, changedAt } = result;
  return { frames, ...(changedAt !== undefined && { changedAt }), ...ParsedSegment.parse(result.segment) };
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
  const gop = concat(tables(), key(126_000), audio(126_000), delta(144_000), delta(162_000));
  const next = concat(tables(), key(180_000), delta(198_000));
  const keyframe = tables().length + key(0).length;
  assert.deepEqual(parsed(concat(gop, next)), {
    frames: 5,
    bytes: gop.length + next.length,
    startTicks: 126_000,
    mediaDurationTicks: 90_000,
    tracks: { video: { codec: "avc1.42C00C", width: 320, height: 180 }, audio: { codec: "mp4a.40.2" } },
    fragments: [
      { bytes: gop.length, durationTicks: 54_000, keyframeBytes: keyframe + audio(0).length },
      { bytes: next.length, durationTicks: 36_000, keyframeBytes: keyframe },
    ],
  });
});

test("a keyframe is known by its IDR slice or by the random access indicator alone", () => {
  const byIdr = concat(tables(), key(0), delta(3600), tables(), key(45_000, { randomAccess: false }));
  assert.equal(parsed(byIdr).fragments.length, 2);
  const recovery = pesPackets(deltaPicture(), { pid: VIDEO_PID, pts: 45_000, randomAccess: true });
  assert.equal(parsed(concat(tables(), key(0), delta(3600), tables(), recovery)).fragments.length, 2);
});

test("an IDR slice and an SPS behind more SEI than one packet holds are found", () => {
  const sei = fromHex(`00000001 06 05 ff ff 01 ${"a5".repeat(400)} 80`);
  const picture = pesPackets(concat(sei, keyPicture()), { pid: VIDEO_PID, pts: 0 });
  assert.deepEqual(parsed(concat(tables(), picture)).tracks.video.width, 320);
});

test("a fragment begins at the newest PAT and PMT behind the frame before", () => {
  const head = concat(tables(), key(0), delta(3600));
  const [pat, pmt] = [tables().subarray(0, 188), tables().subarray(188)];
  const sdt = sectionPacket(0x11, patSection());
  const empty = tsPacket(new Uint8Array(0), { pid: VIDEO_PID });
  const nullPacket = tsPacket(new Uint8Array(184), { pid: 0x1fff });
  const fragmentsWith = (between: Uint8Array[]) => {
    const { fragments } = parsed(concat(head, ...between, key(90_000)));
    assert.ok(fragments.length <= 2);
    return fragments[1] && fragments[0]?.bytes;
  };
  assert.equal(fragmentsWith([tables()]), head.length);
  assert.equal(fragmentsWith([sdt, tables()]), head.length + 188, "the SDT stays behind");
  assert.equal(fragmentsWith([tables(), sdt, empty, nullPacket]), head.length);
  assert.equal(fragmentsWith([tables(), audio(3600), tables()]), head.length + 376 + audio(0).length);
  assert.equal(fragmentsWith([tables(), audio(3600)]), head.length, "sound may lie in between");
  assert.equal(fragmentsWith([tables(), delta(7200)]), undefined, "video may not");
  assert.equal(fragmentsWith([pat]), undefined, "no PMT");
  assert.equal(fragmentsWith([pmt]), undefined, "no PAT");
  assert.equal(fragmentsWith([pat, audio(3600), pmt]), undefined, "not in one piece");
  assert.equal(fragmentsWith([]), undefined, "no tables at all");
});

test("keyframes that follow each other within 0.5 s are one fragment", () => {
  const pictures = Array.from({ length: 30 }, (_, index) => concat(tables(), key(index * 3600)));
  const picture = pictures[0]!.length;
  assert.deepEqual(
    parsed(concat(...pictures)).fragments.map(({ bytes, durationTicks }) => [bytes / picture, durationTicks]),
    [
      [13, 46_800],
      [13, 46_800],
      [4, 14_400],
    ],
  );
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
  const rest = concat(tables(), key(90_000), delta(93_600));
  const segment = parsed(concat(file, rest));
  // The packets in front of the gap are not trusted: the frames that lay in them are missing.
  assert.equal(segment.frames, 4);
  assert.deepEqual(
    segment.fragments.map(({ bytes }) => bytes),
    [file.length, rest.length],
  );
  assert.deepEqual(
    segment.fragments.map(({ durationTicks }) => durationTicks),
    [90_000, 7200],
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

/** x264, 1920x1080, high profile. */
const HD_SPS = "67640028acd940780227e5c044000003000400000300c83c60c65800";
const HD = { codec: "avc1.640028", width: 1920, height: 1080 };
const SMALL = { codec: "avc1.42C00C", width: 320, height: 180 };
const hdKey = (pts: number, sps = HD_SPS) =>
  pesPackets(keyPicture(600, sps), { pid: VIDEO_PID, pts, randomAccess: true });

test("another size ends the segment where the tables begin that lie in front of it", () => {
  const before = concat(tables(), key(0), audio(0), delta(3600), delta(7200));
  const after = concat(tables(), hdKey(20_000), delta(23_600), audio(23_600));
  const { changedAt, frames, ...segment } = parsed(concat(before, after));
  assert.deepEqual([changedAt, frames], [before.length, 3]);
  const alone = parsed(before);
  assert.deepEqual(segment.tracks, { video: SMALL, audio: { codec: "mp4a.40.2" } });
  assert.deepEqual(
    segment.fragments,
    [{ ...alone.fragments[0]!, durationTicks: 20_000 }],
    "up to the next frame",
  );
  assert.equal(segment.bytes, before.length);
  assert.deepEqual(parsed(after).tracks.video, HD, "what follows is a segment of its own");
});

test("a growing file tells of a change as soon as the keyframe is whole", () => {
  const before = concat(tables(), key(0), delta(1800), delta(3600));
  const parser = parserAfter(before);
  assert.deepEqual([parser.tracks, parser.changedAt], [SMALL, undefined]);
  parser.push(concat(tables(), hdKey(7200)));
  assert.deepEqual([parser.tracks, parser.changedAt], [SMALL, undefined]);
  parser.push(concat(delta(10_800), delta(14_400)));
  assert.deepEqual([parser.tracks, parser.changedAt], [HD, before.length]);
  parser.push(concat(tables(), key(18_000), delta(21_600), delta(25_200)));
  assert.deepEqual([parser.tracks, parser.changedAt], [SMALL, before.length], "the first change counts");
  assert.deepEqual(new SegmentParser().tracks, undefined);
});

test("the same codec and size in other words is no change, and neither is what cannot be read", () => {
  const start = concat(tables(), key(0), delta(3600), tables());
  assert.equal(parsed(concat(start, hdKey(90_000, `${H264_SPS}44`))).changedAt, undefined);
  assert.equal(parsed(concat(start, hdKey(90_000, "6742"))).changedAt, undefined);
  assert.equal(
    parsed(concat(start, hdKey(90_000, H264_SPS.replace("6742c00c", "6742c01f")))).changedAt,
    start.length - 376,
  );
  const parser = parserAfter(concat(start, hdKey(90_000, "6742"), delta(93_600), delta(97_200)));
  assert.deepEqual(parser.tracks, SMALL);
  const early = pesPackets(concat(fromHex(`00000001 ${HD_SPS}`), deltaPicture()), {
    pid: VIDEO_PID,
    pts: 7200,
  });
  assert.equal(
    parsed(concat(start, early, tables(), hdKey(10_800))).changedAt,
    start.length + early.length,
    "a picture that is no keyframe does not need it",
  );
  const unread = parsed(concat(tables(), hdKey(0, "6742"), delta(3600), tables(), hdKey(90_000)));
  assert.deepEqual(
    [unread.changedAt, unread.tracks.video],
    [undefined, HD],
    "the first that can be read counts",
  );
});

test("of two parameter sets in front of a picture the second counts", () => {
  const stale = fromHex(`00000001 ${H264_SPS} 00000001 68ef8fcb`);
  const both = pesPackets(concat(stale, keyPicture(600, HD_SPS)), { pid: VIDEO_PID, pts: 90_000 });
  const before = concat(tables(), key(0), delta(3600));
  assert.equal(parsed(concat(before, tables(), both)).changedAt, before.length);
});

test("a size that changes before the first keyframe is that of the segment", () => {
  const early = pesPackets(concat(fromHex(`00000001 ${H264_SPS}`), deltaPicture()), {
    pid: VIDEO_PID,
    pts: 0,
  });
  const { tracks, changedAt } = parsed(concat(tables(), early, tables(), hdKey(3600), delta(7200)));
  assert.deepEqual([tracks.video, changedAt], [HD, undefined]);
});

test("a change right behind a keyframe, where FFmpeg writes no tables, ends the segment at the next ones", () => {
  const before = concat(tables(), key(0), key(3600), hdKey(7200), hdKey(10_800));
  const sound = audio(10_800);
  const { changedAt, frames, tracks } = parsed(concat(before, tables(), sound, hdKey(14_400)));
  assert.deepEqual(
    [changedAt, frames, tracks.video],
    [before.length, 4, SMALL],
    "though sound lies in between",
  );
  assert.equal(parsed(before).changedAt, undefined);
});

test("another codec ends the segment, with a keyframe or not", () => {
  const h265 = tables([{ type: 0x24, pid: VIDEO_PID }]);
  const picture = (nal: string, pts: number) =>
    pesPackets(fromHex(`00000001 460150 00000001 ${H265_SPS} 00000001 ${nal}01 ${"a5".repeat(300)}`), {
      pid: VIDEO_PID,
      pts,
    });
  const before = concat(tables(), key(0), delta(3600));
  for (const nal of ["26", "02"]) {
    const { changedAt, frames, tracks } = parsed(
      concat(before, h265, picture(nal, 7200), picture("26", 10_800)),
    );
    assert.deepEqual([changedAt, frames, tracks.video], [before.length, 2, SMALL]);
  }
  const bare = pesPackets(fromHex(`00000001 2601 ${"a5".repeat(300)}`), { pid: VIDEO_PID, pts: 7200 });
  const parser = parserAfter(concat(before, h265, bare, delta(9000), delta(10_800)));
  assert.deepEqual([parser.changedAt, parser.tracks], [before.length, undefined], "nothing is known of it");
  const same = parsed(concat(before, tables([{ type: 0x1b, pid: VIDEO_PID }]), delta(7200)));
  assert.equal(same.changedAt, undefined, "other tables, the same codec");
});

test("time stamps that go back end the segment, and the newest time stays", () => {
  const before = concat(tables(), key(900_000), delta(903_600));
  const whole = concat(before, tables(), key(90_000), delta(93_600));
  assert.deepEqual(parsed(whole), { ...parsed(before), changedAt: before.length });
  const parser = parserAfter(whole);
  assert.deepEqual([parser.firstTicks, parser.latestTicks], [900_000, 903_600]);
  const ahead = concat(before, tables(), key(2_000_000), delta(2_003_600));
  assert.deepEqual(parsed(ahead), { ...parsed(before), changedAt: before.length });
  assert.equal(parserAfter(ahead).latestTicks, 903_600);
});

test("what comes after a change says nothing of the segment before it", () => {
  const noSps = pesPackets(fromHex("00000001 65a5a5a5a5"), {
    pid: VIDEO_PID,
    pts: 900_000,
    randomAccess: true,
  });
  assert.match(reasonOf(concat(tables(), noSps, tables(), key(0))), /no sequence parameter set|SPS/);
  const silent = concat(tables(), key(0), delta(3600));
  assert.equal(parsed(concat(silent, tables(), audio(7200), hdKey(7200))).tracks.audio, null);
});

test("a partial file with a change: what is kept goes past it, what is described does not", () => {
  const before = concat(tables(), key(0), delta(3600));
  const after = concat(tables(), hdKey(7200));
  const { keepBytes, result } = parserAfter(concat(before, after, delta(10_800))).finishPartial();
  assert.equal(keepBytes, before.length + after.length);
  assert.ok(result.ok);
  assert.deepEqual([result.changedAt, result.segment.bytes], [before.length, before.length]);
  const unsure = parserAfter(concat(before, after)).finishPartial();
  assert.ok(unsure.result.ok);
  assert.deepEqual([unsure.keepBytes, unsure.result.changedAt], [before.length + tables().length, undefined]);
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
