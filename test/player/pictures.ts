/** The clocks in the pictures of all video elements of a page, and how far apart they are. */
import { readPictureClock } from "@rokuga/media/picture_clock.ts";
import type { Page } from "playwright-core";

/** Looked at in one task of the page, in the order of the document: ms, null where there is no picture. */
export function clocksOf(page: Page): Promise<(number | null)[]> {
  return page.evaluate(`(${lookAtAll})(${readPictureClock})`);
}

/** From the earliest to the latest, ms; those without a picture are left out. */
export function spread(clocks: readonly (number | null)[]): number {
  const known = clocks.filter((ms) => ms !== null);
  return Math.max(...known) - Math.min(...known);
}

/** Runs in the page. */
function lookAtAll(read: typeof readPictureClock): (number | null)[] {
  const [width, height] = [160, 90];
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  return [...document.querySelectorAll("video")].map((video) => {
    context.clearRect(0, 0, width, height);
    context.drawImage(video, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, 6);
    return read({ data, width, height, channels: 4, nearMs: Date.now() }) ?? null;
  });
}
