import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { AudioFrames } from "./clip_audio.ts";
import { ClipMuxer, type MuxerOptions } from "./clip_muxer.ts";
import { planClip } from "./clip_plan.ts";
import type { PlaylistSegment } from "./playlist_items.ts";
import { parseSegment } from "./segment_parser.ts";
import {
  audioFrame,
  concat,
  handMadeSegment,
  keyPicture,
  pesPackets,
  tables,
  VIDEO_PID,
} from "./test_data.ts";

const START = 1_770_000_000_000;

type Box = { type: string; bytes: Buffer; children: Box[] };
const CONTAINERS = new Set(["moov", "trak", "edts", "mdia", "minf", "stbl", "dinf"]);

/** What is in a file, box by box. */
function boxes(bytes: Buffer): Box[] {
  const found: Box[] = [];
  for (let at = 0; at < bytes.length; ) {
    const short = bytes.readUInt32BE(at);
    const size = short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short;
    assert.ok(size >= 8 && at + size <= bytes.length, `a box of ${size} bytes at ${at} of ${bytes.length}`);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const body = bytes.subarray(at + (short === 1 ? 16 : 8), at + size);
    found.push({ type, bytes: body, children: CONTAINERS.has(type) ? boxes(body) : [] });
    at += size;
  }
  return found;
}

function child(parent: Pick<Box, "children"> | undefined, ...path: string[]): Box {
  let box = parent as Box;
  for (const type of path) box = box.children.find((one) => one.type === type)!;
  return box;
}

/** 32-bit numbers behind the version, the flags and the count. */
function numbers(box: Box): number[] {
  const all: number[] = [];
  for (let at = 8; at + 4 <= box.bytes.length; at += 4) all.push(box.bytes.readInt32BE(at));
  return all;
}

function segmentsOf(files: readonly Uint8Array[]): PlaylistSegment[] {
  let startMs = START;
  return files.map((file, sequence) => {
    const parsed = parseSegment(file);
    assert.ok(parsed.ok);
    const { segment } = parsed;
    const endMs = startMs + Math.round(segment.mediaDurationTicks / 90);
    const place = { runId: "a", beganMs: START, sequence, firstFragment: 0, startMs, endMs };
    const one = { ...segment, ...place, key: String(sequence) };
    startMs = endMs;
    return one;
  });
}

function mux(files: readonly Uint8Array[], range: { startMs: number; endMs: number }, options: MuxerOptions) {
  const result = planClip(segmentsOf(files), range);
  assert.ok(result.ok);
  const muxer = new ClipMuxer(result.plan, options);
  const parts = [...muxer.begin()];
  for (const stretch of result.plan.stretches) {
    for (const { segment, fragments } of stretch.pieces) {
      for (const fragment of fragments) {
        const { offset, bytes } = fragment;
        const file = files[segment.sequence]!;
        parts.push(...muxer.add(file.subarray(offset, offset + bytes), { stretch, fragment }));
      }
    }
  }
  const { end, patch } = muxer.finish();
  const file = Buffer.concat([...parts, ...end]);
  if (patch) file.set(patch.bytes, patch.at);
  return { file, plan: result.plan, top: boxes(file) };
}

/** Of each sample of a track, in the order of decoding: its bytes. */
function samplesOf(file: Buffer, track: Box): Buffer[] {
  const stbl = child(track, "mdia", "minf", "stbl");
  const sizes = numbers(child(stbl, "stsz")).slice(1);
  const offsets = numbers(child(stbl, "stco"));
  const runs = numbers(child(stbl, "stsc"));
  const samples: Buffer[] = [];
  for (const [chunk, offset] of offsets.entries()) {
    const run = [...runs.keys()].filter((at) => at % 3 === 0 && runs[at]! <= chunk + 1).at(-1)!;
    let at = offset;
    for (let nth = 0; nth < runs[run + 1]!; nth++) {
      const size = sizes[samples.length]!;
      samples.push(file.subarray(at, at + size));
      at += size;
    }
  }
  assert.equal(samples.length, sizes.length);
  return samples;
}

