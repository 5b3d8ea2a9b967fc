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

/** Of values, the one that such a share of them does not exceed. */
export function shareOf(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!;
}

/**
 * By how much the moment that a camera's footage is stamped with is later than the clock in its picture, ms, for each
 * camera: looked at in a keyframe near `ms`.
 */
export function stampsOff(
  page: Page,
  { cameraIds, ms }: { cameraIds: readonly string[]; ms: number },
): Promise<number[]> {
  return page.evaluate(`(${lookAtSnapshots})(${readPictureClock}, ${JSON.stringify({ cameraIds, ms })})`);
}

/** Runs in the page. */
async function lookAtSnapshots(
  read: typeof readPictureClock,
  { cameraIds, ms }: { cameraIds: readonly string[]; ms: number },
): Promise<number[]> {
  const offs: number[] = [];
  for (const cameraId of cameraIds) {
    const response = await fetch(`/api/cameras/${cameraId}/snapshot.jpg?at=${ms}&width=320`);
    const image = await createImageBitmap(await response.blob());
    const { width, height } = image;
    const context = new OffscreenCanvas(width, height).getContext("2d")!;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, width, Math.ceil(height / 16));
    const clockMs = read({ data, width, height, channels: 4, nearMs: ms });
    if (clockMs === undefined) throw new Error(`The snapshot of ${cameraId} has no clock`);
    offs.push(Date.parse(response.headers.get("rokuga-taken-at") ?? "") - clockMs);
  }
  return offs;
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
