/**
 * A page in Chromium, of the web app's own origin, with a video element and a player's script: hls.js as the page of
 * the product has it, or shaka-player. What it shows is read from its pictures.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { videoClock } from "../fixtures/chromium.ts";

const require = createRequire(import.meta.url);

export const SCRIPTS = {
  hls: fileURLToPath(new URL("../../apps/web/node_modules/hls.js/dist/hls.min.js", import.meta.url)),
  shaka: join(dirname(require.resolve("shaka-player/package.json")), "dist/shaka-player.hls.js"),
};

const HTML = `<!doctype html><title>player</title>
<video id="main" muted playsinline width="320" height="180"></video>
<video id="scrub" muted playsinline width="320" height="180"></video>`;

/** Opens the page; it is closed with its browser. */
export async function openPlayerPage(
  browser: Browser,
  url: string,
  script: keyof typeof SCRIPTS,
): Promise<Page> {
  const page = await browser.newPage();
  await page.route(`${url}/player`, (route) => route.fulfill({ contentType: "text/html", body: HTML }));
  await page.goto(`${url}/player`);
  await page.addScriptTag({ path: SCRIPTS[script] });
  return page;
}

/** The time in the picture of a video, ms; undefined when it shows none. */
export const clockOf = async (page: Page, selector = "#main") => (await videoClock(page, selector)).clockMs;
