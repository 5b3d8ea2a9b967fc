import assert from "node:assert/strict";
import { test } from "node:test";
import { AccessUnitHead } from "./nal.ts";
import { concat, deltaPicture, fromHex, H264_SPS, H265_SPS, keyPicture, reusedChunks } from "./test_data.ts";
import type { VideoCodec } from "./ts_program.ts";

function headOf(bytes: Uint8Array, { codec = "h264" as VideoCodec, chunk = bytes.length } = {}) {
  const head = new AccessUnitHead(codec);
  for (const part of reusedChunks(bytes, chunk)) head.push(part);
  const { done, keyframe, sps } = head;
  return {
    done,
    keyframe,
    sps:
      sps &&
      Buffer.from(sps)
        .toString("hex")
        .replace(/(00)+$/, ""),
  };
}

const spsText = (hex: string) => hex.replace(/(00)+$/, "");

test("an H.264 IDR picture is a keyframe and its SPS is found, however its bytes arrive", () => {
  for (const chunk of [1, 2, 3, 7, 20, 1000]) {
    const expected = { done: true, keyframe: true, sps: spsText(H264_SPS) };
    assert.deepEqual(headOf(keyPicture(), { chunk }), expected, `in chunks of ${chunk} bytes`);
  }
});

test("an H.264 picture with another slice first is none, whatever follows", () => {
  const picture = concat(deltaPicture(), fromHex("000001 65a5a5"));
  assert.deepEqual(headOf(picture), { done: true, keyframe: false, sps: undefined });
});

test("H.265: types 16 to 21 are keyframes, other slices are not", () => {
  const picture = (type: number) =>
    fromHex(`00000001460150 00000001${H265_SPS} 000001${hexOf(type << 1)}01af`);
  for (let type = 0; type < 32; type++) {
    const head = headOf(picture(type), { codec: "h265" });
    const expected = { done: true, keyframe: type >= 16 && type <= 21, sps: spsText(H265_SPS) };
    assert.deepEqual(head, expected, `type ${type}`);
  }
});

test("H.265: a higher layer decides nothing", () => {
  const head = headOf(fromHex("000001 2609af 000001 0201d0"), { codec: "h265" });
  assert.deepEqual(head, { done: true, keyframe: false, sps: undefined });
});

test("a head without any slice stays open, and one without end is given up", () => {
  assert.equal(headOf(fromHex("000001 09f0")).done, false);
  assert.equal(headOf(new Uint8Array(0), { chunk: 1 }).done, false);
  const endless = concat(fromHex("000001 06"), new Uint8Array(70_000).fill(0x55));
  assert.deepEqual(headOf(endless, { chunk: 184 }), { done: true, keyframe: false, sps: undefined });
});

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
