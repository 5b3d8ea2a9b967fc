import assert from "node:assert/strict";
import { test } from "node:test";
import { adtsCodec } from "./adts.ts";
import { audioFrame, fromHex } from "./test_data.ts";

test("reads the object type of FFmpeg's AAC-LC and of the other profiles", () => {
  assert.equal(adtsCodec(fromHex("fff150400 4fffc de0400")), "mp4a.40.2");
  assert.equal(adtsCodec(audioFrame()), "mp4a.40.2");
  assert.equal(adtsCodec(audioFrame().with(2, 0x0c)), "mp4a.40.1");
  assert.equal(adtsCodec(audioFrame().with(2, 0x8c)), "mp4a.40.3");
  assert.equal(adtsCodec(audioFrame().with(1, 0xf8)), "mp4a.40.2", "MPEG-2");
});

test("what is not ADTS has no codec", () => {
  assert.equal(adtsCodec(audioFrame().with(0, 0xfe)), undefined);
  assert.equal(adtsCodec(audioFrame().with(1, 0xfb)), undefined, "layer III is MP3");
  assert.equal(adtsCodec(audioFrame().with(2, 0x7c)), undefined, "reserved sampling frequency");
  assert.equal(adtsCodec(audioFrame().subarray(0, 6)), undefined);
});