describe("an MP4 of hand-made segments", () => {
  // 4 frames of 40 ms a GOP, so 0.5 s need 13 frames: GOPs of 14 make fragments of their own.
  const files = [0, 1].map((index) =>
    handMadeSegment({ gops: 2, deltas: 13, firstPts: 126_000 + index * 100_800 }),
  );
  const whole = { startMs: START, endMs: START + 2_240 };

  for (const into of ["stream", "file"] as const) {
    test(`${into}: every sample is where the table says, and nothing else is in the file`, () => {
      const { file, top } = mux(files, whole, { into });
      const types = top.map(({ type }) => type);
      if (into === "file") assert.deepEqual(types, ["ftyp", "mdat", "moov"]);
      else assert.deepEqual(types, ["ftyp", "mdat", "mdat", "mdat", "mdat", "moov"]);
      const [video, audio] = top.at(-1)!.children.filter(({ type }) => type === "trak") as [Box, Box];
      const pictures = samplesOf(file, video);
      const sounds = samplesOf(file, audio);
      assert.equal(pictures.length, 56);
      const mediaBytes = top
        .filter(({ type }) => type === "mdat")
        .reduce((sum, { bytes }) => sum + bytes.length, 0);
      const sampleBytes = [...pictures, ...sounds].reduce((sum, { length }) => sum + length, 0);
      assert.equal(mediaBytes, sampleBytes);
      // Lengths instead of start codes, no delimiter: SPS, PPS, IDR slice.
      const [key, delta] = pictures as [Buffer, Buffer];
      assert.equal(key.readUInt32BE(0), 25);
      assert.equal(key[4], 0x67);
      assert.equal(delta.readUInt32BE(0), delta.length - 4);
      assert.equal(delta[4], 0x41);
      assert.ok(sounds.every((sound) => sound.equals(Buffer.alloc(400, 0x21))));
    });
  }

  test("sync samples, durations and the edit list follow from the time stamps and the asked range", () => {
    const { top, plan } = mux(files, { startMs: START + 600, endMs: START + 2_000 }, { into: "file" });
    const [video] = top.at(-1)!.children.filter(({ type }) => type === "trak") as [Box];
    const stbl = child(video, "mdia", "minf", "stbl");
    // From the keyframe at 0.56 s on, until what is decoded by 2.0 s.
    assert.deepEqual(numbers(child(stbl, "stss")), [1, 15, 29]);
    assert.deepEqual(numbers(child(stbl, "stts")), [36, 3_600]);
    assert.equal(child(stbl, "ctts"), undefined);
    // Begins with the picture at 0.6 s, the second one; plays 1.4 s.
    assert.deepEqual(numbers(child(video, "edts", "elst")), [126_000, 3_600, 0x10000]);
    assert.equal(plan.durationTicks, 126_000);
    const mvhd = child(top.at(-1), "mvhd").bytes;
    assert.deepEqual([mvhd.readUInt32BE(12), mvhd.readUInt32BE(16)], [90_000, 126_000]);
    assert.equal(mvhd.readUInt32BE(4), Math.floor((START + 600) / 1000) + 2_082_844_800);
  });

  test("begun between two pictures, the first one comes when it is due", () => {
    const { top } = mux(files, { startMs: START + 610, endMs: START + 2_000 }, { into: "file" });
    const [video] = top.at(-1)!.children.filter(({ type }) => type === "trak") as [Box];
    // 30 ms of nothing, then from the picture at 0.64 s on.
    assert.deepEqual(numbers(child(video, "edts", "elst")), [2_700, -1, 0x10000, 122_400, 7_200, 0x10000]);
  });
});

test("slices of a picture in packets of their own are one sample; parameter sets alone go to the picture after them", () => {
  const slice = (first: boolean) => Uint8Array.of(0, 0, 1, 0x41, first ? 0x9a : 0x4d, 1, 2, 3);
  const parts = [tables(), pesPackets(keyPicture(), { pid: VIDEO_PID, pts: 9_000, randomAccess: true })];
  let pts = 9_000;
  for (let frame = 0; frame < 14; frame++) {
    pts += 3_600;
    // The setting that changes nothing comes first, alone.
    if (frame === 3) parts.push(pesPackets(Uint8Array.of(0, 0, 1, 6, 5, 1, 0x80), { pid: VIDEO_PID, pts }));
    parts.push(pesPackets(slice(true), { pid: VIDEO_PID, pts }));
    parts.push(pesPackets(slice(false), { pid: VIDEO_PID, pts: pts + 1 }));
  }
  const file = concat(...parts);
  const { file: clip, top } = mux([file], { startMs: START, endMs: START + 390 }, { into: "file" });
  const [video] = top.at(-1)!.children.filter(({ type }) => type === "trak") as [Box];
  const samples = samplesOf(clip, video);
  assert.equal(samples.length, 10);
  assert.deepEqual([...samples[1]!], [0, 0, 0, 5, 0x41, 0x9a, 1, 2, 3, 0, 0, 0, 5, 0x41, 0x4d, 1, 2, 3]);
  assert.deepEqual([...samples[4]!.subarray(0, 9)], [0, 0, 0, 4, 6, 5, 1, 0x80, 0]);
});

