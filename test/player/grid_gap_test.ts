/**
 * A gap of the camera that leads the grid: time goes on in it at the pace of the clock as long as another camera has
 * footage, and only what none of them has is left out.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { startChromium } from "../fixtures/chromium.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { makeRun } from "../playback/footage.ts";
import { type Library, openLibrary } from "../playback/library.ts";
import { clocksOf } from "./pictures.ts";

const START = Math.floor(Date.now() / 1000) * 1000 - 6 * 3_600_000;
/** What each has, seconds after START. Nobody has anything from 45 to 60, nor after 95. */
const FOOTAGE = {
  door: [
    [0, 20],
    [60, 80],
  ],
  garage: [[0, 45]],
  hall: [
    [10, 30],
    [60, 95],
  ],
} as const;
const PACE_OFF = 0.12;

describe("a gap of the camera that leads the grid", { timeout: 240_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  let browser: Browser;
  let page: Page;

  before(async () => {
    library = stack.use(await openLibrary());
    browser = stack.use(await startChromium());
    for (const [cameraId, stretches] of Object.entries(FOOTAGE)) {
      await library.register(cameraId);
      for (const [from, to] of stretches)
        await library.store(await makeRun({ cameraId, startMs: START + from * 1000, seconds: to - from }));
    }
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  });
  after(() => stack.disposeAsync());

  const open = (second: number) =>
    page.goto(`${library.openUrl}/?camera=door&t=${START + second * 1000}&grid=4`);
  /** The second in the picture of a camera that follows, by its own clock. */
  const second = async (cameraId: "garage" | "hall") => {
    const ms = (await clocksOf(page))[cameraId === "garage" ? 1 : 2];
    return ms == null ? null : (ms - START) / 1000;
  };
  const shown = async () =>
    (Number(await page.getByTestId("playhead-time").getAttribute("data-ms")) - START) / 1000;
  const kind = () => page.getByTestId("status-message").getAttribute("data-kind");
  const reaches = (cameraId: "garage" | "hall", from: number, to = from + 5) =>
    waitFor(
      async () => {
        const at = await second(cameraId);
        return at !== null && at >= from && at < to ? at : undefined;
      },
      { what: `${cameraId}'s picture of second ${from}`, timeoutMs: 30_000 },
    );

  test("time goes on for the others, and the gap is said on the camera that has it", async (t) => {
    await open(15);
    await reaches("garage", 16);
    assert.equal(await kind(), "none");
    await waitFor(async () => (await kind()) === "gap-here", { what: "the word on the leading camera" });
    assert.match(
      (await page.getByTestId("status-message").textContent()) ?? "",
      /^No footage at this moment: \w+/,
    );
    const [from, fromMs] = [await reaches("garage", 21), performance.now()];
    assert.ok(Math.abs((await second("hall"))! - from) < 0.3, "the other one goes on too");
    const offs: number[] = [];
    while (performance.now() - fromMs < 8_000) {
      offs.push(Math.abs((await shown()) - (await second("garage"))!));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const pace = ((await second("garage"))! - from) / ((performance.now() - fromMs) / 1000);
    const off = offs.sort((a, b) => a - b)[Math.floor(offs.length * 0.9)]!;
    t.diagnostic(`pace ${pace.toFixed(2)}, the time off by ${Math.round(off * 1000)} ms in 9 of 10 looks`);
    assert.ok(Math.abs(pace - 1) < PACE_OFF, `pace ${pace}`);
    assert.ok(off < 0.3, `the time is off by ${off} s`);
    assert.equal(await kind(), "gap-here");
  });

  test("what nobody has is left out, with a word, and the camera that leads goes on", async () => {
    await reaches("garage", 44);
    await waitFor(async () => (await kind()) === "gap", { what: "the word on what is left out" });
    assert.ok((await shown()) >= 59.9, `${await shown()}`);
    const lead = async () => (((await clocksOf(page))[0] ?? START) - START) / 1000;
    await waitFor(async () => (await lead()) >= 61 && (await lead()) < 66, { what: "its own picture" });
    await reaches("hall", 61, 66);
  });

  test("after its last footage the others go on to theirs", async () => {
    await open(76);
    await waitFor(async () => (await kind()) === "gap-here", {
      what: "the end of its footage",
      timeoutMs: 20_000,
    });
    await reaches("hall", 83);
    assert.ok(Math.abs((await shown()) - (await second("hall"))!) < 0.3);
    await waitFor(async () => (await kind()) === "end", { what: "the end of all", timeoutMs: 25_000 });
  });

  test("a gap can be sought into, and time stands still there when it is paused", async () => {
    await open(25);
    await reaches("garage", 26);
    assert.equal(await kind(), "gap-here");
    await page.keyboard.press("k");
    const still = await waitFor(
      async () => {
        const at = await second("garage");
        await new Promise((resolve) => setTimeout(resolve, 700));
        return at !== null && at === (await second("garage")) ? at : undefined;
      },
      { what: "a still picture" },
    );
    assert.ok(Math.abs((await shown()) - still) < 0.15, `${await shown()} is shown, ${still} the picture`);
    await page.keyboard.press("ArrowRight");
    await waitFor(async () => Math.abs((await second("garage"))! - still - 5) < 0.15, {
      what: "5 s later, still in the gap",
      timeoutMs: 15_000,
    });
    await page.keyboard.press("k");
    await reaches("garage", still + 6);
  });

  test("at 8× time goes on in the gap at that pace", async () => {
    await open(5);
    await reaches("garage", 5);
    await page.getByLabel("Speed").selectOption("8");
    const seen: { at: number; garage: number | null; ms: number }[] = [];
    await waitFor(
      async () => {
        const at = await shown();
        if ((await kind()) === "gap-here" && at > 21 && at < 44)
          seen.push({ at, garage: await second("garage"), ms: performance.now() });
        return at >= 60;
      },
      { what: "the footage after the gap", timeoutMs: 20_000 },
    );
    const [first, last] = [seen[0]!, seen.at(-1)!];
    const pace = (last.at - first.at) / ((last.ms - first.ms) / 1000);
    assert.ok(last.at - first.at > 15, `time went on by ${last.at - first.at} s`);
    assert.ok(Math.abs(pace / 8 - 1) < 0.2, `pace ${pace}`);
    assert.ok(Math.max(...seen.map(({ garage }) => garage ?? 0)) > 38, "garage's keyframes are shown");
    await page.getByLabel("Speed").selectOption("1");
  });

  test("alone, the camera leaves its gap out", async () => {
    await open(25);
    await reaches("garage", 26);
    await page.keyboard.press("g");
    await waitFor(async () => (await shown()) >= 59.9, { what: "its own next footage" });
    assert.equal(await kind(), "gap");
  });
});
