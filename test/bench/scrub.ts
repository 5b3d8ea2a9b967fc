/**
 * Benchmark: from a move of the dragged playhead to the picture of its place, for keyframes that were not shown before;
 * beside it hls.js' I-frame player, asked for the same moments of the same footage by the same playlist.
 */

import { readPictureClock } from "@rokuga/media/picture_clock.ts";
import type { Page } from "playwright-core";
import { makeRun } from "../playback/footage.ts";
import { openPlayerPage } from "../playback/player_page.ts";
import { openScene, placeOf, type Scene, showSpan } from "../timeline/scene.ts";
import { type Benchmark, percentile, type Row } from "./report.ts";

const MINUTES = 5;
const GOP_MS = 2_000;
const CAMERA = "bench";
const GIVE_UP_MS = 5_000;
/** hls.js' I-frame player is asked again when nothing has come after this, ms: see docs/design/playlists.md. */
const ASK_AGAIN_MS = 100;

type IframePlayer = { attachMedia(video: HTMLVideoElement): void; loadMediaAt(seconds: number): void };
type Fragment = { start: number; programDateTime: number };
type HlsPlayer = {
  loadSource(url: string): void;
  attachMedia(video: HTMLVideoElement): void;
  createIFramePlayer(): IframePlayer;
  levels: { details?: { fragments: Fragment[] } }[];
};
type Scripts = { Hls: new (config: object) => HlsPlayer; player: HlsPlayer; iframes: IframePlayer };
declare const window: Window & Scripts & { moved: Promise<number> };

export const scrub: Benchmark = {
  name: "scrub",
  about: "From a move of the dragged playhead to the picture of its place, beside hls.js' I-frame player.",
  async run(say) {
    say(`scrub: making ${MINUTES} min of footage …`);
    await using scene = await openScene({ cameras: 1, days: 1 });
    const startMs = scene.startMs - 12 * 3_600_000;
    await scene.library.register(CAMERA);
    const footage = { cameraId: CAMERA, startMs, seconds: MINUTES * 60, size: "1280x720", fps: 15 };
    await scene.library.store(await makeRun(footage));
    const count = (MINUTES * 60_000) / GOP_MS;
    // Each keyframe once, never one beside the last.
    const moments = Array.from(
      { length: count },
      (_, n) => startMs + ((n * 61) % count) * GOP_MS + GOP_MS / 2,
    );
    say("scrub: dragging …");
    const ours = await dragged(scene, { startMs, moments });
    say("scrub: hls.js' I-frame player …");
    const peer = await byHls(scene, { startMs, moments });
    const beside = (p: number) => ({ what: "hls.js' I-frame player", value: percentile(peer, p) });
    return [
      ...[0.5, 0.95, 1].map(
        (p): Row => ({
          ...{ metric: `move to picture, p${p * 100}`, unit: "ms", value: percentile(ours, p) },
          beside: beside(p),
        }),
      ),
      { metric: "pictures", unit: "", value: ours.length },
    ];
  },
};

type Moments = { startMs: number; moments: readonly number[] };

async function dragged(scene: Scene, { startMs, moments }: Moments): Promise<number[]> {
  // In the middle: at the edges the timeline would move along.
  const middleMs = startMs + (MINUTES * 60_000) / 2;
  const page = await scene.open(middleMs, { camera: CAMERA });
  await showSpan(page, "10 min");
  await page.waitForTimeout(2_000);
  const from = await placeOf(page, middleMs, 8);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 30, from.y, { steps: 3 });
  await page.waitForTimeout(1_000);
  const times: number[] = [];
  for (const ms of moments) {
    await page.evaluate(watchMove, { keyframeMs: ms - GOP_MS / 2, giveUpMs: GIVE_UP_MS });
    const { x, y } = await placeOf(page, ms, 8);
    await page.mouse.move(x, y);
    times.push(await page.evaluate(() => window.moved));
  }
  await page.mouse.up();
  await page.context().close();
  return times;
}

