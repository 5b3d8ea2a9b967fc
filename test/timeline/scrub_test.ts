/** Scrubbing as a person does it: which picture is shown is read from the picture itself. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { videoClock } from "../fixtures/chromium.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import {
  canvasClock,
  GOP_MS,
  momentAt,
  openScene,
  placeOf,
  type Scene,
  screenshot,
  showSpan,
  visibleRange,
} from "./scene.ts";

/** On the ruler, where a press takes hold of the playhead. */
const RULER_Y = 8;

describe("scrubbing", { timeout: 180_000 }, () => {
  const stack = new AsyncDisposableStack();
  let scene: Scene;
  let page: Page;

  before(async () => {
    scene = stack.use(await openScene({ cameras: 1, days: 2 }));
    page = await scene.open(scene.startMs + 10_000);
    await pictureOf(scene.startMs + 10_000);
    await showSpan(page, "10 min");
  });
  after(() => stack.disposeAsync());

  /** Of the video. */
  const pictureOf = (ms: number) =>
    waitFor(
      async () => {
        const { clockMs } = await videoClock(page);
        return clockMs !== undefined && clockMs >= ms - 200 && clockMs < ms + 4_000 && clockMs;
      },
      { what: `the video of ${new Date(ms).toISOString()}`, timeoutMs: 15_000 },
    );
  const scrubbed = () => canvasClock(page, "scrub-picture");
  const moveTo = async (ms: number, y = RULER_Y) => {
    const { x, y: top } = await placeOf(page, ms, y);
    await page.mouse.move(Math.round(x), top);
    return momentAt(page, Math.round(x));
  };
  /** The keyframe before a moment of the first run. */
  const keyframe = (ms: number) => scene.startMs + Math.floor((ms - scene.startMs) / GOP_MS) * GOP_MS;
  const label = async () => (await page.getByTestId("scrub").textContent()) ?? "";

  test("the picture is that of the place under the pointer, wherever it goes, and its time is told", async () => {
    await moveTo(scene.startMs + 10_000);
    await page.mouse.down();
    for (const offset of [31_000, 4_000, 52_500, 53_900, 20_100, 45_000]) {
      const ms = await moveTo(scene.startMs + offset);
      const shown = await waitFor(async () => (await scrubbed()) === keyframe(ms) && keyframe(ms), {
        what: `the picture of ${offset} ms`,
        timeoutMs: 5_000,
      });
      assert.match(await label(), new RegExp(new Date(shown).toISOString().slice(11, 19)));
      assert.ok((await page.locator("video").evaluate((video: HTMLVideoElement) => video.paused)) === true);
    }
    await screenshot(page, "scrub");
  });

  test("over a gap it says that there is no footage and why, and shows no picture as if there were", async () => {
    await moveTo(scene.startMs + 75_000);
    await waitFor(async () => (await page.getByTestId("scrub").getAttribute("data-state")) === "missing", {
      what: "the gap to be told",
    });
    assert.match(await label(), /Camera unreachable/);
    await screenshot(page, "scrub_gap");
  });

  test("let go, it plays from there, and the picture stays until then", async () => {
    const ms = await moveTo(scene.startMs + 33_000);
    await waitFor(async () => (await scrubbed()) === keyframe(ms), { what: "the picture" });
    await page.mouse.up();
    const shown = await pictureOf(ms);
    assert.ok(shown - ms < 4_000);
    await waitFor(() => page.getByTestId("scrub").isHidden(), { what: "the video to be uncovered" });
    const first = (await videoClock(page)).clockMs!;
    await waitFor(async () => (await videoClock(page)).clockMs! > first + 500, { what: "it to play on" });
  });

  test("far out, what is played is the picture that was shown", async () => {
    await showSpan(page, "1 d");
    await moveTo(scene.startMs + 30_000);
    await page.mouse.down();
    await moveTo(scene.startMs - 2 * 3_600_000);
    const target = await moveTo(scene.startMs + 30_000);
    const shown = await waitFor(() => scrubbed(), { what: "a picture" });
    assert.ok(Math.abs(shown - target) <= 90_000, `${shown - target} ms off`);
    await page.mouse.up();
    await waitFor(() => page.getByTestId("scrub").isHidden(), { what: "the video", timeoutMs: 12_000 });
    const played = (await videoClock(page)).clockMs!;
    assert.ok(played >= shown - 50 && played < shown + 5_000, `${played - shown} ms off the shown picture`);
  });

  test("Escape gives it up: the video goes on where it was", async () => {
    await showSpan(page, "10 min");
    await page.getByTestId("timeline").focus();
    const before = (await videoClock(page)).clockMs!;
    await moveTo(before);
    await page.mouse.down();
    await moveTo(scene.startMs + 50_000);
    await waitFor(() => scrubbed(), { what: "a picture" });
    await page.keyboard.press("Escape");
    await page.mouse.up();
    assert.ok(await page.getByTestId("scrub").isHidden());
    const now = (await videoClock(page)).clockMs!;
    assert.ok(now >= before && now < before + 5_000, `${now - before} ms on`);
  });

  test("at the edge the timeline moves along", async () => {
    const box = (await page.getByTestId("timeline").boundingBox())!;
    const before = await visibleRange(page);
    await moveTo((await videoClock(page)).clockMs!);
    await page.mouse.down();
    await page.mouse.move(box.x + 2, box.y + RULER_Y, { steps: 4 });
    await waitFor(async () => (await visibleRange(page)).startMs < before.startMs - 60_000, {
      what: "earlier times to come into sight",
      timeoutMs: 5_000,
    });
    await page.keyboard.press("Escape");
    await page.mouse.up();
  });

  test("the hint under the mouse shows the picture of the place, and none in a gap", async () => {
    await showSpan(page, "10 min");
    await page.evaluate(() => document.body.focus());
    await page
      .getByRole("button", { name: "Back to the playhead" })
      .click({ timeout: 2_000 })
      .catch(() => undefined);
    const ms = await moveTo(scene.startMs + 41_000, 50);
    await waitFor(async () => (await canvasClock(page, "timeline-preview")) === keyframe(ms), {
      what: "the picture in the hint",
      timeoutMs: 5_000,
    });
    await moveTo(scene.startMs + 75_000, 50);
    await waitFor(async () => (await canvasClock(page, "timeline-preview")) === undefined, {
      what: "the picture to go",
    });
    assert.match(
      (await page.getByTestId("timeline-tooltip").textContent()) ?? "",
      /Camera unreachable[\s\S]*30 s/,
    );
  });

  test("without the browser's decoder the server's snapshots are shown", async () => {
    const { page: plain, close } = await withoutWebCodecs(scene);
    await showSpan(plain, "10 min");
    const { x, y } = await placeOf(plain, scene.startMs + 10_000, RULER_Y);
    await plain.mouse.move(x, y);
    await plain.mouse.down();
    const place = await placeOf(plain, scene.startMs + 47_000, RULER_Y);
    await plain.mouse.move(place.x, place.y);
    const ms = await momentAt(plain, place.x);
    await waitFor(async () => (await canvasClock(plain, "scrub-picture")) === keyframe(ms), {
      what: "the server's picture",
      timeoutMs: 10_000,
    });
    await close();
  });
});

async function withoutWebCodecs(scene: Scene): Promise<{ page: Page; close: () => Promise<void> }> {
  const page = await scene.open(scene.startMs + 10_000);
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "VideoDecoder"));
  await page.reload();
  await waitFor(async () => (await videoClock(page)).clockMs !== undefined, { what: "the video" });
  return { page, close: () => page.context().close() };
}
