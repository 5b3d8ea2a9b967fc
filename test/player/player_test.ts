/**
 * The player as a person uses it, on real footage: buttons and keys, steps, speeds, jumps over a gap. What is shown is
 * read from the pictures, and the time on the page is held against it.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page, Request } from "playwright-core";
import { startChromium, videoClock } from "../fixtures/chromium.ts";
import { logPictures, type Shown, shownPictures } from "../fixtures/picture_log.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { makeRun } from "../playback/footage.ts";
import { type Library, openLibrary } from "../playback/library.ts";

const START = Math.floor(Date.now() / 1000) * 1000 - 6 * 3_600_000;
const FPS = 20;
const FRAME_MS = 1000 / FPS;
const GOP_MS = 2_000;
/** The first stretch, and the second one after a gap. */
const FIRST_SECONDS = 60;
const SECOND_START = START + 80_000;
const SECOND_SECONDS = 40;

describe("the player", { timeout: 240_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  let browser: Browser;
  let page: Page;

  before(async () => {
    library = stack.use(await openLibrary());
    browser = stack.use(await startChromium());
    await library.register("door");
    const common = { cameraId: "door", fps: FPS, gop: GOP_MS / 1000, audio: "aac" as const };
    await library.store(await makeRun({ ...common, startMs: START, seconds: FIRST_SECONDS }));
    await library.store(await makeRun({ ...common, startMs: SECOND_START, seconds: SECOND_SECONDS }));
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  });
  after(() => stack.disposeAsync());

  const open = async (ms: number) => {
    await page.goto(`${library.openUrl}/?camera=door&t=${ms}`);
    await pictureFrom(ms);
  };
  const clock = async () => (await videoClock(page)).clockMs;
  const pictureFrom = (ms: number, withinMs = 5_000) =>
    waitFor(
      async () => {
        const at = await clock();
        return at !== undefined && at >= ms - FRAME_MS && at < ms + withinMs ? at : undefined;
      },
      { what: `the picture of START + ${ms - START} ms`, timeoutMs: 15_000 },
    );
  const timeOnPage = async () => Number(await page.getByTestId("playhead-time").getAttribute("data-ms"));
  /** Once the page is at rest: the picture's time. */
  const rested = () =>
    waitFor(
      async () => {
        const [at, shown] = [await clock(), await timeOnPage()];
        return at !== undefined && Math.abs(at - shown) <= FRAME_MS && at === (await clock())
          ? at
          : undefined;
      },
      { what: "a still picture with its own time on the page" },
    );
  const pause = async () => {
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    return rested();
  };
  const pressed = async (key: string, from: number) => {
    await page.keyboard.press(key);
    await waitFor(async () => (await clock()) !== from, { what: `another picture after ${key}` });
    return rested();
  };

  test("paused, each step is the next or the previous frame, and the time is that of the picture", async () => {
    await open(START + 9_000);
    let at = await pause();
    for (const key of [".", ".", ".", ",", ",", ".", ","]) {
      const wanted = at + (key === "." ? FRAME_MS : -FRAME_MS);
      at = await pressed(key, at);
      assert.equal(at, wanted, `after ${key}`);
    }
    await page.getByRole("button", { name: "Next frame" }).click();
    await waitFor(async () => (await clock()) === at + FRAME_MS, { what: "the next frame by the button" });
  });

  test("arrows, J and L step by 5 and 10 seconds, with Shift by a minute", async () => {
    await open(START + 30_000);
    let at = await pause();
    for (const [key, byMs] of [
      ["ArrowRight", 5_000],
      ["ArrowLeft", -5_000],
      ["l", 10_000],
      ["j", -10_000],
    ] as const) {
      const next = await pressed(key, at);
      assert.ok(Math.abs(next - at - byMs) <= FRAME_MS, `${key}: ${next - at} ms`);
      at = next;
    }
    // A minute of played time: the gap is left out.
    const next = await pressed("Shift+ArrowRight", at);
    assert.ok(Math.abs(next - at - 80_000) <= 2 * FRAME_MS, `Shift+ArrowRight: ${next - at} ms`);
    await page.getByRole("button", { name: "Back 5 seconds" }).click();
    await waitFor(async () => Math.abs(((await clock()) ?? 0) - next + 5_000) <= 2 * FRAME_MS, {
      what: "the picture 5 s earlier",
    });
  });

  /** Plays at a speed for a while from a moment; the pictures, and how far the page's time was from them. */
  const playAt = async (rate: number, { fromMs, forMs }: { fromMs: number; forMs: number }) => {
    await open(fromMs);
    await pause();
    await page.getByLabel("Speed").selectOption(String(rate));
    await logPictures(page);
    await page.keyboard.press("k");
    await waitFor(async () => (await shownPictures(page)).length > 2, { what: "playing" });
    const offs: number[] = [];
    const untilMs = performance.now() + forMs;
    while (performance.now() < untilMs) {
      const [on, at] = await page.evaluate(() => {
        const log = globalThis.pictureLogs!.video!;
        const time = document.querySelector<HTMLElement>("[data-testid=playhead-time]")!;
        return [Number(time.dataset.ms), log.at(-1)!.clockMs] as const;
      });
      if (at !== null && on > 0) offs.push(on - at);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const shown = (await shownPictures(page)).filter(({ clockMs }) => clockMs !== null);
    await page.keyboard.press("k");
    await page.getByLabel("Speed").selectOption("1");
    return { shown, offs: offs.map(Math.abs).sort((a, b) => a - b) };
  };
  const paceOf = (shown: readonly Shown[]) => {
    const [first, last] = [shown[1]!, shown.at(-1)!];
    return (last.clockMs! - first.clockMs!) / (last.atMs - first.atMs);
  };

  for (const rate of [0.5, 2, 4]) {
    test(`at ${rate}× it plays at that pace, with its time`, async (t) => {
      const { shown, offs } = await playAt(rate, { fromMs: START + 2_000, forMs: 4_000 });
      const pace = paceOf(shown);
      t.diagnostic(
        `pace ${pace.toFixed(2)}, ${shown.length} pictures, time off by ${offs.at(-1)} ms at most`,
      );
      assert.ok(Math.abs(pace / rate - 1) < 0.1, `pace ${pace}`);
      // The page tells the time ten times a second; a busy machine twice as slowly.
      const median = offs[Math.floor(offs.length / 2)]!;
      assert.ok(median <= 200 * Math.max(1, rate), `the time was off by ${median} ms`);
    });
  }

  for (const rate of [8, 16]) {
    test(`at ${rate}× only keyframes are shown, at that pace, with their time`, async (t) => {
      const { shown, offs } = await playAt(rate, { fromMs: START + 1_000, forMs: (50_000 / rate) * 0.9 });
      // What was on the screen before is the first one.
      const times = shown.slice(1).map(({ clockMs }) => clockMs!);
      const pace = paceOf(shown);
      t.diagnostic(
        `pace ${pace.toFixed(2)}, ${times.length} pictures, time off by ${offs.at(-1)} ms at most`,
      );
      for (const ms of times)
        assert.equal((ms - START) % GOP_MS, 0, `START + ${ms - START} ms is no keyframe`);
      assert.ok(times.length > 10, `only ${times.length} pictures`);
      assert.ok(Math.abs(pace / rate - 1) < 0.2, `pace ${pace}`);
      const median = offs[Math.floor(offs.length / 2)]!;
      assert.ok(median <= FRAME_MS, `the time was off by ${median} ms`);
    });
  }

  test("what is loaded at 16×, beside what its keyframes alone would be", async (t) => {
    const perMinute = (bytes: number, ms: number) => Math.round((bytes / 1000) * (60_000 / ms));
    const sizes: Promise<number>[] = [];
    const count = (request: Request) => {
      if (request.method() !== "GET" || !/\.ts(\?|$)/.test(request.url())) return;
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    };
    page.on("requestfinished", count);
    await playAt(16, { fromMs: START + 1_000, forMs: 2_500 });
    page.off("requestfinished", count);
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    const bufferedMs = await page
      .locator("video")
      .first()
      .evaluate(({ buffered }: HTMLVideoElement) =>
        Array.from({ length: buffered.length }, (_, n) => buffered.end(n) - buffered.start(n)).reduce(
          (sum, seconds) => sum + seconds * 1000,
          0,
        ),
      );
    const list = await fetch(
      `${library.openUrl}/api/cameras/door/iframes.m3u8?from=${START}&to=${START + FIRST_SECONDS * 1000}`,
    );
    const ranges = [...(await list.text()).matchAll(/^#EXT-X-BYTERANGE:(\d+)/gm)];
    const keyframes = ranges.reduce((sum, [, size]) => sum + Number(size), 0);
    const [loaded, alone] = [perMinute(bytes, bufferedMs), perMinute(keyframes, FIRST_SECONDS * 1000)];
    t.diagnostic(
      `${loaded} kB are loaded for a minute of footage; its ${ranges.length} keyframes are ${alone} kB`,
    );
    assert.equal(ranges.length, FIRST_SECONDS / (GOP_MS / 1000));
    assert.ok(alone < loaded, `${loaded} kB of footage, ${alone} kB of keyframes`);
  });

  test("fast playing leaves out the gap with a word, and stops at the end", async () => {
    await open(START + 40_000);
    await logPictures(page);
    await page.getByLabel("Speed").selectOption("16");
    const kind = () => page.getByTestId("status-message").getAttribute("data-kind");
    await waitFor(async () => (await kind()) === "gap", { what: "the word about the gap" });
    await waitFor(async () => (await kind()) === "end", { what: "the end", timeoutMs: 20_000 });
    const at = (await shownPictures(page)).findLast(({ clockMs }) => clockMs !== null)!.clockMs!;
    assert.ok(at >= SECOND_START + SECOND_SECONDS * 1000 - 2 * GOP_MS, `ended at START + ${at - START} ms`);
    await page.getByLabel("Speed").selectOption("1");
  });

  test("the brackets jump to where footage begins, over the gap", async () => {
    await open(START + 20_000);
    await page.keyboard.press("]");
    await pictureFrom(SECOND_START);
    await pictureFrom(SECOND_START + 3_500);
    await page.keyboard.press("[");
    await pictureFrom(SECOND_START, 2_000);
    await page.getByRole("button", { name: "Previous footage" }).click();
    await pictureFrom(START);
  });

  test("Home goes to the first footage, and the angle brackets change the speed", async () => {
    await open(SECOND_START + 5_000);
    await page.keyboard.press("Home");
    await pictureFrom(START);
    const speed = () => page.getByLabel("Speed").inputValue();
    await page.keyboard.press(">");
    assert.equal(await speed(), "2");
    await page.keyboard.press("<");
    await page.keyboard.press("<");
    assert.equal(await speed(), "0.5");
    await page.keyboard.press(">");
    assert.equal(await speed(), "1");
  });

  test("sound, full screen and picture in picture by their keys", async () => {
    await open(START + 5_000);
    const video = page.locator("video").first();
    const muted = () => video.evaluate((element: HTMLVideoElement) => element.muted);
    assert.equal(await muted(), true);
    await page.keyboard.press("m");
    assert.equal(await muted(), false);
    await page.getByLabel("Volume").fill("0.5");
    assert.equal(await video.evaluate((element: HTMLVideoElement) => element.volume), 0.5);
    await page.keyboard.press("m");
    assert.equal(await muted(), true);
    const full = () => page.evaluate(() => document.fullscreenElement !== null);
    await page.keyboard.press("f");
    await waitFor(full, { what: "full screen" });
    await page.keyboard.press("f");
    await waitFor(async () => !(await full()), { what: "the end of full screen" });
    const window = () => page.evaluate(() => document.pictureInPictureElement !== null);
    await page.keyboard.press("p");
    await waitFor(window, { what: "picture in picture" });
    await page.keyboard.press("p");
    await waitFor(async () => !(await window()), { what: "the end of picture in picture" });
  });

  test("the sheet lists every key, in both languages, and keys do nothing behind it", async () => {
    await open(START + 5_000);
    const sheet = page.getByTestId("key-sheet");
    await page.keyboard.press("?");
    await sheet.waitFor({ state: "visible" });
    const keys = await sheet.locator("kbd").allInnerTexts();
    for (const key of ["K", "Space", "J", "L", ",", ".", "[", "]", "Home", "End", "M", "F", "P", "?"])
      assert.ok(keys.includes(key), `${key} is not listed`);
    const paused = () => page.getByRole("button", { name: "Play", exact: true }).count();
    await page.keyboard.press("k");
    assert.equal(await paused(), 0, "it plays on");
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "hidden" });
    await page.getByText("日本語").click();
    await page.getByRole("button", { name: "キー操作" }).click();
    await page.getByText("前のコマ・次のコマ").waitFor({ state: "visible" });
    await page.keyboard.press("Escape");
    await page.getByText("English").click();
  });

  test("on a phone all buttons are in reach", async () => {
    const phone = await browser.newPage({
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
    });
    await phone.goto(`${library.openUrl}/?camera=door&t=${START + 5_000}`);
    await phone.getByRole("button", { name: "Pause", exact: true }).waitFor();
    assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth), 360);
    const small = await phone.locator("fieldset[aria-label=Player] button:visible").evaluateAll((buttons) =>
      buttons.flatMap((button) => {
        const { left, right, height, width } = button.getBoundingClientRect();
        const reached = left >= 0 && right <= 360 && height >= 40 && width >= 40;
        return reached ? [] : [`${button.getAttribute("aria-label")}: ${left}–${right}, ${height} high`];
      }),
    );
    assert.deepEqual(small, []);
    await phone.close();
  });
});
