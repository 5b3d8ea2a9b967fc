/**
 * Clips of everything that cameras send, by the web's handlers: a clip plays as long as the asked range, shows exactly
 * its pictures at the right times, and its sound is in step with them.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { TimeRange } from "@rokuga/media/api.ts";
import { checkClip, describeClip, fetchClip, IN_STEP_MS, START } from "./checks.ts";
import { beepsIn, probeClip } from "./clip_file.ts";
import { type RunOptions, recordRun, storeRun } from "./recording.ts";
import { startTestWeb, type TestWeb } from "./web.ts";

let web: TestWeb;
before(async () => {
  web = await startTestWeb();
});
after(() => web[Symbol.asyncDispose]());

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
        const path = await fetchClip(web, name, range);
        if (lateMs > from) await checkLate(path, range, lateMs);
        else await checkClip(path, [range], { hasSound: options.audio !== "none" });
        const { objects, ranges } = await describeClip(web, name, range);
        assert.deepEqual(ranges, [{ ...range, clipStartMs: 0, clipEndMs: to - from }]);
        for (const { key, sha256, bytes } of objects)
          assert.ok(segments.some((one) => one.key === key && one.sha256 === sha256 && one.bytes === bytes));
      }
      const { video } = await probeClip(await fetchClip(web, name, { startMs: START, endMs: START + 4_000 }));
      assert.equal(video.codec_tag_string, options.codec === "h265" ? "hvc1" : "avc1");
      assert.deepEqual([video.width, video.height], [320, 180]);
    });
  }
});

async function checkLate(path: string, range: TimeRange, lateMs: number): Promise<void> {
  assert.equal((await probeClip(path)).audio !== undefined, true);
  const beeps = await beepsIn(path, { startMs: 0, endMs: range.endMs - range.startMs });
  const first = Math.ceil((range.startMs - START + lateMs) / 1000) * 1000 + START - range.startMs;
  assert.ok(Math.abs(beeps[0]! - first) < IN_STEP_MS, `the first beep is at ${beeps[0]} ms, not ${first}`);
}