/** Runs in the page: from the next move to the frame in which the canvas holds the keyframe. */
function watchMove({ keyframeMs, giveUpMs }: { keyframeMs: number; giveUpMs: number }): void {
  const canvas = document.querySelector<HTMLCanvasElement>('[data-testid="scrub-picture"]')!;
  const timeline = document.querySelector<HTMLElement>('[data-testid="timeline"]')!;
  window.moved = new Promise((resolve, reject) => {
    const onMove = (event: PointerEvent) => {
      const look = () => {
        // Playlists tell times to some hundredths of a second.
        if (Math.abs(Number(canvas.dataset.ms) - keyframeMs) < 100)
          resolve(performance.now() - event.timeStamp);
        else if (performance.now() - event.timeStamp > giveUpMs)
          reject(new Error(`No picture of ${keyframeMs} came: ${canvas.dataset.ms} is shown`));
        else requestAnimationFrame(look);
      };
      look();
    };
    timeline.addEventListener("pointermove", onMove, { once: true });
  });
}

async function byHls(scene: Scene, { startMs, moments }: Moments): Promise<number[]> {
  const page = await openPlayerPage(scene.browser, scene.library.openUrl, "hls");
  const range = `from=${startMs}&to=${startMs + MINUTES * 60_000}`;
  await page.evaluate(async (url) => {
    const player = new window.Hls({});
    window.player = player;
    player.loadSource(url);
    player.attachMedia(document.querySelector<HTMLVideoElement>("#main")!);
    while (!player.levels[0]?.details) await new Promise((resolve) => setTimeout(resolve, 20));
    window.iframes = player.createIFramePlayer();
    window.iframes.attachMedia(document.querySelector<HTMLVideoElement>("#scrub")!);
  }, `${scene.library.openUrl}/api/cameras/${CAMERA}/index.m3u8?${range}`);
  await page.waitForTimeout(2_000);
  const times: number[] = [];
  for (const ms of moments) times.push(await shownByHls(page, ms));
  await page.close();
  return times;
}

async function shownByHls(page: Page, ms: number): Promise<number> {
  const options = { ms, keyframeMs: ms - GOP_MS / 2, giveUpMs: GIVE_UP_MS, againMs: ASK_AGAIN_MS };
  return page.evaluate(`(${showByHls})(${readPictureClock}, ${JSON.stringify(options)})`);
}

/** Runs in the page: from the question to the frame in which the video shows the keyframe. */
function showByHls(
  read: typeof readPictureClock,
  {
    ms,
    keyframeMs,
    giveUpMs,
    againMs,
  }: { ms: number; keyframeMs: number; giveUpMs: number; againMs: number },
): Promise<number> {
  const video = document.querySelector<HTMLVideoElement>("#scrub")!;
  const context = new OffscreenCanvas(320, 12).getContext("2d", { willReadFrequently: true })!;
  const { fragments } = window.player.levels[0]!.details!;
  const at = fragments.findLast(({ programDateTime }) => programDateTime <= ms)!;
  const ask = () => window.iframes.loadMediaAt(at.start + (ms - at.programDateTime) / 1000);
  const fromMs = performance.now();
  let askedMs = fromMs;
  ask();
  return new Promise((resolve, reject) => {
    const look = () => {
      context.drawImage(video, 0, 0, 320, 180);
      const { data } = context.getImageData(0, 0, 320, 12);
      const nowMs = performance.now();
      if (read({ data, width: 320, height: 180, channels: 4, nearMs: ms }) === keyframeMs)
        resolve(nowMs - fromMs);
      else if (nowMs - fromMs > giveUpMs) reject(new Error("No picture came"));
      else {
        if (nowMs - askedMs > againMs) {
          askedMs = nowMs;
          ask();
        }
        requestAnimationFrame(look);
      }
    };
    look();
  });
}
