import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseH265Sps } from "./h265.ts";
import { fromHex, H265_SPS } from "./test_data.ts";

const parse = (hex: string) => parseH265Sps(fromHex(hex));

// Written by x265; the sizes and profiles are the ones it was asked for.
test("Main, 1920x1080: the window takes 8 lines off", () => {
  const sps = "420101016000000300900000030000030078a003c08010e596566924caf0168080000003008000000c8400";
  assert.deepEqual(parse(sps), { codec: "hvc1.1.6.L120.90", width: 1920, height: 1080 });
});

test("Main, 498x374: cropped on both sides", () => {
  const sps = "42010101600000030090000003000003003fa00fc805e72565959a4932bc05a0200000030020000003032100";
  assert.deepEqual(parse(sps), { codec: "hvc1.1.6.L63.90", width: 498, height: 374 });
});

test("Main 10, 320x180", () => {
  assert.deepEqual(parse(H265_SPS), { codec: "hvc1.2.4.L60.90", width: 320, height: 180 });
});

test("4:2:2 range extension, 322x182: two constraint bytes, cropping in other units", () => {
  const sps = "4201010408000003009d0800000300003cb00a480b9c9796566924caf0168080000003008000000c8400";
  assert.deepEqual(parse(sps), { codec: "hvc1.4.10.L60.9D.08", width: 322, height: 182 });
});

test("high tier, 3840x2160", () => {
  const sps = "420101216000000300900000030000030099a001e020021c596566924caf016808000003000800000300c84000";
  assert.deepEqual(parse(sps), { codec: "hvc1.1.6.H153.90", width: 3840, height: 2160 });
});

test("profile space and sub-layers are read over", () => {
  // 3 sub-layers: the first with profile and level, the second with level only.
  const general = "81 60000000 b00000000000 5d".replaceAll(" ", "");
  const presence = "d000"; // 11 01, six times 00
  const subLayers = `${"aa".repeat(11)}5a5b`;
  // id 0 (1), 4:2:0 (010), width 320 and height 176 (ue), no window
  const bits = `1 010 ${golomb(320)} ${golomb(176)} 0 1`;
  const sps = fromHex(`4201 04 ${general} ${presence} ${subLayers} ${bitsToHex(bits)}`.replaceAll(" ", ""));
  assert.deepEqual(parseH265Sps(escaped(sps)), { codec: "hvc1.B1.6.L93.B0", width: 320, height: 176 });
});

test("an SPS that is cut short or empty is none", () => {
  assert.equal(parse(H265_SPS.slice(0, 40)), undefined);
  assert.equal(parse("4201"), undefined);
  assert.equal(parse(""), undefined);
});

test("no bytes make it throw or give an impossible size", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const track = parseH265Sps(bytes);
      assert.ok(!track || (track.width > 0 && track.height > 0 && track.codec.length <= 64));
    }),
  );
});

function golomb(value: number): string {
  const binary = (value + 1).toString(2);
  return "0".repeat(binary.length - 1) + binary;
}

function bitsToHex(bits: string): string {
  const plain = bits.replaceAll(" ", "");
  const bytes = plain.padEnd(Math.ceil(plain.length / 8) * 8, "0").match(/.{8}/g) ?? [];
  return bytes.map((byte) => parseInt(byte, 2).toString(16).padStart(2, "0")).join("");
}

/** Puts emulation prevention bytes in. */
function escaped(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (const byte of bytes) {
    if (byte <= 3 && out.at(-1) === 0 && out.at(-2) === 0) out.push(3);
    out.push(byte);
  }
  return Uint8Array.from(out);
}
