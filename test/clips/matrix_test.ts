/**
 * Clips of everything that cameras send, by the web's handlers: a clip plays as long as the asked range, shows exactly
 * its pictures at the right times, and its sound is in step with them.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { TimeRange } from "@rokuga/media/api.ts";
import { ClipDescription } from "@rokuga/media/clip_api.ts";
import { beepsIn, probeClip, shownPictures } from "./clip_file.ts";
import { FRAME_MS, type RunOptions, recordRun, storeRun } from "./recording.ts";
import { startTestWeb, type TestWeb } from "./web.ts";

const START = Date.UTC(2026, 0, 31, 9, 0, 0);
/** How far sound and picture may be apart, ms. */
const IN_STEP_MS = 40;

let web: TestWeb;
before(async () => {
  web = await startTestWeb();
});
after(() => web[Symbol.asyncDispose]());

let clipCount = 0;

async function fetchClip(camera: string, { startMs, endMs }: TimeRange): Promise<string> {
  const response = await fetch(`${web.url}/api/cameras/${camera}/clip.mp4?from=${startMs}&to=${endMs}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  assert.equal(response.status, 200, new TextDecoder().decode(bytes.subarray(0, 500)));
  assert.equal(response.headers.get("content-type"), "video/mp4");
  const path = join(web.directory, `clip-${clipCount++}.mp4`);
  await writeFile(path, bytes);
  return path;
}

async function describeClip(camera: string, { startMs, endMs }: TimeRange): Promise<ClipDescription> {
  const response = await fetch(`${web.url}/api/cameras/${camera}/clip.json?from=${startMs}&to=${endMs}`);
  return ClipDescription.parse(await response.json());
}

/** What a clip of covered ranges has to be: its pictures are those of the ranges, each in its place. */
async function checkClip(path: string, shown: readonly TimeRange[], { hasSound = true } = {}): Promise<void> {
  const lengthOf = ({ startMs, endMs }: TimeRange) => endMs - startMs;
  const totalMs = shown.reduce((sum, range) => sum + lengthOf(range), 0);
  const { seconds, audio } = await probeClip(path);
  assert.ok(Math.abs(seconds * 1000 - totalMs) <= FRAME_MS, `it plays ${seconds} s, not ${totalMs} ms`);
  assert.equal(audio !== undefined, hasSound);

  const { frames, complaints } = await shownPictures(path, START);
  // What H.264 says of an open GOP at the beginning: the pictures that are left out there cannot be forgotten again.
  assert.equal(
    complaints.replaceAll(/^.*(mmco: unref short failure|Last message repeated).*$/gm, "").trim(),
    "",
  );
  let beginsMs = 0;
  const expected: { clockMs: number; mediaMs: number }[] = [];
  const beeps: number[] = [];
  for (const range of shown) {
    const first = Math.ceil(range.startMs / FRAME_MS) * FRAME_MS;
    for (let clockMs = first; clockMs < range.endMs; clockMs += FRAME_MS)
      expected.push({ clockMs, mediaMs: beginsMs + clockMs - range.startMs });
    for (let ms = Math.ceil(range.startMs / 1000) * 1000; ms < range.endMs; ms += 1000)
      beeps.push(beginsMs + ms - range.startMs);
    beginsMs += lengthOf(range);
  }
  assert.deepEqual(
    frames.map(({ clockMs }) => (clockMs === undefined ? undefined : clockMs - START)),
    expected.map(({ clockMs }) => clockMs - START),
    "exactly the pictures of the range",
  );
  for (const [index, { mediaMs }] of frames.entries())
    assert.ok(Math.abs(mediaMs - expected[index]!.mediaMs) <= 2, `picture ${index} at ${mediaMs} ms`);
  if (!hasSound) return;
  // FFmpeg plays the last frame of sound to its end.
  const heard = (await beepsIn(path)).filter((ms) => ms < totalMs);
  assert.equal(heard.length, beeps.length, `beeps at ${heard} instead of ${beeps}`);
  for (const [index, ms] of heard.entries())
    assert.ok(Math.abs(ms - beeps[index]!) < IN_STEP_MS, `beep ${index} at ${ms} ms, not ${beeps[index]}`);
}

const KINDS: Record<string, Partial<RunOptions>> = {
  h264: {},
  "h264-b-frames": { bFrames: 2 },
  "h264-open-gop": { bFrames: 2, openGop: true },
  "h264-silent": { audio: "none" },
  "h264-late-sound": { audio: { lateSeconds: 2.5 } },
  "h264-sound-of-8-khz": { sampleRate: 8_000 },
  "h264-sound-of-44-khz": { sampleRate: 44_100 },
  "h264-wrap": { ptsSeconds: 95_440 },
  "h264-b-frames-wrap": { bFrames: 2, ptsSeconds: 95_441 },
  h265: { codec: "h265" },
  "h265-b-frames": { codec: "h265", bFrames: 3 },
  "h265-open-gop": { codec: "h265", bFrames: 3, openGop: true },
};

describe("a clip of", { concurrency: 1 }, () => {
  for (const [name, options] of Object.entries(KINDS)) {
    test(name, async () => {
      const files = await recordRun({ startMs: START, seconds: 14, ...options });
      const { segments } = await storeRun(files, { ...web, cameraId: name, startMs: START });
      // In the middle of a GOP, across segments, to the middle of another; and on the borders of frames and segments.
      for (const [from, to] of [
        [3_310, 9_990],
        [4_000, 8_000],
        [0, 14_000],
        [5_120, 5_960],
        [7_960, 12_010],
      ] as const) {
        const range = { startMs: START + from, endMs: START + to };
        const lateMs = typeof options.audio === "object" ? options.audio.lateSeconds * 1000 : 0;
        const path = await fetchClip(name, range);
        if (lateMs > from) await checkLate(path, range, lateMs);
        else await checkClip(path, [range], { hasSound: options.audio !== "none" });
        const { objects, ranges } = await describeClip(name, range);
        assert.deepEqual(ranges, [{ ...range, clipStartMs: 0, clipEndMs: to - from }]);
        for (const { key, sha256, bytes } of objects)
          assert.ok(segments.some((one) => one.key === key && one.sha256 === sha256 && one.bytes === bytes));
      }
      const { video } = await probeClip(await fetchClip(name, { startMs: START, endMs: START + 4_000 }));
      assert.equal(video.codec_tag_string, options.codec === "h265" ? "hvc1" : "avc1");
      assert.deepEqual([video.width, video.height], [320, 180]);
    });
  }
});

async function checkLate(path: string, range: TimeRange, lateMs: number): Promise<void> {
  assert.equal((await probeClip(path)).audio !== undefined, true);
  const beeps = await beepsIn(path);
  const first = Math.ceil((range.startMs - START + lateMs) / 1000) * 1000 + START - range.startMs;
  assert.ok(Math.abs(beeps[0]! - first) < IN_STEP_MS, `the first beep is at ${beeps[0]} ms, not ${first}`);
}
