/**
 * The page over a month of cameras: one of them has a minute of real pictures with a break in it, all have logs of a
 * month with breaks of every cause. And how a test looks at the timeline and takes hold of it.
 */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { NewEvent } from "@rokuga/media/events.ts";
import { runEventId } from "@rokuga/media/ids.ts";
import { readPictureClock } from "@rokuga/media/picture_clock.ts";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { startChromium } from "../fixtures/chromium.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { makeRun, type Run } from "../playback/footage.ts";
import { type Library, openLibrary } from "../playback/library.ts";
import { backlogReported, recordedDays } from "./recorded.ts";

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const ARTEFACTS = fileURLToPath(new URL("../artefacts/", import.meta.url));

export const CAMERA = "door";
export const GOP_MS = 2_000;

export type Scene = AsyncDisposable & {
  library: Library;
  browser: Browser;
  /** When the real pictures begin: a minute of them, half a minute without, and 20 s more. */
  startMs: number;
  runs: Run[];
  /** Opens the page at a moment, or live. */
  open(
    at: number | "live",
    options?: BrowserContextOptions & { camera?: string; all?: boolean },
  ): Promise<Page>;
};

export type SceneOptions = { cameras: number; days: number; breaks?: number };

export async function openScene({ cameras, days, breaks = 4 }: SceneOptions): Promise<Scene> {
  await using cleanup = new AsyncDisposableStack();
  const library = cleanup.use(await openLibrary());
  const browser = cleanup.use(await startChromium());
  await mkdir(ARTEFACTS, { recursive: true });
  const nowMs = Date.now();
  const startMs = Math.floor(nowMs / 1000) * 1000 - 40 * MINUTE_MS;
  const runs = [
    await makeRun({ cameraId: CAMERA, startMs, seconds: 60, audio: "aac", size: "640x360" }),
    await makeRun({
      cameraId: CAMERA,
      startMs: startMs + 90_000,
      seconds: 20,
      audio: "aac",
      size: "640x360",
    }),
  ];
  const others = ["yard", "garage", "gate", "shop", "till", "store", "attic", "cellar"].slice(0, cameras - 1);
  const firstMs = startMs - days * DAY_MS;
  for (const [seed, cameraId] of [CAMERA, ...others].entries()) {
    await library.register(cameraId);
    const endMs = cameraId === CAMERA ? startMs - 5 * MINUTE_MS : nowMs - 20_000;
    const events = recordedDays(cameraId, { startMs: firstMs, endMs, breaks, seed });
    for (let at = 0; at < events.length; at += 500) await library.append(events.slice(at, at + 500));
  }
  for (const run of runs) await library.store(run);
  await library.append([
    ended(runs[0]!, startMs + 60_000),
    ended(runs[1]!, startMs + 110_000),
    backlogReported(CAMERA, {
      reportedMs: nowMs - 10_000,
      ranges: [{ startMs: startMs + 4 * MINUTE_MS, endMs: startMs + 16 * MINUTE_MS }],
    }),
  ]);
  const moved = cleanup.move();
  return {
    ...{ library, browser, startMs, runs },
    async open(at, { camera = CAMERA, all = false, ...options } = {}) {
      const page = await library.openPage(browser, { viewport: { width: 1440, height: 900 }, ...options });
      if (all) await page.addInitScript(() => localStorage.setItem("rokuga.settings", '{"allCameras":true}'));
      await page.goto(`${library.url}/?camera=${camera}&t=${at}`);
      await page.getByTestId("timeline").waitFor();
      // It is drawn at once, and goes to the moment when the cameras are known.
      await waitFor(
        async () => {
          const { startMs, endMs } = await visibleRange(page);
          return typeof at === "number" ? startMs <= at && at <= endMs : endMs > 0;
        },
        { what: "the timeline at its moment" },
      );
      return page;
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

function ended({ cameraId, runId }: Run, endMs: number): NewEvent {
  return {
    eventId: runEventId({ cameraId, runId }, "RunEnded"),
    ...{ type: "RunEnded", version: 1, occurredAtMs: endMs },
    data: { cameraId, runId, endMs, reason: "disconnected" },
  };
}

/** What the timeline shows, as it was drawn last. */
export async function visibleRange(page: Page): Promise<{ startMs: number; endMs: number }> {
  const { startMs, endMs } = await page.getByTestId("timeline").evaluate((element) => element.dataset);
  return { startMs: Number(startMs), endMs: Number(endMs) };
}

/** Shows a length of time by its button. */
export async function showSpan(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

/** The place of a moment on the page, CSS pixels; `y` counts from the timeline's top. */
export async function placeOf(page: Page, ms: number, y = 50): Promise<{ x: number; y: number }> {
  const box = (await page.getByTestId("timeline").boundingBox())!;
  const { startMs, endMs } = await visibleRange(page);
  return { x: box.x + ((ms - startMs) / (endMs - startMs)) * box.width, y: box.y + y };
}

/** The moment at a place. */
export async function momentAt(page: Page, x: number): Promise<number> {
  const box = (await page.getByTestId("timeline").boundingBox())!;
  const { startMs, endMs } = await visibleRange(page);
  return startMs + ((x - box.x) / box.width) * (endMs - startMs);
}

/** The time in the picture on a canvas, ms; undefined when it shows none, or is hidden. */
export async function canvasClock(page: Page, testId: string): Promise<number | undefined> {
  return page.evaluate(`(${look})(${readPictureClock}, ${JSON.stringify(testId)})`);
}

/** Runs in the page. */
function look(read: typeof readPictureClock, testId: string): number | undefined {
  const canvas = document.querySelector(`[data-testid="${testId}"]`);
  if (!(canvas instanceof HTMLCanvasElement)) throw new Error(`There is no canvas ${testId}`);
  if (!canvas.checkVisibility() || canvas.width === 0) return undefined;
  const [width, height] = [320, 180];
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  context.drawImage(canvas, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, Math.ceil(height / 16));
  return read({ data, width, height, channels: 4, nearMs: Date.now() });
}

/** Keeps what the page looks like, for people. */
export const screenshot = (page: Page, label: string) =>
  page.screenshot({ path: `${ARTEFACTS}timeline_${label}.png` });

export type Color = [red: number, green: number, blue: number, alpha: number];

/** The colours along a row of the timeline's canvas, one for each of its own pixels; `y` in CSS pixels. */
export async function row(page: Page, y: number): Promise<Color[]> {
  const bytes = await page.getByTestId("timeline").evaluate((element, top) => {
    const canvas = element.querySelector("canvas")!;
    const { data } = canvas
      .getContext("2d")!
      .getImageData(0, Math.round(top * devicePixelRatio), canvas.width, 1);
    return [...data];
  }, y);
  return Array.from({ length: bytes.length / 4 }, (_, n) => bytes.slice(4 * n, 4 * n + 4) as Color);
}

/** The moments at which the ruler begins a day: only their lines reach up to its top. */
export async function dayStarts(page: Page): Promise<number[]> {
  const { startMs, endMs } = await visibleRange(page);
  const colors = await row(page, 0);
  const stepMs = (endMs - startMs) / colors.length;
  return colors.flatMap(([, , , alpha], index) => (alpha > 128 ? [startMs + (index + 0.5) * stepMs] : []));
}
