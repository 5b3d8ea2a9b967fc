import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "./backoff.ts";
import { describeExit } from "./capture.ts";
import { explainFailure, parseCodecs } from "./ffmpeg.ts";

test("codecs are read from FFmpeg's description of an input", () => {
  const description = `Input #0, rtsp, from 'rtsp://***@10.0.0.2/s':
  Duration: N/A, start: 0.000000, bitrate: N/A
  Stream #0:0: Video: h264 (Main), yuv420p(progressive), 640x360, 25 fps, 25 tbr, 90k tbn
  Stream #0:1(eng): Audio: pcm_alaw, 8000 Hz, mono, s16, 64 kb/s
At least one output file must be specified`;
  assert.deepEqual(parseCodecs(description), { video: "h264", audio: "pcm_alaw" });
  assert.deepEqual(parseCodecs("  Stream #0:0[0x100]: Video: hevc (Main)"), {
    video: "hevc",
    audio: undefined,
  });
  assert.equal(parseCodecs("rtsp://***@10.0.0.2/s: Connection refused"), undefined);
});

test("a failure is explained in words", () => {
  const wrong =
    "[rtsp @ 0x55] method DESCRIBE failed: 401 Unauthorized\nServer returned 401 Unauthorized (authorization failed)";
  assert.equal(explainFailure(wrong), "the camera refused the user name or password (401)");
  assert.match(explainFailure("rtsp://***@10.0.0.2: Connection refused"), /nothing listens/);
  assert.equal(explainFailure("a\nSomething else\n"), "FFmpeg says: Something else");
  assert.equal(explainFailure(""), "it gave no video");
});

test("how FFmpeg ended is data", () => {
  const facts = { code: 0, signal: null, stopped: undefined, output: "" } as const;
  assert.equal(describeExit(facts).reason, "disconnected");
  assert.equal(describeExit({ ...facts, code: 1 }).reason, "failed");
  assert.equal(describeExit({ ...facts, code: null, signal: "SIGKILL" }).reason, "killed");
  const stalled = { ...facts, code: 255, stopped: "stalled" as const };
  assert.equal(describeExit(stalled).reason, "stalled");
  assert.equal(describeExit({ ...stalled, code: null, signal: "SIGKILL" }).reason, "hung");
  const full = "[mpegts @ 0x1] av_interleaved_write_frame(): No space left on device";
  assert.equal(describeExit({ ...facts, code: 1, output: full }).reason, "disk-full");
  assert.equal(describeExit({ ...facts, code: 255, stopped: "changed" }).reason, "changed");
  assert.equal(describeExit({ ...facts, code: 255, stopped: "stopped" }).reason, "stopped");
});

test("pauses double up to the longest, with jitter, and start anew after a reset", () => {
  const pauses = (random: number) => {
    const backoff = new Backoff({ firstMs: 1_000, longestMs: 10_000, random: () => random });
    return [1, 2, 3, 4, 5, 6].map(() => backoff.next());
  };
  assert.deepEqual(pauses(1), [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  assert.deepEqual(pauses(0), [500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  const backoff = new Backoff({ firstMs: 1_000, longestMs: 10_000, random: () => 1 });
  backoff.next();
  backoff.next();
  backoff.reset();
  assert.equal(backoff.next(), 1_000);
});
