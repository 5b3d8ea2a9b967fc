/** The grid of cameras that are live: five of them, more than a browser has connections to one server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CamerasAnswer } from "@rokuga/media/api.ts";
import { startChromium } from "../fixtures/chromium.ts";
import { startRokuga } from "../fixtures/rokuga.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { clocksOf, spread } from "./pictures.ts";

const IDS = ["door", "garage", "hall", "yard", "zoo"];
/**
 * Two frames at 10 a second, and what the relay's estimate of each camera's start may be off: a picture's own clock is
 * compared here, and the page can only go by the time that the relay gave it.
 */
const MOST_APART_MS = 350;
const RECORDED_MS = 30_000;

test("live cameras show one moment, in step, and go on", { timeout: 180_000 }, async (t) => {
  const camera = (id: string) =>
    `  - id: ${id}\n    segment_seconds: 4\n    input: {synthetic: true, size: 320x180, fps: 10}\n`;
  await using rokuga = await startRokuga({ cameras: `cameras:\n${IDS.map(camera).join("")}` });
  await using browser = await startChromium();
  await waitFor(
    async () => {
      const { cameras } = CamerasAnswer.parse(await (await rokuga.fetch("/api/cameras")).json());
      const recorded = cameras.filter(({ firstMs }) => firstMs && Date.now() - firstMs > RECORDED_MS);
      return recorded.length === IDS.length;
    },
    { what: "footage of all cameras", timeoutMs: 90_000 },
  );
  const page = await rokuga.openPage(browser, { viewport: { width: 1440, height: 900 } });
  await page.goto(`${rokuga.url}/?camera=door&t=live&grid=9`);
  await waitFor(
    async () => {
      const clocks = await clocksOf(page);
      return (
        clocks.length === IDS.length && clocks.every((ms) => ms !== null) && spread(clocks) <= MOST_APART_MS
      );
    },
    { what: "five pictures in step", timeoutMs: 30_000 },
  );
  const spreads: number[] = [];
  const fromMs = (await clocksOf(page))[0]!;
  const untilMs = performance.now() + 20_000;
  let looks = 0;
  while (performance.now() < untilMs) {
    const clocks = await clocksOf(page);
    looks += 1;
    if (clocks.every((ms) => ms !== null)) spreads.push(spread(clocks));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  spreads.sort((a, b) => a - b);
  const p90 = spreads[Math.floor(spreads.length * 0.9)]!;
  const wentOnMs = (await clocksOf(page))[0]! - fromMs;
  t.diagnostic(
    `${spreads.length} of ${looks} looks with all pictures; 9 of 10 within ${p90} ms; went on ${wentOnMs} ms in 20 s`,
  );
  assert.ok(spreads.length > looks * 0.9, "all cameras have a picture nearly all the time");
  assert.ok(p90 <= MOST_APART_MS, `${p90} ms apart`);
  assert.ok(wentOnMs > 15_000, `it went on by ${wentOnMs} ms in 20 s`);
});
