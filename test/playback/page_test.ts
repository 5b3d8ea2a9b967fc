/** The page itself goes from moment to moment, far apart, and shows each one's picture without starting anew. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { startChromium, videoClock } from "../fixtures/chromium.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { makeRun } from "./footage.ts";
import { type Library, openLibrary } from "./library.ts";

const START = Math.floor(Date.now() / 1000) * 1000 - 6 * 3_600_000;
/** Further than a window of the player reaches. */
const APART_MS = 2 * 3_600_000;
const RUNS = 3;

describe("the page, from moment to moment", { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  let browser: Browser;
  let page: Page;

  before(async () => {
    library = stack.use(await openLibrary());
    browser = stack.use(await startChromium());
    page = await library.openPage(browser);
    await library.register("door");
    for (let n = 0; n < RUNS; n++) {
      const startMs = START + n * APART_MS;
      await library.store(await makeRun({ cameraId: "door", startMs, seconds: 16, audio: "aac" }));
    }
  });
  after(() => stack.disposeAsync());

  const moment = (n: number) => START + n * APART_MS + 5_000;
  const search = (ms: number) => `?camera=door&t=${ms}`;
  const pictureOf = (ms: number) =>
    waitFor(
      async () => {
        const { clockMs } = await videoClock(page);
        return clockMs !== undefined && clockMs >= ms - 100 && clockMs < ms + 5_000;
      },
      { what: `the picture of ${new Date(ms).toISOString()}`, timeoutMs: 15_000 },
    );
  /** As the browser's own way back does. */
  const goTo = (ms: number) =>
    page.evaluate((address) => {
      history.pushState(null, "", address);
      dispatchEvent(new PopStateEvent("popstate"));
    }, search(ms));

  test("each moment is shown by the worker that played the first", async () => {
    await page.goto(`${library.url}/${search(moment(0))}`);
    await pictureOf(moment(0));
    const [worker, ...others] = page.workers();
    assert.ok(worker && others.length === 0, "hls.js repackages in one worker");
    for (const n of [1, 2, 0]) {
      await goTo(moment(n));
      await pictureOf(moment(n));
      assert.ok(page.workers().length === 1 && page.workers()[0] === worker, `moment ${n}: another worker`);
    }
  });

  test("after a failure it plays on with a new one", async () => {
    const [worker] = page.workers();
    await page.route("**/playlist.m3u8*", (route) => route.abort(), { times: 1 });
    await goTo(moment(1));
    await pictureOf(moment(1));
    assert.equal(page.workers().length, 1);
    assert.ok(page.workers()[0] !== worker, "the one that failed is gone");
  });

  test("where no worker can run, the page loads what repackages, and plays", async () => {
    const without = await library.openPage(browser);
    await without.addInitScript(() => Reflect.deleteProperty(globalThis, "Worker"));
    await without.goto(`${library.url}/${search(moment(0))}`);
    await waitFor(async () => ((await videoClock(without)).clockMs ?? 0) >= moment(0) - 100, {
      what: "a picture without a worker",
      timeoutMs: 15_000,
    });
    assert.equal(without.workers().length, 0);
    await without.close();
  });
});
