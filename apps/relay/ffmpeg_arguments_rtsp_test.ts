/**
 * Cameras whose RTSP is hard to record as it is, with the real arguments. FFmpeg is the camera too: it pushes to the
 * recording one, which listens instead of asking.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type ParseResult, parseSegment } from "@rokuga/media/segment_parser.ts";
import { freePort } from "../../test/fixtures/free_port.ts";
import { tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { captureArguments, type InputCodecs } from "./ffmpeg_arguments.ts";

const TEST_PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25", "-t", "3"];

async function run(args: readonly string[]): Promise<string> {
  const child = spawn("ffmpeg", ["-v", "error", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 30_000,
  });
  let messages = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    messages += text;
  });
  await once(child, "close");
  return messages;
}

/** Records a camera that sends video of this encoder, and its parameter sets in the session's description only. */
async function record(codecs: InputCodecs, encoder: readonly string[]): Promise<ParseResult[]> {
  await using directory = await tempDirectory("rtsp-arguments");
  const file = join(directory.path, "camera.mp4");
  assert.equal(await run([...TEST_PICTURE, "-threads", "1", ...encoder, file]), "");
  const port = await freePort();
  const url = `rtsp://127.0.0.1:${port}/camera`;
  const args = captureArguments(
    { id: "a", input: { rtsp: url, transport: "tcp" }, segment_seconds: 1, audio: true },
    { ffmpegMajor: 5, platform: "linux", nowMs: 1_770_000_000_000, codecs, outputDirectory: directory.path },
  );
  const push = ["-c", "copy", "-rtsp_transport", "tcp", "-f", "rtsp"];
  const recorded = run(["-rtsp_flags", "listen", ...args.slice(args.indexOf("-rtsp_transport"))]);
  // Only the first that connects is listened to, so the port cannot be tried beforehand.
  await waitFor(async () => !(await run(["-re", "-i", file, ...push, url])).includes("refused"), {
    what: "the recording FFmpeg to listen",
  });
  const messages = await recorded;
  assert.doesNotMatch(messages, /rror/);
  const names = (await readdir(directory.path)).filter((name) => name.endsWith(".ts")).sort();
  return Promise.all(names.map(async (name) => parseSegment(await readFile(join(directory.path, name)))));
}

function assertAll(results: readonly ParseResult[]): void {
  assert.ok(results.length >= 2, `${results.length} segments of 3 s`);
  let frames = 0;
  for (const [sequence, result] of results.entries()) {
    assert.ok(result.ok, `segment ${sequence}: ${JSON.stringify(result)}`);
    assert.equal(result.changedAt, undefined);
    frames += result.frames;
  }
  assert.equal(frames, 75, "every frame is there");
}

test("a camera with intra refresh that sends no parameter sets: every segment can be decoded", async () => {
  const refresh = ["-c:v", "libx264", "-bf", "0", "-x264-params", "intra-refresh=1:keyint=25"];
  assertAll(await record({ video: "h264", audio: undefined }, refresh));
});

test("an H.264 camera with B-frames is recorded", async () => {
  const bFrames = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-b_strategy", "0", "-g", "25"];
  assertAll(await record({ video: "h264", audio: undefined }, bFrames));
});

test("an H.265 camera with B-frames and open GOPs is recorded", async () => {
  const x265 = "log-level=none:pools=none:keyint=25:open-gop=1:bframes=2:b-adapt=0:scenecut=0";
  const open = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", x265];
  assertAll(await record({ video: "hevc", audio: undefined }, open));
});
