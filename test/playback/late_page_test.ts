/**
 * Footage that arrives while the page is open: a recording with a hole is played towards it, the hole is filled in
 * from the site, and the page plays it. Which pictures were shown is read from the pictures.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { startChromium } from "../fixtures/chromium.ts";
import { logPictures, type Shown, shownPictures } from "../fixtures/picture_log.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { makeRun, type Run } from "./footage.ts";
import { type Library, openLibrary } from "./library.ts";

const AGO_MS = 6 * 3_600_000;
const START = Math.floor(Date.now() / 1000) * 1000 - AGO_MS;
/** Segments 3 to 5 of 4 s each come late. */
const HOLE = { startMs: START + 12_000, endMs: START + 24_000 };
const LATE = [3, 4, 5];
/** Playing stops for no longer than this where the list is loaded again, ms. Usually it is a tenth of it. */
const LONGEST_STOP_MS = 2_500;

describe("footage that arrives late, in an open page", { timeout: 180_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  let browser: Browser;

  before(async () => {
    library = stack.use(await openLibrary());
    browser = stack.use(await startChromium());
  });
  after(() => stack.disposeAsync());

  /** A camera of its own whose recording has the hole, open in a page at a moment. */
  const openAt = async (cameraId: string, ms: number) => {
    await library.register(cameraId);
    const run = await makeRun({ cameraId, startMs: START, seconds: 40, audio: "aac" });
    const early = run.segments.filter(({ sequence }) => !LATE.includes(sequence));
    await library.store(run, early);
    const page = await library.openPage(browser, { viewport: { width: 1280, height: 800 } });
    const playlists: string[] = [];
    page.on(
      "request",
      (request) => request.url().includes("/playlist.m3u8") && playlists.push(request.url()),
    );
    await page.goto(`${library.openUrl}/?camera=${cameraId}&t=${ms}`);
    await logPictures(page);
    return { page, run, playlists };
  };
  const fillIn = (run: Run) =>
    library.store(
      run,
      run.segments.filter(({ sequence }) => LATE.includes(sequence)),
    );
  const clocks = (shown: readonly Shown[]) =>
    shown.flatMap(({ clockMs }) => (clockMs === null ? [] : [clockMs]));
  const reached = (page: Page, ms: number) =>
    waitFor(async () => clocks(await shownPictures(page)).some((clockMs) => clockMs >= ms), {
      what: `the picture of ${new Date(ms).toISOString()}`,
      timeoutMs: 60_000,
    });
  const notice = (page: Page) => page.getByTestId("status-message").getAttribute("data-kind");

  test("it is played when the playhead comes there, and nothing is loaded again before", async (t) => {
    const { page, run, playlists } = await openAt("filled", START + 1_000);
    await reached(page, START + 5_000);
    await fillIn(run);
    await reached(page, START + 28_000);
    const shown = await shownPictures(page);
    const times = clocks(shown);
    for (let second = START + 2_000; second < START + 28_000; second += 1_000) {
      const seen = times.filter((ms) => ms >= second && ms < second + 1_000).length;
      assert.ok(seen > 0, `second ${(second - START) / 1000} was not shown`);
    }
    for (const [index, ms] of times.entries())
      assert.ok(index === 0 || ms >= times[index - 1]! - 150, "never back by more than the edge");

    const restarts = shown.flatMap(({ emptied }, index) => (emptied ? [index] : []));
    assert.equal(restarts.length, 1, "the element was emptied once");
    const last = clocks(shown.slice(0, restarts[0])).at(-1)!;
    assert.ok(
      Math.abs(last - HOLE.startMs) < 500,
      `it was emptied ${HOLE.startMs - last} ms before the hole`,
    );
    assert.equal(playlists.length, 2, "the list was loaded twice");
    const stopMs = shown[restarts[0]! + 1]!.atMs - shown[restarts[0]! - 1]!.atMs;
    t.diagnostic(`the picture stood for ${Math.round(stopMs)} ms`);
    assert.ok(stopMs < LONGEST_STOP_MS, `the picture stood for ${stopMs} ms`);
    assert.equal(await notice(page), "none");
    await page.close();
  });

  test("a hole that stays one is left out, with a word, and nothing is loaded again", async () => {
    const { page, playlists } = await openAt("open", START + 7_000);
    await reached(page, HOLE.endMs + 500);
    assert.equal(await notice(page), "gap");
    assert.equal(playlists.length, 1);
    const shown = await shownPictures(page);
    assert.ok(!shown.some(({ emptied }) => emptied));
    assert.ok(!clocks(shown).some((ms) => ms >= HOLE.startMs && ms < HOLE.endMs));
    await page.close();
  });

  test("at the end of a recording it goes on when more of it has arrived", async () => {
    const { page, run } = await openAt("ended", START + 36_000);
    await waitFor(async () => (await notice(page)) === "end", { what: "the end", timeoutMs: 20_000 });
    const more = await makeRun({ cameraId: "ended", startMs: START + 60_000, seconds: 8 });
    assert.ok(more.runId !== run.runId);
    await library.store(more);
    await reached(page, START + 62_000);
    await page.close();
  });

  test("a seek into it goes there, and a step forward does not leave it out", async () => {
    const { page, run } = await openAt("sought", START + 5_000);
    await reached(page, START + 5_500);
    await page.keyboard.press("k");
    await fillIn(run);
    await page.keyboard.press("k");
    await reached(page, START + 9_500);
    await page.keyboard.press("l");
    await waitFor(
      async () => {
        const last = clocks(await shownPictures(page)).at(-1)!;
        return last >= HOLE.startMs && last < HOLE.endMs;
      },
      { what: "a picture of what arrived late" },
    );
    await page.close();
  });
});
