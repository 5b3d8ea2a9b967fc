/**
 * A recording runs into live: a camera is recorded, the page is opened half a minute back and left to play. No frame
 * is left out or shown twice where the recording's list ends and the live one begins.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TimelineAnswer } from "@rokuga/media/api.ts";
import { startChromium } from "../fixtures/chromium.ts";
import { logPictures, shownPictures } from "../fixtures/picture_log.ts";
import { startRokuga } from "../fixtures/rokuga.ts";
import { waitFor } from "../fixtures/wait_for.ts";

const SEGMENT_SECONDS = 4;
const BACK_MS = 25_000;
/** At the seam the picture may stand for so long, ms; usually it is a fifth of it. */
const LONGEST_STOP_MS = 1_000;
/** More than two frames of the synthetic camera, less than a stretch that one would miss, ms. */
const LEFT_OUT_MS = 200;

test("a recording runs into live without a seam", { timeout: 180_000 }, async (t) => {
  await using rokuga = await startRokuga({
    cameras: `cameras:\n  - id: door\n    name: Front door\n    input: {synthetic: true, size: 640x360, fps: 15}\n    segment_seconds: ${SEGMENT_SECONDS}\n`,
  });
  await using browser = await startChromium();
  await waitFor(
    async () => {
      const to = Date.now();
      const response = await fetch(`${rokuga.url}/api/cameras/door/timeline?from=${to - 300_000}&to=${to}`);
      const [range] = TimelineAnswer.parse(await response.json()).coverage;
      return range !== undefined && to - range.startMs > BACK_MS + 10_000;
    },
    { what: "half a minute of coverage", timeoutMs: 90_000 },
  );
  const page = await browser.newPage();
  await page.goto(`${rokuga.url}/?camera=door&t=${Date.now() - BACK_MS}`);
  await logPictures(page);
  // It stays as far behind as it was opened: nobody asked for the edge.
  await page.waitForRequest(/live\.m3u8/, { timeout: 60_000 });
  const liveAt = performance.timeOrigin + performance.now();
  await waitFor(async () => (await shownPictures(page)).at(-1)!.atMs > liveAt + 8_000, {
    what: "eight seconds of live",
    timeoutMs: 30_000,
  });
  const all = await shownPictures(page);
  // Of the beginning only what came once it played.
  const shown = all.slice(5);
  const restarts = shown.filter(({ emptied }) => emptied).length;
  const pictures = shown.filter(({ clockMs }) => clockMs !== null);
  const steps = pictures.slice(1).map((picture, index) => ({
    clockMs: picture.clockMs! - pictures[index]!.clockMs!,
    stoodMs: picture.atMs - pictures[index]!.atMs,
  }));
  const seams = shown.flatMap(({ emptied, atMs }) => (emptied ? [Math.round(atMs - shown[0]!.atMs)] : []));
  const leaps = pictures.slice(1).flatMap(({ clockMs, atMs }, index) => {
    const byMs = clockMs! - pictures[index]!.clockMs!;
    return byMs > 140 ? [`${byMs} ms at ${Math.round(atMs - shown[0]!.atMs)}`] : [];
  });
  t.diagnostic(`lists changed at ${seams.join(", ")}; left out: ${leaps.join(", ") || "nothing"}`);
  const largest = Math.max(...steps.map(({ clockMs }) => clockMs));
  const back = Math.min(...steps.map(({ clockMs }) => clockMs));
  const stood = Math.max(...steps.map(({ stoodMs }) => stoodMs));
  t.diagnostic(
    `${restarts} changes of list, ${largest} ms left out and ${-back} ms shown again at most, picture stood ${Math.round(stood)} ms`,
  );
  assert.ok(restarts >= 1, "the list was changed while it was watched");
  assert.ok(largest <= LEFT_OUT_MS, `${largest} ms were left out`);
  assert.ok(back >= -LEFT_OUT_MS, `${-back} ms were shown again`);
  assert.ok(stood <= LONGEST_STOP_MS, `the picture stood for ${stood} ms`);
});
