import assert from "node:assert/strict";
import { test } from "node:test";
import { codecName, unsupportedCodecs } from "./codecs.ts";

const onlyH264 = {
  isTypeSupported: (type: string) => /^video\/mp4; codecs="avc1|^audio\/mp4; codecs="mp4a/.test(type),
};
const tracks = (codec: string) => ({ video: { codec }, audio: { codec: "mp4a.40.2" } });

test("what the browser cannot play is named", () => {
  assert.deepEqual(unsupportedCodecs(tracks("avc1.64001f"), onlyH264), []);
  assert.deepEqual(unsupportedCodecs(tracks("hvc1.1.6.L120.90"), onlyH264), ["hvc1.1.6.L120.90"]);
  assert.deepEqual(unsupportedCodecs({ video: { codec: "avc1.64001f" }, audio: null }, onlyH264), []);
  assert.deepEqual(
    unsupportedCodecs({ video: { codec: "avc1.64001f" }, audio: { codec: "alaw" } }, onlyH264),
    ["alaw"],
  );
});

test("without tracks or without media source nothing is known", () => {
  assert.deepEqual(unsupportedCodecs(null, onlyH264), []);
  assert.deepEqual(unsupportedCodecs(tracks("hvc1.1"), undefined), []);
});

test("codecs have the names that people know", () => {
  assert.equal(codecName("hvc1.1.6.L120.90"), "H.265 (HEVC)");
  assert.equal(codecName("avc1.64001f"), "H.264");
  assert.equal(codecName("x-unheard"), "x-unheard");
});
