/**
 * The grid of cameras that are live: five of them, more than a browser has connections to one server.
 * A picture's own clock says when it was taken; the page can only go by the time that the footage is stamped with, which
 * is the relay's estimate of when a camera's run began. So two things are told apart: how far the stamps are off, which
 * no page can mend, and how far apart the page shows what is stamped alike.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CamerasAnswer } from "@rokuga/media/api.ts";
import { startChromium } from "../fixtures/chromium.ts";
import { startRokuga } from "../fixtures/rokuga.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { clocksOf, shareOf, spread, stampsOff } from "./pictures.ts";

const IDS = ["door", "garage", "hall", "yard", "zoo"];
const FPS = 20;
/** By the stamps. A picture stands for 50 ms, so two that are in step may be that far apart (100 ms at 10 a second). */
const MOST_APART_MS = 100;
/** What the relay's estimates of two cameras' starts may differ by. */
const MOST_MISSTAMPED_MS = 300;
const RECORDED_MS = 30_000;

test("live cameras show one moment, in step, and go on", { timeout: 240_000 }, async (t) => {
  const camera = (id: string) =>
    `  - id: ${id}\n    segment_seconds: 4\n    input: {synthetic: true, size: 320x180, fps: ${FPS}}\n`;
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
  const offs = await stampsOff(page, { cameraIds: IDS, ms: Date.now() - RECORDED_MS / 2 });
  /** The moments that the pictures are stamped with. */
  const stampsOf = (clocks: readonly (number | null)[]) => clocks.map((ms, index) => ms && ms + offs[index]!);
  await waitFor(
    async () => {
      const clocks = await clocksOf(page);
      const all = clocks.length === IDS.length && clocks.every((ms) => ms !== null);
      return all && spread(stampsOf(clocks)) <= MOST_APART_MS;
    },
    { what: "five pictures in step", timeoutMs: 30_000 },
  );
  const apart: number[] = [];
  const trulyApart: number[] = [];
  const fromMs = (await clocksOf(page))[0]!;
  const untilMs = performance.now() + 20_000;
  let looks = 0;
  while (performance.now() < untilMs) {
    const clocks = await clocksOf(page);
    looks += 1;
    if (clocks.every((ms) => ms !== null)) {
      apart.push(spread(stampsOf(clocks)));
      trulyApart.push(spread(clocks));
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const wentOnMs = (await clocksOf(page))[0]! - fromMs;
  t.diagnostic(`stamps off by ${offs.join(", ")} ms: ${spread(offs)} ms between cameras`);
  t.diagnostic(`${apart.length} of ${looks} looks with all pictures; went on ${wentOnMs} ms in 20 s`);
  for (const [what, spreads] of Object.entries({
    "by their stamps": apart,
    "by their own clocks": trulyApart,
  }))
    t.diagnostic(
      `apart ${what}: ${shareOf(spreads, 0.5)} ms in the median, ${shareOf(spreads, 0.95)} ms in 95 of 100 looks`,
    );
  assert.ok(apart.length > looks * 0.9, "all cameras have a picture nearly all the time");
  assert.ok(shareOf(apart, 0.95) <= MOST_APART_MS, `${shareOf(apart, 0.95)} ms apart by their stamps`);
  assert.ok(spread(offs) <= MOST_MISSTAMPED_MS, `stamps off by ${offs.join(", ")} ms`);
  assert.ok(wentOnMs > 15_000, `it went on by ${wentOnMs} ms in 20 s`);
});
