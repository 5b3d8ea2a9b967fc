/**
 * The main job, as a person does it: a camera is recorded, the page is opened, a moment on the timeline is
 * clicked, live is watched. Everything is real: an RTSP server with G.711 audio behind a digest password, FFmpeg,
 * the queue, the store, PostgreSQL, Chromium. Whether the right picture is shown is read from the picture itself,
 * which carries its own clock. Run for both pairs of store and queue; screenshots are kept in test/artefacts.
 */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CamerasAnswer, TimelineAnswer } from "@rokuga/media/api.ts";
import HLS from "hls-parser";
import type { Browser, Page } from "playwright-core";
import { startChromium, videoClock } from "../fixtures/chromium.ts";
import { clockFrames } from "../fixtures/clock_frames.ts";
import { type Rokuga, startRokuga } from "../fixtures/rokuga.ts";
import { type RtspServer, startRtspServer } from "../fixtures/rtsp_server.ts";
import { tokenProxy } from "../fixtures/signed_in.ts";
import { startSwift } from "../fixtures/swift.ts";
import { waitFor } from "../fixtures/wait_for.ts";

const FPS = 15;
const GOP_SECONDS = 2;
const SEGMENT_SECONDS = 4;
const PASSWORD = "s3cr3t-Passw0rd";
const ARTEFACTS = fileURLToPath(new URL("../artefacts/", import.meta.url));

/** From the camera's clock to ours: what the RTSP server and the network take, ms. */
const CAPTURE_DELAY_MS = 400;

type Pair = { environment: Record<string, string> } & AsyncDisposable;

const PAIRS: Record<string, () => Promise<Pair>> = {
  "file store and Redis": async () => ({ environment: {}, async [Symbol.asyncDispose]() {} }),
  "S3 store and PostgreSQL queue": async () => {
    const swift = await startSwift();
    return {
      environment: {
        STORAGE_URL: swift.storageUrl(),
        REDIS_URL: "postgres",
        AWS_ACCESS_KEY_ID: swift.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: swift.credentials.secretAccessKey,
      },
      [Symbol.asyncDispose]: () => swift[Symbol.asyncDispose](),
    };
  },
};

