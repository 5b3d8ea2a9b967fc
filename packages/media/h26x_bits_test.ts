import assert from "node:assert/strict";
import { test } from "node:test";
import { BitReader, checkedTrack, hexByte, unescapeNal } from "./h26x_bits.ts";
import { fromHex } from "./test_data.ts";

test("takes out emulation prevention bytes and nothing else", () => {
  const unescaped = (hex: string) => Buffer.from(unescapeNal(fromHex(hex))).toString("hex");
  assert.equal(unescaped("0000030100000300000303"), "00000100000000" + "03");
  assert.equal(unescaped("000301"), "000301");
  assert.equal(unescaped("00000003"), "000000");
});

test("reads fixed codes, single bits and all of 32 bits", () => {
  const reader = new BitReader(fromHex("a5 ffffffff 80"));
  assert.deepEqual([reader.bits(4), reader.flag(), reader.bits(3)], [0xa, false, 5]);
  assert.equal(reader.bits(32), 0xffffffff);
  assert.equal(reader.flag(), true);
  assert.equal(reader.overrun, false);
});

test("reads Exp-Golomb codes (H.264 tables 9-2 and 9-3)", () => {
  // 1, 010, 011, 00100, 00101, 00110, 00111, 0001000, then padding
  const codes = fromHex("a6 42 98 e2 00");
  const unsigned = new BitReader(codes);
  assert.deepEqual(
    Array.from({ length: 8 }, () => unsigned.ue()),
    [0, 1, 2, 3, 4, 5, 6, 7],
  );
  const signed = new BitReader(codes);
  assert.deepEqual(
    Array.from({ length: 8 }, () => signed.se() + 0),
    [0, 1, -1, 2, -2, 3, -3, 4],
  );
});

test("remembers that it read past the end, and gives up a code that is too long", () => {
  const short = new BitReader(fromHex("ff"));
  short.skip(8);
  assert.equal(short.overrun, false);
  assert.equal(short.bits(3), 0);
  assert.equal(short.overrun, true);
  const zeros = new BitReader(new Uint8Array(20));
  assert.equal(zeros.ue(), 0);
  assert.equal(zeros.overrun, true);
});

test("a size must be possible", () => {
  assert.equal(checkedTrack({ codec: "x", width: 0, height: 16 }), undefined);
  assert.equal(checkedTrack({ codec: "x", width: 16, height: -2 }), undefined);
  assert.equal(checkedTrack({ codec: "x", width: 20_000, height: 16 }), undefined);
  assert.deepEqual(checkedTrack({ codec: "x", width: 16, height: 16 }), {
    codec: "x",
    width: 16,
    height: 16,
  });
  assert.equal(hexByte(0xb) + hexByte(0xc0), "0BC0");
});
