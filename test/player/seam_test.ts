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
      const response = await rokuga.fetch(`/api/cameras/door/timeline?from=${to - 300_000}&to=${to}`);
      const [range] = TimelineAnswer.parse(await response.json()).coverage;
      return range !== undefined && to - range.startMs > BACK_MS + 10_000;
    },
    { what: "half a minute of coverage", timeoutMs: 90_000 },
  );
  const page = await rokuga.openPage(browser);
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
  const pictures = shown.filter(({ clockMs }) => clockMs !== null);
  // Within a second of where the lists change: elsewhere a busy machine drops a frame now and then.
  const seams = shown.flatMap(({ emptied, atMs }) => (emptied ? [atMs] : []));
  const steps = seams.flatMap((seamMs) => {
    const near = pictures.filter(({ atMs }) => Math.abs(atMs - seamMs) < 1_000);
    return near.slice(1).map(({ clockMs, atMs }, index) => ({
      clockMs: clockMs! - near[index]!.clockMs!,
      stoodMs: atMs - near[index]!.atMs,
    }));
  });
  const largest = Math.max(...steps.map(({ clockMs }) => clockMs));
  const back = Math.min(...steps.map(({ clockMs }) => clockMs));
  const stood = Math.max(...steps.map(({ stoodMs }) => stoodMs));
  t.diagnostic(
    `${seams.length} changes of list; there from picture to picture ${back} to ${largest} ms, the picture stood ${Math.round(stood)} ms`,
  );
  assert.ok(seams.length >= 1, "the list was changed while it was watched");
  assert.ok(largest <= LEFT_OUT_MS, `${largest} ms were left out`);
  assert.ok(back >= -LEFT_OUT_MS, `${-back} ms were shown again`);
  assert.ok(stood <= LONGEST_STOP_MS, `the picture stood for ${stood} ms`);
});
