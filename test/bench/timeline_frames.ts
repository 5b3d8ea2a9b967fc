/**
 * Benchmark: whether a month of nine cameras moves smoothly. All nine lines are panned by the mouse for some seconds;
 * beside it, in the same browser, the same mouse moves over a canvas of the same size that is only cleared.
 */
import type { Page } from "playwright-core";
import { openScene, showSpan } from "../timeline/scene.ts";
import { type Benchmark, percentile, type Row } from "./report.ts";

const CAMERAS = 9;
const DAYS = 31;
/** An hour of each line in between: some 6,700 gaps. */
const BREAKS = 24;
const SECONDS = 6;
const STEPS = SECONDS * 60;

/** Lives in the page. Times are ms. */
type Frames = { intervals: number[]; work: number[]; renders: number };

declare const window: Window & { measured: Frames };

export const timelineFrames: Benchmark = {
  name: "timeline-frames",
  about: `Frames while ${DAYS} days of ${CAMERAS} cameras are panned by the mouse, beside an empty canvas under the same mouse.`,
  async run(say) {
    say("timeline-frames: making the log of a month …");
    await using scene = await openScene({ cameras: CAMERAS, days: DAYS, breaks: BREAKS });
    const page = await scene.open(scene.startMs, { all: true });
    // The video would be measured with it.
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await showSpan(page, "1 mo");
    await page.waitForTimeout(4_000);
    const box = (await page.getByTestId("timeline").boundingBox())!;
    say("timeline-frames: panning …");
    const ours = await measured(page, { ...box, selector: '[data-testid="timeline"]' });
    await page.context().close();
    const empty = await scene.browser.newPage({ viewport: { width: 1440, height: 900 } });
    await empty.setContent(
      `<canvas width="${box.width}" height="${box.height}" style="position:absolute;left:${box.x}px;top:${box.y}px"></canvas>`,
    );
    await empty.evaluate(clearOnMove);
    say("timeline-frames: the empty canvas …");
    const peer = await measured(empty, { ...box, selector: "canvas" });
    return rows(ours, peer);
  },
};

function rows(ours: Frames, peer: Frames): Row[] {
  const beside = (of: (frames: Frames) => number[], p: number) => ({
    value: percentile(of(ours), p),
    beside: { what: "an empty canvas", value: percentile(of(peer), p) },
  });
  const share = ({ intervals }: Frames) => intervals.filter((ms) => ms > 25).length / intervals.length;
  return [
    ...[0.5, 0.95, 0.99].map((p) => ({
      ...{ metric: `frame to frame, p${p * 100}`, unit: "ms" },
      ...beside(({ intervals }) => intervals, p),
    })),
    ...[0.5, 0.95].map((p) => ({
      ...{ metric: `scripts in a frame, p${p * 100}`, unit: "ms" },
      ...beside(({ work }) => work, p),
    })),
    {
      ...{ metric: "frames later than 25 ms", unit: "%", value: share(ours) * 100 },
      beside: { what: "an empty canvas", value: share(peer) * 100 },
    },
    { metric: "changes of the document while panning, a second", unit: "", value: ours.renders / SECONDS },
  ];
}

/** Runs in the page: clears the canvas once a frame while the mouse moves. */
function clearOnMove(): void {
  const canvas = document.querySelector("canvas")!;
  const context = canvas.getContext("2d")!;
  let isAsked = false;
  canvas.addEventListener("pointermove", () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      context.clearRect(0, 0, canvas.width, canvas.height);
    });
  });
}

type Target = { x: number; y: number; width: number; height: number; selector: string };

/** Drags to and fro, and gives what the page notes meanwhile. */
async function measured(page: Page, { x, y, width, height, selector }: Target): Promise<Frames> {
  await page.evaluate(watchFrames, selector);
  const at = (step: number) => x + width / 2 + Math.sin(step / 40) * width * 0.3;
  const middle = y + height / 2;
  await page.mouse.move(at(0), middle);
  await page.mouse.down();
  for (let step = 1; step <= STEPS; step++) {
    await page.mouse.move(at(step), middle);
    await new Promise((resolve) => setTimeout(resolve, 1000 / 60 - 2));
  }
  const frames = await page.evaluate(() => window.measured);
  await page.mouse.up();
  return frames;
}

/** Runs in the page: notes the time from frame to frame, and how long what is to be done in each takes. */
function watchFrames(selector: string): void {
  const frames: Frames = { intervals: [], work: [], renders: 0 };
  window.measured = frames;
  const request = window.requestAnimationFrame.bind(window);
  let inFrame = 0;
  window.requestAnimationFrame = (callback) =>
    request((time) => {
      const fromMs = performance.now();
      callback(time);
      inFrame += performance.now() - fromMs;
    });
  const target = document.querySelector(selector)!;
  new MutationObserver((changes) => {
    // What the timeline says of its range is set with each drawing.
    frames.renders += changes.filter((change) => change.target !== target).length;
  }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  let lastMs: number | null = null;
  const next = (time: number) => {
    if (lastMs !== null) {
      frames.intervals.push(time - lastMs);
      frames.work.push(inFrame);
    }
    inFrame = 0;
    lastMs = time;
    request(next);
  };
  request(next);
}
