/**
 * Every kind of input that can be had here, recorded by a real supervisor with a real FFmpeg: what is copied, what
 * is encoded, and that segments follow each other without a hole, also where a file begins again.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { NewEvent } from "@rokuga/media/events.ts";
import type { Segment } from "@rokuga/media/segment.ts";
import { segmentPath } from "@rokuga/media/spool_layout.ts";
import { decodedFrames } from "@rokuga/media/test_data.ts";
import { type Guard, guardChildren } from "@rokuga/runtime/guard.ts";
import { silentLog } from "@rokuga/runtime/log.ts";
import type { CameraInput } from "../../apps/relay/camera_config.ts";
import { CameraSupervisor } from "../../apps/relay/camera_supervisor.ts";
import { ChainHeads } from "../../apps/relay/chain_heads.ts";
import { ffmpegVersion } from "../../apps/relay/ffmpeg.ts";
import { clockFrames } from "../fixtures/clock_frames.ts";
import { startRtspServer } from "../fixtures/rtsp_server.ts";
import { type TempDirectory, tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";

let directory: TempDirectory;
let guard: Guard;
let cameras = 0;

before(async () => {
  directory = await tempDirectory("inputs");
  guard = guardChildren();
});
after(async () => {
  await guard[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

/** Records until `count` segments of 2 s are closed, and checks what holds for every input. */
async function record(input: CameraInput, count = 4): Promise<Segment[]> {
  const segments: Segment[] = [];
  const events: NewEvent[] = [];
  const version = await ffmpegVersion("ffmpeg", { guard, signal: AbortSignal.timeout(10_000) });
  {
    await using supervisor = new CameraSupervisor({
      camera: { id: `camera-${cameras++}`, input, segment_seconds: 2, audio: true },
      siteId: "home",
      spool: directory.path,
      guard,
      ffmpeg: { path: "ffmpeg", version },
      publish: {
        segment: async ({ segment }) => void segments.push(segment),
        events: async (told) => void events.push(...told),
        runMoved: () => {},
      },
      chain: new ChainHeads({ spool: directory.path, log: silentLog }),
      runs: { begins: async () => "synchronised", ended: async () => {}, restore: async () => {} },
      log: silentLog,
    });
    await waitFor(() => segments.length >= count, {
      what: `${count} segments (${supervisor.status.lastProblem ?? "no problem so far"})`,
      timeoutMs: 40_000,
    });
  }
  assert.deepEqual(
    events.map((event) => event.type),
    ["RunStarted", "RunEnded"],
  );
  for (const [index, segment] of segments.slice(1).entries()) {
    const before = segments[index]!;
    assert.equal(segment.sequence, before.sequence + 1);
    const holeMs = segment.startMs - (before.startMs + before.wallDurationMs);
    assert.ok(
      Math.abs(holeMs) <= 50,
      `${holeMs} ms between segments ${before.sequence} and ${segment.sequence}`,
    );
  }
  return segments;
}

function makeFile(name: string, args: readonly string[]): string {
  const path = join(directory.path, name);
  const source = [
    "-f",
    "lavfi",
    "-i",
    "testsrc2=size=320x240:rate=10",
    "-f",
    "lavfi",
    "-i",
    "sine=sample_rate=44100",
    "-t",
    "3",
  ];
  execFileSync("ffmpeg", ["-v", "error", ...source, ...args, path]);
  return path;
}

test("an H.265 camera without sound is copied", async () => {
  await using camera = await startRtspServer({ codec: "h265" });
  const [segment] = await record({ rtsp: camera.url, transport: "tcp" }, 2);
  assert.match(segment!.tracks.video.codec, /^hvc1\./);
  assert.equal(segment!.tracks.audio, null);
});

test("a camera that is only to be had over UDP is recorded over UDP", async () => {
  await using camera = await startRtspServer({ audio: "aac" });
  const [segment] = await record({ rtsp: camera.url, transport: "udp" }, 2);
  assert.match(segment!.tracks.video.codec, /^avc1\./);
  assert.deepEqual(segment!.tracks.audio, { codec: "mp4a.40.2" });
});

