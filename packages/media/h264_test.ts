import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseH264Sps } from "./h264.ts";
import { fromHex, H264_SPS } from "./test_data.ts";

const parse = (hex: string) => parseH264Sps(fromHex(hex));

// Written by x264; the sizes and profiles are the ones it was asked for.
test("baseline, 320x180: cropped from whole macroblocks", () => {
  assert.deepEqual(parse(H264_SPS), { codec: "avc1.42C00C", width: 320, height: 180 });
});

test("high, 1920x1080: cropped from 1088 lines", () => {
  const sps = "67640028acd940780227e5c044000003000400000300c83c60c65800";
  assert.deepEqual(parse(sps), { codec: "avc1.640028", width: 1920, height: 1080 });
});

test("high, 498x374: cropped on both sides", () => {
  const sps = "67640015acd9408031e226c044000003000400000300c83c58b65800";
  assert.deepEqual(parse(sps), { codec: "avc1.640015", width: 498, height: 374 });
});

test("interlaced, 1920x1080: cropping counts in lines of fields", () => {
  const sps = "67640028acd94078044fde0220000003002000000643e2c5b2c000";
  assert.deepEqual(parse(sps), { codec: "avc1.640028", width: 1920, height: 1080 });
});

test("4:2:2, 4:4:4 and monochrome: cropping counts in other units", () => {
  const colour422 = parse("677a000dbcd941519e222f011000000300100000030320f142996000");
  assert.deepEqual(colour422, { codec: "avc1.7A000D", width: 322, height: 182 });
  const colour444 = parse("67f4000d919b282a33c2119ff85a805a48800000030080000019078a14cb00");
  assert.deepEqual(colour444, { codec: "avc1.F4000D", width: 321, height: 181 });
  const grey = parse("6764000df365054678f8bc05b2000003000200000300641e28532c00");
  assert.deepEqual(grey, { codec: "avc1.64000D", width: 322, height: 182 });
});

/** The bits of an SPS after its first four bytes, written out. */
function fromBits(start: string, bits: string): Uint8Array {
  const plain = bits.replaceAll(/[^01]/g, "");
  const bytes = (plain.padEnd(Math.ceil(plain.length / 8) * 8, "0").match(/.{8}/g) ?? []).map((byte) =>
    parseInt(byte, 2),
  );
  return Uint8Array.from([...fromHex(start), ...bytes]);
}

const SIZE_16_BY_32 = "1 0 1 010 1 0 0"; // refs, gaps, width 1, height 2, frames only, direct, no cropping

test("picture order count type 1 is read over", () => {
  // id 0, frame number, type 1 (010), flag, two offsets, a cycle of 2 with 1 and -1
  const sps = fromBits("6742001e", `1 1 010 0 1 1 011 010 011 ${SIZE_16_BY_32} 1`);
  assert.deepEqual(parseH264Sps(sps), { codec: "avc1.42001E", width: 16, height: 32 });
});

test("scaling lists are read over: absent, flat at once, and all 16 values", () => {
  const list16 = `1 ${"010".repeat(16)}`; // delta 1, sixteen times
  const flat = "1 000010001"; // delta -8: nothing follows
  const lists = `1 ${list16} ${flat} 0 0 0 0 0 0`;
  const sps = fromBits("6764001e", `1 010 1 1 0 ${lists} 1 1 1 ${SIZE_16_BY_32} 1`);
  assert.deepEqual(parseH264Sps(sps), { codec: "avc1.64001E", width: 16, height: 32 });
});

test("a scaling list of 8x8 has 64 values", () => {
  const list64 = `1 ${"010".repeat(64)}`;
  const sps = fromBits("6764001e", `1 010 1 1 0 1 0 0 0 0 0 0 ${list64} 0 1 1 1 ${SIZE_16_BY_32} 1`);
  assert.deepEqual(parseH264Sps(sps), { codec: "avc1.64001E", width: 16, height: 32 });
});

test("an SPS that is cut short, empty or too large is none", () => {
  assert.equal(parse(H264_SPS.slice(0, 16)), undefined);
  assert.equal(parse("67"), undefined);
  assert.equal(parse(""), undefined);
  const huge = fromBits("6742001e", `1 1 1 1 1 0 ${"0".repeat(12)}1${"1".repeat(12)} 1 1 0 0 1`);
  assert.equal(parseH264Sps(huge), undefined);
});

test("no bytes make it throw or give an impossible size", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const track = parseH264Sps(bytes);
      assert.ok(!track || (track.width > 0 && track.height > 0 && /^avc1\.[0-9A-F]{6}$/.test(track.codec)));
    }),
  );
});
