/**
 * The timeline as a person uses it: mouse, wheel, fingers, keys, one camera and all of them, on a real page.
 * Long, because its tests share what takes seconds to start.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { CDPSession, Page } from "playwright-core";
import { videoClock } from "../fixtures/chromium.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { recorded } from "./recorded.ts";
import {
  DAY_MS,
  dayStarts,
  HOUR_MS,
  momentAt,
  openScene,
  placeOf,
  row,
  type Scene,
  screenshot,
  showSpan,
  visibleRange,
} from "./scene.ts";

const span = ({ startMs, endMs }: { startMs: number; endMs: number }) => endMs - startMs;
const middleOf = ({ startMs, endMs }: { startMs: number; endMs: number }) => (startMs + endMs) / 2;

describe("the timeline", { timeout: 240_000 }, () => {
  const stack = new AsyncDisposableStack();
  let scene: Scene;
  let page: Page;
  const errors: string[] = [];

  before(async () => {
    scene = stack.use(await openScene({ cameras: 3, days: 40, breaks: 3 }));
    page = await scene.open(scene.startMs + 10_000);
    page.on("pageerror", (error) => errors.push(String(error)));
    await waitFor(async () => (await videoClock(page)).clockMs !== undefined, { what: "the video" });
  });
  after(() => stack.disposeAsync());

  const slider = (of = page) => of.getByTestId("timeline");
  /** What was asked for is drawn with the next frame. */
  const frames = (of: Page) =>
    of.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  /** Waits until the timeline stands still. */
  const still = async (of = page) => {
    await frames(of);
    let last = await visibleRange(of);
    await waitFor(
      async () => {
        await frames(of);
        const now = await visibleRange(of);
        const same = Math.abs(now.startMs - last.startMs) < span(now) / 1_000 && span(now) === span(last);
        last = now;
        return same;
      },
      { what: "the timeline to stand still" },
    );
    return last;
  };
  const pause = async (of = page) => {
    await of.getByRole("button", { name: "Pause", exact: true }).click();
    return still(of);
  };

  test("the wheel zooms about the pointer, from a month and more to a second", async () => {
    await pause();
    const { x: exact, y } = await placeOf(page, scene.startMs + 5_000);
    const x = Math.round(exact);
    await page.mouse.move(x, y);
    const at = await momentAt(page, x);
    for (let n = 0; n < 60; n++) await page.mouse.wheel(0, -200);
    await waitFor(async () => span(await visibleRange(page)) < 1_001, { what: "a second" });
    assert.ok(Math.abs((await momentAt(page, x)) - at) < 30, "the moment under the pointer stays there");
    await screenshot(page, "second");
    for (let n = 0; n < 80; n++) await page.mouse.wheel(0, 200);
    await waitFor(async () => span(await visibleRange(page)) > 40 * DAY_MS, { what: "all there is" });
    const all = await still();
    assert.ok(
      all.startMs <= scene.startMs - 40 * DAY_MS && all.endMs > Date.now() && span(all) < 60 * DAY_MS,
    );
    await screenshot(page, "all");
  });

  test("a pinch of a trackpad zooms, sideways movement pans", async () => {
    await showSpan(page, "1 h");
    const before = await still();
    const { x, y } = await placeOf(page, middleOf(before));
    await page.mouse.move(x, y);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -20);
    await page.keyboard.up("Control");
    const zoomed = await still();
    assert.ok(span(zoomed) < 0.9 * span(before));
    await page.mouse.wheel(-300, 0);
    const panned = await still();
    assert.ok(panned.startMs < zoomed.startMs && Math.abs(span(panned) - span(zoomed)) < 1);
  });

  test("a drag moves what is under the hand with it; a fling glides on and comes to rest", async () => {
    await showSpan(page, "1 h");
    const before = await still();
    const from = await placeOf(page, before.startMs + 0.3 * HOUR_MS);
    await page.mouse.move(from.x, from.y);
    const held = await momentAt(page, from.x);
    await page.mouse.down();
    await page.mouse.move(from.x + 300, from.y, { steps: 10 });
    // It is drawn with the next frame.
    await waitFor(async () => Math.abs((await momentAt(page, from.x + 300)) - held) < HOUR_MS / 500, {
      what: "the moment to be under the hand",
    });
    await page.waitForTimeout(150);
    await page.mouse.up();
    const dropped = await still();
    assert.ok(Math.abs((await momentAt(page, from.x + 300)) - held) < HOUR_MS / 500, "held still, it stays");
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    for (let n = 1; n <= 6; n++) await page.mouse.move(from.x + n * 40, from.y);
    await page.mouse.up();
    await page.evaluate(() => new Promise(requestAnimationFrame));
    const released = await visibleRange(page);
    const rested = await still();
    assert.ok(released.startMs < dropped.startMs);
    assert.ok(rested.startMs < released.startMs - span(rested) / 50, "it glides on");
  });

  test("who asked for less motion gets no glide", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    const from = await placeOf(page, middleOf(await still()));
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    for (let n = 1; n <= 6; n++) await page.mouse.move(from.x + n * 40, from.y);
    await page.mouse.up();
    await page.evaluate(() => new Promise(requestAnimationFrame));
    const released = await visibleRange(page);
    assert.equal((await still()).startMs, released.startMs);
    await page.emulateMedia({ reducedMotion: "no-preference" });
  });

  test("a click into a gap plays the next footage and says so", async () => {
    await page.getByRole("button", { name: "Back to the playhead" }).click();
    await showSpan(page, "10 min");
    await still();
    const gap = await placeOf(page, scene.startMs + 70_000);
    await page.mouse.click(gap.x, gap.y);
    await waitFor(
      async () => {
        const { clockMs } = await videoClock(page);
        return (
          clockMs !== undefined &&
          clockMs >= scene.startMs + 90_000 - 100 &&
          clockMs < scene.startMs + 100_000
        );
      },
      { what: "the footage after the gap", timeoutMs: 15_000 },
    );
    assert.match(
      (await page.getByTestId("status-message").textContent()) ?? "",
      /No footage.*Camera unreachable.*Playing from/,
    );
  });

  test("a month is asked for in a few answers, none of it second by second", async () => {
    const asked: URL[] = [];
    const fresh = await scene.open(scene.startMs + 5_000);
    await still(fresh);
    fresh.on(
      "request",
      (request) => request.url().includes("/timeline?") && asked.push(new URL(request.url())),
    );
    // Beyond what the page showed before, of which something may still be asked, and the newest is every few seconds.
    const beyondMs = scene.startMs - DAY_MS;
    const older = () => asked.filter(({ searchParams }) => Number(searchParams.get("to")) < beyondMs);
    await showSpan(fresh, "1 mo");
    await waitFor(() => older().length > 0, { what: "the month to be asked for" });
    await fresh.waitForTimeout(1_500);
    assert.ok(asked.length <= 8, `${asked.length} requests`);
    for (const { searchParams } of older())
      assert.ok(Number(searchParams.get("resolution")) > 60_000, String(searchParams));
    // Panning by a day finds everything there.
    const before = older().length;
    const { x, y } = await placeOf(fresh, scene.startMs - 15 * DAY_MS);
    await fresh.mouse.move(x, y);
    await fresh.mouse.wheel(-40, 0);
    await fresh.waitForTimeout(500);
    assert.equal(older().length, before);
    await fresh.context().close();
  });

  test("what waited on site fills in as it arrives", async () => {
    const fresh = await scene.open(scene.startMs + 5_000);
    const fromMs = scene.startMs + 5 * 60_000;
    /** Of one and the same drawing. */
    const colorsAt = async (...moments: number[]) => {
      const { startMs, endMs } = await visibleRange(fresh);
      const colors = await row(fresh, 30);
      return moments.map((ms) =>
        colors[Math.round(((ms - startMs) / (endMs - startMs)) * colors.length)]!.join(),
      );
    };
    await waitFor(async () => (await row(fresh, 30)).some(([, , , alpha]) => alpha > 0), {
      what: "the timeline",
    });
    const covered = await waitFor(
      async () => {
        const [color, waits] = await colorsAt(scene.startMs + 50_000, fromMs + 60_000);
        return color !== waits && color;
      },
      { what: "coverage and what waits to be told apart" },
    );
    await screenshot(fresh, "waiting");
    await scene.library.append(
      recorded("door", { startMs: fromMs, endMs: fromMs + 120_000, reason: "disconnected" }),
    );
    await waitFor(async () => (await colorsAt(fromMs + 60_000))[0] === covered, {
      what: "the footage to fill in",
      timeoutMs: 45_000,
    });
    assert.notEqual((await colorsAt(fromMs + 300_000))[0], covered, "and no more than has come");
    await screenshot(fresh, "filled_in");
    await fresh.context().close();
  });

  test("locked and exported ranges are marked, and told under the mouse", async () => {
    const { library, startMs } = scene;
    const url = `${library.openUrl}/api/cameras/door`;
    const range = { from: startMs + 5_000, to: startMs + 45_000 };
    const lock = await fetch(`${url}/locks`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...range, reason: "for the insurance" }),
    });
    assert.equal(lock.status, 201);
    await (await fetch(`${url}/clip.mp4?from=${range.from}&to=${range.to}`)).arrayBuffer();
    const fresh = await scene.open(startMs + 5_000);
    await showSpan(fresh, "10 min");
    await pause(fresh);
    const hint = fresh.getByTestId("timeline-tooltip");
    const { x, y } = await placeOf(fresh, startMs + 20_000);
    await waitFor(
      async () => {
        await fresh.mouse.move(x + Math.random(), y);
        const text = (await hint.textContent()) ?? "";
        return /Locked: for the insurance/.test(text) && /Exported/.test(text);
      },
      { what: "the marks to be told", timeoutMs: 10_000 },
    );
    assert.deepEqual(
      await fresh
        .locator('ul[aria-label="Missing in view"] li')
        .allTextContents()
        .then((all) => all.slice(-2)),
      ["Locked", "Exported"],
    );
    await screenshot(fresh, "marks");
    await fresh.context().close();
  });

  test("with all cameras each has a line; a click on one shows that camera at that moment", async () => {
    await showSpan(page, "1 d");
    await page.getByRole("button", { name: "All cameras", exact: true }).click();
    assert.equal(await page.getByRole("button", { name: "yard", exact: true }).count(), 1);
    await still();
    const ms = scene.startMs - 5 * HOUR_MS;
    const { x, y } = await placeOf(page, ms, 26 + 24 + 10);
    const address = () => new URL(page.url()).searchParams;
    await page.mouse.click(x, y);
    await waitFor(() => address().get("camera") === "garage", { what: "the second line's camera" });
    assert.ok(Math.abs(Number(address().get("t")) - ms) < HOUR_MS, `${address()}`);
    const before = Number(address().get("t"));
    await page.getByRole("button", { name: "door", exact: true }).click();
    await waitFor(() => address().get("camera") === "door", { what: "the camera of the name" });
    assert.ok(Math.abs(Number(address().get("t")) - before) < HOUR_MS, "the moment is kept");
    await screenshot(page, "lanes");
    await page.getByRole("button", { name: "All cameras", exact: true }).click();
    assert.equal(await page.getByRole("button", { name: "yard", exact: true }).count(), 0);
  });

  test("the keyboard does everything, and a screen reader is told when and what", async () => {
    const fresh = await scene.open(scene.startMs + 20_000);
    await waitFor(async () => (await videoClock(fresh)).clockMs !== undefined, { what: "the video" });
    await pause(fresh);
    await slider(fresh).focus();
    const value = async () => Number(await slider(fresh).getAttribute("aria-valuenow"));
    const told = () => slider(fresh).getAttribute("aria-valuetext");
    const first = await value();
    assert.equal(await slider(fresh).getAttribute("role"), "slider");
    await waitFor(
      async () => /^\w{3}, \d+ \w{3} 2\d{3} \d\d:\d\d:\d\d, Recorded$/.test((await told()) ?? ""),
      {
        what: "the time and the state to be told",
      },
    );
    await fresh.keyboard.press("ArrowRight");
    await waitFor(async () => Math.abs((await value()) - first - 5_000) < 1_500, { what: "five seconds on" });
    await fresh.keyboard.press("ArrowLeft");
    await waitFor(async () => Math.abs((await value()) - first) < 1_500, { what: "ten seconds back" });
    const before = await still(fresh);
    await fresh.keyboard.press("+");
    const closer = await still(fresh);
    assert.ok(Math.abs(span(closer) - span(before) / 2) < 1);
    assert.ok(
      Math.abs((first - closer.startMs) / span(closer) - (first - before.startMs) / span(before)) < 0.02,
    );
    await fresh.keyboard.press("-");
    assert.ok(Math.abs(span(await still(fresh)) - span(before)) < 1);
    await fresh.keyboard.press("PageDown");
    await waitFor(async () => (await value()) < first - 0.5 * HOUR_MS, { what: "an hour back" });
    await fresh.keyboard.press("Home");
    await waitFor(async () => (await value()) < scene.startMs - 39 * DAY_MS, { what: "the first footage" });
    const [least, most] = [
      await slider(fresh).getAttribute("aria-valuemin"),
      await slider(fresh).getAttribute("aria-valuemax"),
    ];
    assert.ok(Number(least) <= (await value()) && Number(most) > scene.startMs);
    await fresh.keyboard.press("}");
    await waitFor(() => new URL(fresh.url()).searchParams.get("camera") === "garage", {
      what: "the next camera",
    });
    await fresh.context().close();
  });

  test("two fingers zoom and pan, one pans, on a phone", async () => {
    const phone = await scene.open(scene.startMs + 10_000, {
      viewport: { width: 360, height: 740 },
      ...{ hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
    });
    await pause(phone);
    const before = await still(phone);
    const box = (await slider(phone).boundingBox())!;
    const cdp = await phone.context().newCDPSession(phone);
    const y = box.y + 50;
    await fingers(cdp, [
      [
        { x: 130, y },
        { x: 230, y },
      ],
      [
        { x: 120, y },
        { x: 240, y },
      ],
      [
        { x: 80, y },
        { x: 280, y },
      ],
    ]);
    const closer = await still(phone);
    assert.ok(Math.abs(span(closer) / span(before) - 0.5) < 0.08, `zoomed to ${span(closer) / span(before)}`);
    assert.ok(Math.abs(middleOf(closer) - middleOf(before)) < span(before) * 0.05, "about their middle");
    // Away from the playhead, which a finger would take hold of.
    const playhead = await placeOf(phone, Number(await slider(phone).getAttribute("aria-valuenow")));
    const from = playhead.x > 140 ? 40 : 220;
    await fingers(cdp, [[{ x: from, y }], [{ x: from + 30, y }], [{ x: from + 100, y }]]);
    const panned = await still(phone);
    assert.ok(panned.startMs < closer.startMs && Math.abs(span(panned) - span(closer)) < 1);
    const overflow = await phone
      .getByRole("region", { name: "Timeline" })
      .evaluate((section) => section.scrollWidth - section.clientWidth);
    assert.equal(overflow, 0, "everything is in sight");
    await screenshot(phone, "phone");
    await phone.context().close();
  });

  for (const [zone, change, hours] of [
    ["Europe/Berlin", "2026-03-29T01:00:00Z", 23],
    ["Europe/Berlin", "2026-10-25T01:00:00Z", 25],
    ["America/New_York", "2026-03-08T07:00:00Z", 23],
    ["America/New_York", "2026-11-01T06:00:00Z", 25],
    ["Asia/Tokyo", "2026-03-29T01:00:00Z", 24],
  ] as const) {
    test(`days begin at midnight in ${zone}, also that of ${change.slice(0, 10)} with its ${hours} h`, async () => {
      const changeMs = Date.parse(change);
      const cameraId = `${zone
        .slice(-6)
        .toLowerCase()
        .replaceAll(/[^a-z]/g, "-")
        .replace(/^-/, "")}${change.slice(5, 7)}`;
      await scene.library.register(cameraId);
      const recordedRange = { startMs: changeMs - 60 * HOUR_MS, endMs: changeMs + 60 * HOUR_MS };
      await scene.library.append(recorded(cameraId, { ...recordedRange, reason: "disconnected" }));
      const away = await scene.open(changeMs, { camera: cameraId, timezoneId: zone });
      await showSpan(away, "1 d");
      const { x, y } = await placeOf(away, changeMs);
      await away.mouse.move(x, y);
      await away.mouse.wheel(0, 200);
      await away.mouse.wheel(0, 100);
      await still(away);
      const starts = await waitFor(
        async () => {
          const found = await dayStarts(away);
          return found.length >= 2 && found;
        },
        { what: "two midnights" },
      );
      const midnight = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeStyle: "short" });
      const pixelMs = span(await visibleRange(away)) / 1_150;
      const lengths = starts.slice(1).map((ms, index) => ms - starts[index]!);
      for (const ms of starts) {
        const near = [-2, -1, 0, 1, 2].map((px) => midnight.format(ms + px * pixelMs));
        assert.ok(
          near.some((text) => /^00:|^23:5/.test(text)),
          `${near} is no midnight`,
        );
      }
      assert.ok(
        lengths.some((ms) => Math.abs(ms - hours * HOUR_MS) <= 2 * pixelMs),
        `${lengths.map((ms) => ms / HOUR_MS)} h`,
      );
      await screenshot(away, `day_${cameraId}`);
      await away.context().close();
    });
  }

  test("nothing went wrong on the way", () => assert.deepEqual(errors, []));
});

type Point = { x: number; y: number };

/** Puts fingers down at the first places, moves them through the others, and lifts them. */
async function fingers(cdp: CDPSession, steps: readonly (readonly Point[])[]): Promise<void> {
  for (const [index, points] of steps.entries()) {
    const touchPoints = points.map((point, id) => ({ ...point, id }));
    await cdp.send("Input.dispatchTouchEvent", {
      type: index === 0 ? "touchStart" : "touchMove",
      touchPoints,
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 150));
  await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}