test("a file is played in a loop at its own speed, and copied when it is H.264 and AAC", async () => {
  const file = makeFile("copied.mp4", ["-c:v", "libx264", "-profile:v", "high", "-g", "10", "-c:a", "aac"]);
  const startedMs = performance.now();
  const segments = await record({ file });
  const mediaMs = segments.reduce((sum, segment) => sum + segment.mediaDurationTicks / 90, 0);
  assert.ok(mediaMs > 6_000, "it went on after its end");
  assert.ok(mediaMs < performance.now() - startedMs + 1_000, "not faster than it was shot");
  assert.match(segments[0]!.tracks.video.codec, /^avc1\.64/);
  assert.deepEqual([segments[0]!.tracks.video.width, segments[0]!.tracks.video.height], [320, 240]);
});

test("a file in an old format is encoded to H.264 and AAC, with a keyframe every 2 s", async () => {
  const file = makeFile("old.avi", ["-c:v", "mjpeg", "-c:a", "pcm_s16le"]);
  const segments = await record({ file });
  assert.match(segments[0]!.tracks.video.codec, /^avc1\./);
  assert.deepEqual(segments[0]!.tracks.audio, { codec: "mp4a.40.2" });
  for (const fragment of segments.flatMap((segment) => segment.fragments)) {
    assert.ok(fragment.durationTicks <= 2.6 * 90_000, `a fragment of ${fragment.durationTicks} ticks`);
  }
});

/** Looks whether every fragment lasts for half a second at least and plays on its own, all of its frames. */
async function assertFragmentsPlay(segments: readonly Segment[], fps: number): Promise<void> {
  for (const segment of segments) {
    const bytes = new Uint8Array(await readFile(segmentPath(directory.path, segment)));
    let start = 0;
    for (const [index, { bytes: length, durationTicks }] of segment.fragments.entries()) {
      const isLast = index === segment.fragments.length - 1;
      assert.ok(isLast || durationTicks >= 45_000, `a fragment of ${durationTicks} ticks`);
      const frames = decodedFrames(bytes.subarray(start, start + length));
      assert.ok(
        Math.abs(frames - (durationTicks / 90_000) * fps) < 1,
        `${frames} frames in ${durationTicks} ticks`,
      );
      start += length;
    }
    assert.equal(start, bytes.length);
  }
}

test("a camera with three frames a GOP: its fragments are longer, and each plays on its own", async () => {
  await using camera = await startRtspServer({ fps: 15, gopSeconds: 0.2, width: 320, height: 180 });
  const segments = await record({ rtsp: camera.url, transport: "tcp" }, 3);
  await assertFragmentsPlay(segments.slice(1, 3), 15);
});

test("a camera that sends keyframes only, with sound", async () => {
  const file = makeFile("intra.mp4", ["-c:v", "libx264", "-preset", "ultrafast", "-g", "1", "-c:a", "aac"]);
  const whole = (await record({ file }, 3)).slice(0, 3);
  for (const { fragments } of whole) assert.ok(fragments.length >= 2, `${fragments.length} fragments in 2 s`);
  await assertFragmentsPlay(whole, 10);
});

test("the synthetic camera shows the time at which it is recorded", async () => {
  const segments = await record({ synthetic: true, size: "320x180", fps: 10 }, 2);
  const [segment] = segments;
  const path = segmentPath(directory.path, segment!);
  const clocks: (number | undefined)[] = [];
  for await (const frame of clockFrames(path, { signal: AbortSignal.timeout(20_000) }))
    clocks.push(frame.clockMs);
  assert.ok(clocks.length >= 20 && clocks.every((clock) => clock !== undefined));
  const offMs = segment!.startMs - clocks[0]!;
  assert.ok(Math.abs(offMs) < 1_500, `the picture's clock is ${offMs} ms off`);
});