test("parameter sets that change within a run: each sample is described by those before it", () => {
  const second = (file: Uint8Array) => {
    const bytes = Buffer.from(file);
    // The last picture parameter set becomes another one with the same id.
    bytes[bytes.lastIndexOf(Buffer.from("68ef8fcb", "hex")) + 2] = 0x8e;
    return new Uint8Array(bytes);
  };
  const files = [second(handMadeSegment({ gops: 2, deltas: 13, audio: false }))];
  const { top } = mux(files, { startMs: START, endMs: START + 1_120 }, { into: "file" });
  const [video] = top.at(-1)!.children.filter(({ type }) => type === "trak") as [Box];
  const stbl = child(video, "mdia", "minf", "stbl");
  assert.equal(child(stbl, "stsd").bytes.readUInt32BE(4), 2);
  assert.deepEqual(numbers(child(stbl, "stsc")), [1, 14, 1, 2, 14, 2]);
});

test("bytes that are no video give a sentence, never anything else", () => {
  const files = [handMadeSegment({ gops: 1, deltas: 13 })];
  const result = planClip(segmentsOf(files), { startMs: START, endMs: START + 500 });
  assert.ok(result.ok);
  const [stretch] = result.plan.stretches;
  const place = { stretch: stretch!, fragment: stretch!.pieces[0]!.fragments[0]! };
  const damaged = fc.oneof(
    fc.uint8Array({ maxLength: 2_000 }),
    // The real one with bytes changed.
    fc
      .array(fc.tuple(fc.nat(files[0]!.length - 1), fc.nat(255)), { minLength: 1, maxLength: 40 })
      .map((changes) => {
        const bytes = new Uint8Array(files[0]!);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      }),
  );
  fc.assert(
    fc.property(damaged, (bytes) => {
      const muxer = new ClipMuxer(result.plan, { into: "stream" });
      const parts = muxer.begin();
      try {
        parts.push(...muxer.add(bytes, place), ...muxer.finish().end);
      } catch (error) {
        assert.match((error as Error).message, /no picture that can be decoded|no parameter sets/);
        return;
      }
      boxes(Buffer.concat(parts));
    }),
    { numRuns: 300 },
  );
});

test("a frame of sound that is cut in the middle of a packet is put together again", () => {
  const frames = [120, 5, 300, 77].map((bytes, index) =>
    audioFrame(bytes).map((byte, at) => (at < 7 ? byte : index)),
  );
  const stream = concat(...frames);
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: stream.length - 1 }), { maxLength: 6 }), (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), stream.length];
      const reader = new AudioFrames();
      const found: { pts: number; seconds: number; bytes: number[] }[] = [];
      // In units of their own, two of which are in each fragment.
      for (let at = 0; at + 1 < edges.length; at += 2) {
        const units = [at, at + 1].flatMap((index) =>
          index + 1 < edges.length
            ? [
                {
                  start: edges[index]!,
                  end: edges[index + 1]!,
                  pts: index * 1_000_000,
                  dts: undefined,
                  randomAccess: false,
                },
              ]
            : [],
        );
        for (const { bytes, pts, afterSeconds } of reader.read({ bytes: stream, units }))
          found.push({ pts, seconds: afterSeconds, bytes: [...bytes] });
      }
      assert.deepEqual(
        found.map(({ bytes }) => bytes),
        frames.map((frame) => [...frame.subarray(7)]),
      );
      // Each has the time of the packet in which it begins, and of the frames that begin before it there.
      const starts = [0, 127, 139, 446];
      for (const [index, { pts, seconds }] of found.entries()) {
        const unit = edges.findLastIndex((edge) => edge <= starts[index]!);
        assert.equal(pts, unit * 1_000_000);
        const before = starts.filter((start) => start >= edges[unit]! && start < starts[index]!).length;
        assert.ok(Math.abs(seconds - before * (1024 / 48_000)) < 1e-9);
      }
    }),
  );
});