for (const [name, openPair] of Object.entries(PAIRS)) {
  describe(`record and play: ${name}`, { timeout: 300_000 }, () => {
    const slug = name.replaceAll(" ", "_");
    const stack = new AsyncDisposableStack();
    let camera: RtspServer;
    let rokuga: Rokuga;
    let browser: Browser;
    let page: Page;
    const consoleErrors: string[] = [];

    before(async () => {
      await mkdir(ARTEFACTS, { recursive: true });
      camera = stack.use(
        await startRtspServer({
          audio: "pcma",
          fps: FPS,
          gopSeconds: GOP_SECONDS,
          user: "viewer",
          password: PASSWORD,
        }),
      );
      const pair = stack.use(await openPair());
      rokuga = stack.use(
        await startRokuga({
          cameras: `cameras:\n  - id: door\n    name: Front door\n    input: ${camera.url}\n    segment_seconds: ${SEGMENT_SECONDS}\n`,
          environment: pair.environment,
        }),
      );
      browser = stack.use(await startChromium());
      page = await rokuga.openPage(browser, { viewport: { width: 1280, height: 800 } });
      page.on("console", (message) => message.type() === "error" && consoleErrors.push(message.text()));
      page.on("pageerror", (error) => consoleErrors.push(String(error)));
    });
    after(() => stack.disposeAsync());

    const getJson = async (path: string): Promise<unknown> => (await rokuga.fetch(path)).json();
    const timeline = async () => {
      const nowMs = Date.now();
      return TimelineAnswer.parse(
        await getJson(`/api/cameras/door/timeline?from=${nowMs - 600_000}&to=${nowMs}`),
      );
    };
    const covered = async () => {
      const [first] = (await timeline()).coverage;
      return first ?? { startMs: 0, endMs: 0 };
    };
    const screenshot = (label: string) => page.screenshot({ path: `${ARTEFACTS}${slug}_${label}.png` });

    test("the camera is recorded: the API shows it and its coverage", async () => {
      await waitFor(
        async () => {
          const { startMs, endMs } = await covered();
          return endMs - startMs >= 24_000;
        },
        { what: "24 s of coverage", timeoutMs: 60_000 },
      );
      const { cameras } = CamerasAnswer.parse(await getJson("/api/cameras"));
      assert.equal(cameras.length, 1);
      const { id, name: shown, state, tracks } = cameras[0]!;
      assert.deepEqual([id, shown, state], ["door", "Front door", "recording"]);
      assert.match(tracks!.video.codec, /^avc1\.[0-9A-F]{6}$/);
      assert.deepEqual([tracks!.video.width, tracks!.video.height], [640, 360]);
      assert.deepEqual(tracks!.audio, { codec: "mp4a.40.2" });
      // Until the first frame the camera was not reached; after the last stored segment the next one is awaited.
      const { coverage, gaps } = await timeline();
      assert.equal(coverage.length, 1);
      for (const gap of gaps) {
        assert.equal(
          gap.cause,
          gap.startMs < coverage[0]!.startMs ? "camera-unreachable" : "waiting-on-site",
        );
      }
    });

    test("a range playlist is right: every frame is there once, in order, and carries the time it was recorded at", async () => {
      const { startMs, endMs } = await covered();
      const from = startMs + 5_000;
      const to = Math.min(endMs, from + 10_000);
      // FFmpeg is to send the token to the page's address only, and to no store.
      await using open = await tokenProxy(rokuga.url, await rokuga.token());
      const url = `${open.url}/api/cameras/door/playlist.m3u8?from=${from}&to=${to}`;
      const playlist = HLS.parse(await (await fetch(url)).text());
      assert.ok(!playlist.isMasterPlaylist && playlist.endlist && playlist.playlistType === "VOD");
      const [first] = playlist.segments;
      const firstMs = first!.programDateTime!.getTime();
      assert.ok(
        firstMs <= from && from < firstMs + first!.duration * 1000,
        "the asked moment is inside the first fragment",
      );
      for (const fragment of playlist.segments) {
        assert.ok(Math.round(fragment.duration) <= playlist.targetDuration);
        assert.ok(fragment.byterange && fragment.byterange.length > 0);
        assert.equal(fragment.discontinuity ?? false, false);
      }
      const clocks: number[] = [];
      for await (const frame of clockFrames(url, { signal: AbortSignal.timeout(60_000) }))
        clocks.push(frame.clockMs ?? Number.NaN);
      const seconds = playlist.segments.reduce((sum, fragment) => sum + fragment.duration, 0);
      // The camera's clock jitters, so the sum of durations does not give the number of frames to the last one; that
      // none is missing in between is seen from the steps of the picture's own clock.
      assert.ok(Math.abs(clocks.length - seconds * FPS) <= 1, `${clocks.length} frames in ${seconds} s`);
      for (const [index, clock] of clocks.slice(1).entries()) {
        const step = clock - clocks[index]!;
        assert.ok(
          step > 500 / FPS && step < 1500 / FPS,
          `frame ${index + 1} comes ${step} ms after the one before`,
        );
      }
      const delayMs = firstMs - clocks[0]!;
      assert.ok(
        delayMs > -100 && delayMs < CAPTURE_DELAY_MS,
        `the first frame was placed ${delayMs} ms after its own clock`,
      );
    });

    test("a click on the timeline plays that moment", async (t) => {
      await page.goto(`${rokuga.url}/`);
      await page.getByTestId("camera-door").waitFor();
      await page.getByTestId("timeline").waitFor();
      // The timeline moves when live begins to play: a click that is on its way then would mean another moment.
      await waitFor(async () => (await videoClock(page)).clockMs, {
        what: "live to play",
        timeoutMs: 30_000,
      });
      const { startMs } = await covered();
      // Zoomed in, so that a pixel is a fraction of a second and the click means one moment.
      await page.getByRole("button", { name: "1 min", exact: true }).click();
      // Both far from where live is at the time.
      for (const offsetMs of [9_000, 3_000]) {
        const box = await waitFor(
          async () => {
            const bounds = await page.getByTestId("timeline").boundingBox();
            const visible = await visibleRange(page);
            const x =
              ((startMs + offsetMs - visible.startMs) / (visible.endMs - visible.startMs)) * bounds!.width;
            return x > 0 && x < bounds!.width && { x, y: bounds!.height / 2 };
          },
          { what: "the moment to be in view" },
        );
        const asked = await visibleRange(page).then(async (visible) => {
          const bounds = await page.getByTestId("timeline").boundingBox();
          return visible.startMs + (box.x / bounds!.width) * (visible.endMs - visible.startMs);
        });
        await page.getByTestId("timeline").click({ position: box });
        // First the page has to say that it is there; then the picture has to agree.
        const { clockMs } = await waitFor(
          async () => {
            const told = Number(await page.getByTestId("playhead-time").getAttribute("data-ms"));
            if (Math.abs(told - asked) > 1_500) throw new Error(`the page shows ${told - asked} ms off`);
            return videoClock(page);
          },
          { what: `the moment ${offsetMs / 1000} s into the footage`, timeoutMs: 15_000 },
        );
        const offMs = Math.round((clockMs ?? 0) - asked);
        t.diagnostic(`the picture is ${offMs} ms off the clicked moment`);
        assert.ok(
          Math.abs(offMs) <= GOP_SECONDS * 1000,
          "the picture is within one fragment of the asked moment",
        );
        await screenshot(`clicked_${offsetMs / 1000}s`);
      }
    });

    test("what plays is what the page says it shows, and it advances in real time", async () => {
      const look = async () => {
        const [clock, told] = await Promise.all([
          videoClock(page),
          page.getByTestId("playhead-time").getAttribute("data-ms"),
        ]);
        return (
          clock.clockMs !== undefined && told && { ...clock, clockMs: clock.clockMs, toldMs: Number(told) }
        );
      };
      const first = await waitFor(look, { what: "a picture with a clock" });
      assert.ok(
        Math.abs(first.toldMs - first.clockMs) < 1_000,
        `the page says ${first.toldMs - first.clockMs} ms off the picture`,
      );
      const later = await waitFor(
        async () => {
          const next = await look();
          return next && next.clockMs - first.clockMs >= 2_000 && next;
        },
        { what: "two seconds of playback" },
      );
      const speed = (later.clockMs - first.clockMs) / (later.atMs - first.atMs);
      assert.ok(speed > 0.7 && speed < 1.3, `it plays at ${speed.toFixed(2)} times the speed`);
    });

    test("live plays, close behind the camera, and advances", async () => {
      await page.getByTestId("live-button").click();
      const live = await waitFor(
        async () => {
          const clock = await videoClock(page);
          return (
            clock.clockMs !== undefined &&
            clock.atMs - clock.clockMs < 15_000 && { ...clock, clockMs: clock.clockMs }
          );
        },
        { what: "the live picture", timeoutMs: 30_000 },
      );
      const later = await waitFor(
        async () => {
          const clock = await videoClock(page);
          return (
            clock.clockMs !== undefined &&
            clock.clockMs - live.clockMs >= 12_000 && { ...clock, clockMs: clock.clockMs }
          );
        },
        { what: "12 s of live: three segments", timeoutMs: 30_000 },
      );
      // Whoever watches live stays as far behind as at first: nothing stalls when a segment is awaited.
      const driftMs = later.atMs - later.clockMs - (live.atMs - live.clockMs);
      assert.ok(driftMs < 1_500, `live fell ${driftMs} ms further behind`);
      await screenshot("live");
    });

    test("nothing went wrong on the way, and the password is nowhere but in the camera file", async () => {
      assert.deepEqual(consoleErrors, []);
      const logs = await Promise.all((["relay", "worker", "web"] as const).map((part) => rokuga.log(part)));
      for (const text of [rokuga.output(), ...logs]) assert.ok(!text.includes(PASSWORD));
      for (const text of logs) assert.doesNotMatch(text, /"level":"error"/);
      const answers = await Promise.all(
        ["/api/cameras", `/api/cameras/door/timeline?from=0&to=${10 ** 10}`].map(getJson),
      );
      assert.ok(!JSON.stringify(answers).includes("rtsp"));
    });

    test("a second start finds the state of the first; the time between is a gap with its cause", async () => {
      const before = await covered();
      await rokuga.stop();
      await rokuga.start();
      const after = await waitFor(
        async () => {
          const answer = await timeline();
          return answer.coverage.length === 2 && answer;
        },
        { what: "recording to go on after the second start", timeoutMs: 60_000 },
      );
      assert.equal(after.coverage[0]!.startMs, before.startMs);
      const between = after.gaps.filter(
        (gap) => gap.startMs >= before.endMs && gap.endMs <= after.coverage[1]!.startMs,
      );
      assert.deepEqual(
        between.map((gap) => gap.cause),
        ["relay-stopped"],
      );
    });
  });
}

async function visibleRange(page: Page): Promise<{ startMs: number; endMs: number }> {
  const element = page.getByTestId("timeline");
  const [start, end] = await Promise.all([
    element.getAttribute("data-start-ms"),
    element.getAttribute("data-end-ms"),
  ]);
  return { startMs: Number(start), endMs: Number(end) };
}
