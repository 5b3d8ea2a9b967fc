/**
 * Clips and snapshots of the whole of Rokuga as people start it: through Next, beside it, and in a browser that plays
 * what was downloaded.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { get as httpGet, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { TimelineAnswer, type TimeRange } from "@rokuga/media/api.ts";
import { ClipDescription, ClipJobView, ExportsAnswer } from "@rokuga/media/clip_api.ts";
import { processTree } from "../bench/processes.ts";
import { startChromium, videoClock } from "../fixtures/chromium.ts";
import { type Rokuga, startRokuga } from "../fixtures/rokuga.ts";
import { type TempDirectory, tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { probeClip, shownPictures } from "./clip_file.ts";

/** The synthetic camera draws the time into its pictures; they reach us about this much later, ms. */
const CAPTURE_DELAY_MS = 500;
const CAMERAS =
  "cameras:\n  - { id: test, segment_seconds: 4, input: { synthetic: true, size: 1280x720, fps: 20 } }\n";

describe("clips as served", { timeout: 300_000 }, () => {
  const stack = new AsyncDisposableStack();
  let rokuga: Rokuga;
  let directory: TempDirectory;
  let asked: TimeRange;

  before(async () => {
    directory = stack.use(await tempDirectory("served"));
    rokuga = stack.use(await startRokuga({ cameras: CAMERAS }));
    const covered = await waitFor(
      async () => {
        const nowMs = Date.now();
        const answer = await get(`timeline?from=${nowMs - 600_000}&to=${nowMs}`);
        const [first] = TimelineAnswer.parse(await answer.json()).coverage;
        return first && first.endMs - first.startMs > 16_000 && first;
      },
      { what: "footage", timeoutMs: 60_000 },
    );
    asked = { startMs: covered.startMs + 1_700, endMs: covered.startMs + 13_300 };
  });
  after(() => stack.disposeAsync());

  const get = (path: string) => rokuga.fetch(`/api/cameras/test/${path}`);
  const range = () => `from=${asked.startMs}&to=${asked.endMs}`;

  /** Pictures of the range, in its order, and as many as it has. */
  async function check(path: string): Promise<void> {
    const { seconds, audio } = await probeClip(path);
    assert.ok(Math.abs(seconds - (asked.endMs - asked.startMs) / 1000) < 0.05, `${seconds} s`);
    assert.ok(audio);
    const { frames, complaints } = await shownPictures(path, asked.startMs);
    assert.equal(complaints, "");
    assert.ok(Math.abs(frames.length - seconds * 20) <= 1, `${frames.length} pictures`);
    for (const [index, { clockMs, mediaMs }] of frames.entries()) {
      const offMs = asked.startMs + mediaMs - clockMs!;
      assert.ok(offMs > -100 && offMs < CAPTURE_DELAY_MS, `picture ${index} is off by ${offMs} ms`);
      if (index > 0) assert.equal(clockMs! - frames[index - 1]!.clockMs!, 50);
    }
  }

  test("a stream, with its description and its export", async () => {
    const response = await get(`clip.mp4?${range()}`);
    assert.deepEqual([response.status, response.headers.get("content-type")], [200, "video/mp4"]);
    const path = join(directory.path, "stream.mp4");
    await writeFile(path, new Uint8Array(await response.arrayBuffer()));
    await check(path);
    const { ranges, gaps, objects } = ClipDescription.parse(await (await get(`clip.json?${range()}`)).json());
    assert.deepEqual([ranges.length, gaps, objects.length >= 3], [1, [], true]);
    const head = await rokuga.fetch(`/api/cameras/test/clip.mp4?${range()}`, { method: "HEAD" });
    assert.equal(head.status, 200);
    const { exports } = ExportsAnswer.parse(await (await get(`exports?${range()}`)).json());
    assert.deepEqual(
      exports.map(({ startMs, endMs }) => ({ startMs, endMs })),
      [asked],
    );
  });

  test("a job, fetched in two parts, plays in a browser from the asked moment on", async () => {
    const created = await rokuga.fetch(`/api/clips`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ cameraId: "test", from: asked.startMs, to: asked.endMs }),
    });
    assert.equal(created.status, 202);
    const address = rokuga.url + created.headers.get("location")!;
    const { bytes } = await waitFor(
      async () => {
        const job = ClipJobView.parse(await (await rokuga.fetch(address)).json());
        assert.notEqual(job.state, "failed", job.problem ?? "");
        return job.state === "ready" && job;
      },
      { what: "the clip to be made" },
    );
    const part = async (text: string) => {
      const response = await rokuga.fetch(`${address}/clip.mp4`, { headers: { range: text } });
      assert.equal(response.status, 206);
      const body = Buffer.from(await response.arrayBuffer());
      assert.equal(Number(response.headers.get("content-length")), body.length);
      return body;
    };
    const whole = Buffer.concat([await part("bytes=0-99999"), await part("bytes=100000-")]);
    assert.equal(whole.length, bytes);
    const path = join(directory.path, "job.mp4");
    await writeFile(path, whole);
    await check(path);
    await playInBrowser(`${address}/clip.mp4`);
    assert.equal((await rokuga.fetch(address, { method: "DELETE" })).status, 204);
    assert.equal((await rokuga.fetch(`${address}/clip.mp4`)).status, 404);
  });

  async function playInBrowser(address: string): Promise<void> {
    await using browser = await startChromium();
    const page = await rokuga.openPage(browser);
    await page.goto(`${rokuga.url}/api/health`);
    const duration: number = await page.evaluate(`new Promise((resolve, reject) => {
      const video = document.createElement("video");
      video.addEventListener("loadeddata", () => resolve(video.duration));
      video.addEventListener("error", () => reject(new Error(video.error.message)));
      video.muted = true;
      video.src = ${JSON.stringify(address)};
      document.body.append(video);
    })`);
    assert.ok(Math.abs(duration - (asked.endMs - asked.startMs) / 1000) < 0.1, `${duration} s`);
    for (const second of [0, 0.5, 3.25, 8, 11]) {
      await page.evaluate(`new Promise((resolve) => {
        const video = document.querySelector("video");
        video.addEventListener("seeked", resolve, { once: true });
        video.currentTime = ${second};
      })`);
      const { clockMs } = await videoClock(page);
      const offMs = asked.startMs + second * 1000 - clockMs!;
      assert.ok(offMs > -100 && offMs < CAPTURE_DELAY_MS + 50, `at ${second} s it is off by ${offMs} ms`);
    }
  }

  test("clients that go leave their places to others", async () => {
    const headers = { authorization: `Bearer ${await rokuga.token()}` };
    for (let round = 0; round < 3; round++) {
      const responses = await Promise.all(
        Array.from(
          { length: 8 },
          () =>
            new Promise<IncomingMessage>((resolve, reject) => {
              httpGet(`${rokuga.url}/api/cameras/test/clip.mp4?${range()}`, { headers }, resolve).once(
                "error",
                reject,
              );
            }),
        ),
      );
      for (const response of responses) response.on("error", () => undefined).destroy();
    }
    await waitFor(async () => (await get(`clip.mp4?${range()}`)).status === 200, { what: "a free place" });
  });

  test("a snapshot, and nothing runs on", async () => {
    const response = await get(`snapshot.jpg?at=${asked.startMs}&width=320`);
    assert.deepEqual([response.status, response.headers.get("content-type")], [200, "image/jpeg"]);
    const bytes = new Uint8Array(await response.arrayBuffer());
    assert.deepEqual([...bytes.subarray(0, 3)], [0xff, 0xd8, 0xff]);
    const web = processTree(rokuga.pid).find(({ command }) => command.includes("apps/web/main.ts"))!;
    await waitFor(() => processTree(web.pid).every(({ command }) => !command.includes("ffmpeg")), {
      what: "the decoder to be gone",
    });
    assert.doesNotMatch(await rokuga.log("web"), /"level":"error"/);
  });
});
