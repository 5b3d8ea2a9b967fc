import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, fromHex, patSection, section } from "./test_data.ts";
import { SectionReader, sectionCrc } from "./ts_section.ts";

/** The PAT that FFmpeg writes: program 1, PMT on PID 0x1000. */
const FFMPEG_PAT = fromHex("00b00d0001c100000001f0002ab104b2");

test("the CRC of FFmpeg's own PAT is right, and one flipped bit makes it wrong", () => {
  assert.equal(sectionCrc(FFMPEG_PAT), 0);
  assert.equal(sectionCrc(FFMPEG_PAT.subarray(0, -4)), 0x2ab104b2);
  assert.notEqual(sectionCrc(FFMPEG_PAT.with(9, 2)), 0);
  assert.deepEqual(patSection(), FFMPEG_PAT.with(10, 0xf0));
});

test("reads a section that fits into one packet and ignores the stuffing after it", () => {
  const payload = concat(Uint8Array.of(0), FFMPEG_PAT, new Uint8Array(30).fill(0xff));
  assert.deepEqual(new SectionReader().push(payload, true), [FFMPEG_PAT]);
});

test("leaves out a section with a wrong CRC and reads the one behind it", () => {
  const payload = concat(Uint8Array.of(0), FFMPEG_PAT.with(9, 2), FFMPEG_PAT);
  assert.deepEqual(new SectionReader().push(payload, true), [FFMPEG_PAT]);
});

test("puts a long section together, up to the pointer of the packet in which it ends", () => {
  const long = section(2, 1, new Uint8Array(300).fill(7));
  const reader = new SectionReader();
  assert.deepEqual(reader.push(concat(Uint8Array.of(0), long.subarray(0, 183)), true), []);
  assert.deepEqual(reader.push(long.subarray(183, 300), false), []);
  const rest = long.subarray(300);
  assert.deepEqual(reader.push(concat(Uint8Array.of(rest.length), rest, FFMPEG_PAT), true), [
    long,
    FFMPEG_PAT,
  ]);
});

test("a section that is longer than any table allows is left out, and what follows stuffing is not read", () => {
  const tooLong = section(2, 1, new Uint8Array(1100));
  assert.deepEqual(new SectionReader().push(concat(Uint8Array.of(0), tooLong), true), []);
  const behindStuffing = concat(Uint8Array.of(0), fromHex("ffffff"), FFMPEG_PAT);
  assert.deepEqual(new SectionReader().push(behindStuffing, true), []);
});

test("a continuation without a beginning, an impossible length and an empty payload give nothing", () => {
  const reader = new SectionReader();
  assert.deepEqual(reader.push(FFMPEG_PAT, false), []);
  assert.deepEqual(reader.push(fromHex("00 00bfff0001c10000"), true), []);
  assert.deepEqual(reader.push(new Uint8Array(0), true), []);
  assert.deepEqual(reader.push(Uint8Array.of(200, 1, 2), true), []);
  assert.deepEqual(reader.push(concat(Uint8Array.of(0), FFMPEG_PAT), true), [FFMPEG_PAT]);
});
