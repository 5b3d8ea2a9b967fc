/**
 * Finds in a page when the picture of an asked moment comes to the screen. What is shown is known from the picture
 * itself, so that neither a picture from before nor one of another moment is taken for it. Times are those of the
 * page's `performance.now()`.
 */
import { readPictureClock } from "@rokuga/media/picture_clock.ts";
import type { Page } from "playwright-core";

/** What came when, ms after it was asked for. */
export type Showing = {
  /** Where it was asked to go, ms since the footage began. */
  askedMs: number;
  pictureMs: number;
  /** The playlist, if one was loaded, and the first media: when it was asked for and when its last byte was there. */
  playlist: Loaded | undefined;
  media: Loaded | undefined;
};

export type Loaded = { askedMs: number; firstByteMs: number; lastByteMs: number; bytes: number };

export type ProbeOptions = {
  /** When the footage begins, ms, and after how long its pictures' clock begins again. */
  startMs: number;
  loopMs: number;
  /** What the document is opened to show, ms since the footage began. */
  opensAtMs?: number;
};

/** Lives in the page. */
export type Probe = {
  /** Resolves once the picture of a moment is shown. `fromMs`: when it was asked for. */
  show(askedMs: number, fromMs: number): Promise<Showing>;
  /** Watches for the next click on an element that says in `data-start-ms` and `data-end-ms` what it spans. */
  watchClick(selector: string): void;
  /** The same as `show`, for the click that was watched for, and at first for the opening of the document. */
  watched: Promise<Showing> | undefined;
};

declare const window: Window & { probe: Probe };

/** Puts the probe into every document of a page from now on. */
export async function addProbe(page: Page, options: ProbeOptions): Promise<void> {
  await page.addInitScript(`(${install})(${readPictureClock}, ${JSON.stringify(options)})`);
}

/** Runs in the page. */
function install(read: typeof readPictureClock, { startMs, loopMs, opensAtMs }: ProbeOptions): void {
  const [width, height] = [640, 360];
  /** How far the picture may be before and after what was asked, ms: on a busy machine the first ones are left out. */
  const [beforeMs, afterMs] = [500, 2_000];
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  const clockOf = (video: HTMLVideoElement) => {
    context.drawImage(video, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, Math.ceil(height / 16));
    return read({ data, width, height, channels: 4, nearMs: 0 });
  };
  const shows = (video: HTMLVideoElement, askedMs: number) => {
    const clockMs = clockOf(video);
    if (clockMs === undefined) return false;
    const offMs = (((clockMs - askedMs) % loopMs) + loopMs) % loopMs;
    return offMs <= afterMs || loopMs - offMs <= beforeMs;
  };
  const loaded = (pattern: RegExp, fromMs: number) => {
    const entry = performance
      .getEntriesByType("resource")
      .find(({ name, startTime }) => pattern.test(name) && startTime >= fromMs) as
      | PerformanceResourceTiming
      | undefined;
    return (
      entry && {
        askedMs: entry.startTime - fromMs,
        firstByteMs: entry.responseStart - fromMs,
        lastByteMs: entry.responseEnd - fromMs,
        bytes: entry.encodedBodySize,
      }
    );
  };
  const probe: Probe = {
    async show(askedMs, fromMs) {
      let shown = document.querySelector("video");
      while (!shown) {
        await new Promise(requestAnimationFrame);
        shown = document.querySelector("video");
      }
      const video = shown;
      const atMs = await new Promise<number>((resolve) => {
        const next = () =>
          video.requestVideoFrameCallback(() => {
            const nowMs = performance.now();
            if (shows(video, askedMs)) resolve(nowMs);
            else next();
          });
        next();
      });
      return {
        ...{ askedMs, pictureMs: atMs - fromMs },
        playlist: loaded(/\.m3u8/, fromMs),
        media: loaded(/\.ts$/, fromMs),
      };
    },
    watched: undefined,
    watchClick(selector) {
      performance.clearResourceTimings();
      const element = document.querySelector<HTMLElement>(selector)!;
      probe.watched = new Promise((resolve) => {
        const onClick = (event: PointerEvent) => {
          const { left, width: widthPx } = element.getBoundingClientRect();
          const [from, to] = [Number(element.dataset.startMs), Number(element.dataset.endMs)];
          const ms = Math.round(from + ((event.clientX - left) / widthPx) * (to - from));
          resolve(probe.show(ms - startMs, event.timeStamp));
        };
        element.addEventListener("pointerup", onClick, { once: true, capture: true });
      });
    },
  };
  if (opensAtMs !== undefined) probe.watched = probe.show(opensAtMs, 0);
  window.probe = probe;
}
