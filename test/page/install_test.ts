/**
 * What a browser asks before it lets a person install the page, and how much script the page loads before it works.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { startChromium } from "../fixtures/chromium.ts";
import { type Library, openLibrary } from "../playback/library.ts";

/** Scripts as they come over the network: those of the page, and hls.js, which loads beside them and is the largest. */
const PAGE_BUDGET_BYTES = 250_000;
const PLAYER_BUDGET_BYTES = 86_000;

describe("the page", { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  let browser: Browser;

  before(async () => {
    library = stack.use(await openLibrary());
    await library.register("door");
    browser = stack.use(await startChromium());
  });
  after(() => stack.disposeAsync());

  test("can be installed", async () => {
    const page = await library.openPage(browser);
    await page.goto(library.url);
    const session = await page.context().newCDPSession(page);
    const { errors, data, url } = await session.send("Page.getAppManifest");
    assert.deepEqual(errors, []);
    const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
    // Headless Chromium plays the part of a private window, where nothing can be installed.
    const found = installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito");
    assert.deepEqual(found, []);
    for (const { src, sizes } of JSON.parse(data ?? "").icons) {
      const size = await page.evaluate(async (address) => {
        const image = new Image();
        image.src = address;
        await image.decode();
        return `${image.naturalWidth}x${image.naturalHeight}`;
      }, new URL(src, url).href);
      if (sizes !== "any") assert.equal(size, sizes, src);
    }
    await page.close();
  });

  test("loads no more script than its budget", async () => {
    const page = await library.openPage(browser);
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    const scripts = new Map<string, { url: string; bytes: number }>();
    session.on("Network.responseReceived", ({ requestId, type, response }) => {
      if (type === "Script" || type === "Other") scripts.set(requestId, { url: response.url, bytes: 0 });
    });
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      const script = scripts.get(requestId);
      if (script) script.bytes = encodedDataLength;
    });
    await page.goto(library.url, { waitUntil: "networkidle" });
    const loaded = [...scripts.values()].filter(({ url }) => url.endsWith(".js"));
    const total = loaded.reduce((sum, script) => sum + script.bytes, 0);
    // The one that is larger than all others is hls.js.
    const player = Math.max(...loaded.map(({ bytes }) => bytes));
    const kB = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`;
    process.stdout.write(`scripts: ${kB(total - player)}, and hls.js ${kB(player)}\n`);
    assert.ok(loaded.length > 2 && total - player > 50_000, "it was measured");
    assert.ok(total - player < PAGE_BUDGET_BYTES && player < PLAYER_BUDGET_BYTES);
    await page.close();
  });
});
