/**
 * The grid, on real footage of several cameras: all show one moment, in step, by the clocks in their pictures; what one
 * of them lacks is said on its tile and holds up nobody.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { axeFindings } from "../fixtures/axe.ts";
import { startChromium } from "../fixtures/chromium.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { makeRun } from "../playback/footage.ts";
import { type Library, openLibrary } from "../playback/library.ts";
import { clocksOf, shareOf, spread } from "./pictures.ts";

const START = Math.floor(Date.now() / 1000) * 1000 - 6 * 3_600_000;
const SECONDS = 60;
/** Each has its own run, which begins at another moment, with another frame rate. */
const CAMERAS = [
  { id: "door", offsetMs: 0, fps: 20 },
  { id: "garage", offsetMs: 330, fps: 25 },
  { id: "hall", offsetMs: -770, fps: 20 },
  { id: "yard", offsetMs: 1_210, fps: 15 },
];
/** This one has footage only from here on. */
const LATER = { id: "zoo", startMs: START + 30_000 };
const MOST_APART_MS = 100;

describe("the grid", { timeout: 240_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  let browser: Browser;
  let page: Page;

  before(async () => {
    library = stack.use(await openLibrary());
    browser = stack.use(await startChromium());
    for (const { id, offsetMs, fps } of CAMERAS) {
      await library.register(id);
      await library.store(
        await makeRun({ cameraId: id, startMs: START + offsetMs, seconds: SECONDS, fps, audio: "aac" }),
      );
    }
    await library.register(LATER.id);
    await library.store(await makeRun({ cameraId: LATER.id, startMs: LATER.startMs, seconds: 30 }));
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  });
  after(() => stack.disposeAsync());

  const open = (camera: string, { ms, grid = 4 }: { ms: number; grid?: number }) =>
    page.goto(`${library.openUrl}/?camera=${camera}&t=${ms}&grid=${grid}`);
  const look = () => clocksOf(page);
  const inStep = (count: number, withinMs = MOST_APART_MS) =>
    waitFor(
      async () => {
        const looks = await look();
        const seen = looks.filter((ms) => ms !== null).length;
        if (seen === count && spread(looks) <= withinMs) return looks;
        throw new Error(`The pictures are of ${looks.map((ms) => ms && ms - START).join(", ")} ms`);
      },
      { what: `${count} pictures in step`, timeoutMs: 30_000 },
    );
  const samples = async (forMs: number) => {
    const spreads: number[] = [];
    const untilMs = performance.now() + forMs;
    while (performance.now() < untilMs) {
      const looks = await look();
      if (looks.every((ms) => ms !== null)) spreads.push(spread(looks));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return spreads;
  };

  test("four cameras play one moment, within 100 ms of each other", async (t) => {
    await open("door", { ms: START + 5_000 });
    await inStep(4);
    const spreads = await samples(12_000);
    const [median, p95] = [shareOf(spreads, 0.5), shareOf(spreads, 0.95)];
    t.diagnostic(`${spreads.length} looks: ${median} ms apart in the median, ${p95} ms for 95 of 100`);
    assert.ok(spreads.length > 40, `only ${spreads.length} looks with all pictures`);
    assert.ok(p95 <= MOST_APART_MS, `${p95} ms apart`);
  });

  test("paused and sought they show the same moment", async () => {
    await page.keyboard.press("k");
    await inStep(4);
    const before = (await look())[0]!;
    await page.keyboard.press("ArrowRight");
    await waitFor(async () => (await look())[0]! - before >= 4_900, { what: "the lead's seek" });
    await inStep(4);
    await page.keyboard.press("k");
    await page.keyboard.press(">");
    await waitFor(async () => shareOf(await samples(1_000), 0) <= 2 * MOST_APART_MS, {
      what: "in step at 2×",
    });
    await page.keyboard.press("<");
  });

  test("a tile opens its camera at the moment that is shown; back shows the grid again", async () => {
    await open("door", { ms: START + 8_000 });
    await inStep(4);
    const at = (await look())[0]!;
    await page.getByRole("button", { name: /^Show only hall/ }).click();
    await waitFor(
      async () => {
        const [only, ...others] = await look();
        const ms = only ?? 0;
        return others.length === 0 && ms >= at - 100 && ms < at + 6_000;
      },
      { what: "the hall alone, at the moment", timeoutMs: 20_000 },
    );
    const { searchParams } = new URL(page.url());
    assert.deepEqual([searchParams.get("camera"), searchParams.get("grid")], ["hall", null]);
    await page.goBack();
    await inStep(4);
    assert.equal(new URL(page.url()).searchParams.get("grid"), "4");
  });

  test("G shows all cameras; one without footage says so, and joins when it has some", async () => {
    await page.goto(`${library.openUrl}/?camera=door&t=${START + 24_000}`);
    await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
    await page.keyboard.press("g");
    assert.equal(new URL(page.url()).searchParams.get("grid"), "9");
    const message = page.getByTestId(`tile-message-${LATER.id}`);
    await message.waitFor({ timeout: 15_000 });
    assert.match((await message.textContent()) ?? "", /^No footage at this moment/);
    await message.waitFor({ state: "detached", timeout: 30_000 });
    await inStep(5, 150);
  });

  test("axe finds nothing in the grid, nor in the sheet of keys", async () => {
    await open("door", { ms: START + 20_000, grid: 9 });
    await page.getByTestId(`tile-message-${LATER.id}`).waitFor({ timeout: 15_000 });
    assert.deepEqual(await axeFindings(page), []);
    await page.keyboard.press("?");
    await page.getByTestId("key-sheet").waitFor({ state: "visible" });
    assert.deepEqual(await axeFindings(page), []);
    await page.keyboard.press("Escape");
  });

  test("on a phone there are two columns, and what is scrolled away loads nothing", async () => {
    const phone = await browser.newPage({
      viewport: { width: 360, height: 200 },
      hasTouch: true,
      isMobile: true,
    });
    const asked = new Set<string>();
    phone.on("request", (request) => {
      const camera = /cameras\/(\w+)\/playlist/.exec(request.url())?.[1];
      if (camera) asked.add(camera);
    });
    await phone.goto(`${library.openUrl}/?camera=door&t=${START + 40_000}&grid=9`);
    await phone.waitForFunction(() => document.querySelectorAll("video").length >= 4);
    const tiles = await phone
      .locator("[data-testid^=tile-]:not([data-testid*=message])")
      .evaluateAll((found) => found.map((tile) => Math.round(tile.getBoundingClientRect().left)));
    assert.deepEqual([...new Set(tiles)].length, 2);
    await waitFor(() => asked.has("garage"), { what: "the visible tiles to load" });
    assert.ok(!asked.has(LATER.id), "the fifth camera is out of sight");
    await phone.getByTestId(`tile-${LATER.id}`).scrollIntoViewIfNeeded();
    await waitFor(() => asked.has(LATER.id), { what: "the fifth camera to load" });
    assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth), 360);
    await phone.close();
  });
});
