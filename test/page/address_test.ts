/** The address holds what is shown: camera, moment, how much of the timeline, and the zone. And what a role leaves out. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { startChromium, videoClock } from "../fixtures/chromium.ts";
import { joinBy, signedInPage } from "../fixtures/signed_in.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { makeRun } from "../playback/footage.ts";
import { type Library, openLibrary } from "../playback/library.ts";

const START = Math.floor(Date.now() / 1000) * 1000 - 2 * 3_600_000;
const AT = START + 4_000;

describe("the address of the page", { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  let browser: Browser;

  before(async () => {
    library = stack.use(await openLibrary());
    browser = stack.use(await startChromium());
    await library.register("door");
    await library.store(await makeRun({ cameraId: "door", startMs: START, seconds: 20 }));
  });
  after(() => stack.disposeAsync());

  const spanOf = async (page: Page) => {
    const { startMs = "", endMs = "" } = await page
      .getByTestId("timeline")
      .evaluate((element: HTMLElement) => ({ ...element.dataset }));
    return Number(endMs) - Number(startMs);
  };
  const inZone = (timeZone: string) =>
    new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(AT);
  const query = (page: Page) => new URL(page.url()).searchParams;
  const shown = (page: Page) =>
    waitFor(async () => (await videoClock(page)).clockMs !== undefined, { what: "the picture" });

  test("zoom and zone of the address are shown, changed on the page, and kept over a reload", async () => {
    const page = await library.openPage(browser, { locale: "en-GB", timezoneId: "Europe/Berlin" });
    await page.goto(`${library.url}/?camera=door&t=${AT}&zoom=600&zone=Asia/Tokyo`);
    await shown(page);
    await page.keyboard.press("k");
    assert.equal(await spanOf(page), 600_000);
    const clock = page.getByTestId("playhead-time");
    assert.ok((await clock.textContent())!.startsWith(inZone("Asia/Tokyo")), (await clock.textContent())!);

    await page.getByRole("button", { name: "Asia/Tokyo" }).click();
    const field = page.locator("input[type=datetime-local]");
    const before = await field.inputValue();
    await page.getByLabel("Time zone").selectOption("America/New_York");
    assert.notEqual(await field.inputValue(), before, "the same moment reads otherwise there");
    await page.getByRole("button", { name: "Go", exact: true }).click();
    await waitFor(async () => (await clock.textContent())!.startsWith(inZone("America/New_York")), {
      what: "the time in New York",
    });
    assert.equal(query(page).get("zone"), "America/New_York");
    await page.getByRole("button", { name: "6 h" }).click();
    await waitFor(() => query(page).get("zoom") === "21600", { what: "the zoom in the address" });
    await page.reload();
    await shown(page);
    assert.equal(await spanOf(page), 21_600_000);

    await page.getByRole("button", { name: "America/New_York" }).click();
    await page.getByLabel("Time zone").selectOption("Europe/Berlin");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "1 h", exact: true }).click();
    await waitFor(() => !query(page).has("zone") && !query(page).has("zoom"), {
      what: "an address without what everyone gets",
    });
    await page.context().close();
  });

  test("who may only look is not offered clips, links and locks", async () => {
    const invited = await fetch(`${library.url}/api/invitations`, {
      method: "POST",
      headers: { authorization: `Bearer ${library.token}`, "content-type": "application/json" },
      body: JSON.stringify({ grants: [{ role: "viewer", scope: { kind: "camera", id: "door" } }] }),
    });
    const { link } = (await invited.json()) as { link: string };
    const cookie = await joinBy(library.url, link.split("#")[1]!);
    const viewer = await signedInPage(browser, { url: library.url, cookie }, { locale: "en-GB" });
    const owner = await library.openPage(browser, { locale: "en-GB" });
    for (const [page, offered] of [
      [owner, true],
      [viewer, false],
    ] as const) {
      await page.goto(`${library.url}/?camera=door&t=${AT}`);
      await shown(page);
      const isOffered = () => page.getByRole("button", { name: "Select a clip" }).isVisible();
      await waitFor(async () => (await isOffered()) === offered, { what: `the button, ${offered}` });
      await page.keyboard.press("i");
      assert.equal(await page.getByTestId("clip-panel").isVisible(), offered);
      assert.equal(await page.getByRole("button", { name: "Clips and links" }).isVisible(), offered);
      await page.context().close();
    }
  });
});
