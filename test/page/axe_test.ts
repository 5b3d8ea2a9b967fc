/** axe finds nothing on the page: at live, in a recording, in a gap, without a camera; light, dark, wide, narrow, Japanese. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openDatabase } from "@rokuga/db/connect.ts";
import { offerPasswordReset } from "@rokuga/db/password_links.ts";
import { readPeople } from "@rokuga/db/people.ts";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { axeFindings } from "../fixtures/axe.ts";
import { startChromium } from "../fixtures/chromium.ts";
import { ownerLink } from "../fixtures/signed_in.ts";
import { makeRun } from "../playback/footage.ts";
import { type Library, openLibrary } from "../playback/library.ts";

const START = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;

const VIEWS: Record<string, BrowserContextOptions> = {
  "wide and dark": { viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
  "narrow and light": { viewport: { width: 360, height: 740 }, colorScheme: "light", hasTouch: true },
  "in Japanese": { viewport: { width: 1024, height: 768 }, colorScheme: "light", locale: "ja-JP" },
};

describe("axe on the page", { timeout: 180_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  let browser: Browser;

  before(async () => {
    library = stack.use(await openLibrary());
    browser = stack.use(await startChromium());
  });
  after(() => stack.disposeAsync());

  async function look(name: string, search: string, seen: RegExp): Promise<void> {
    for (const [view, options] of Object.entries(VIEWS)) {
      const page = await library.openPage(browser, options);
      await using _ = page.context();
      await page.goto(new URL(search, library.url).href);
      await page.locator("body").filter({ hasText: seen }).waitFor();
      assert.deepEqual(await axeFindings(page), [], `${name}, ${view}`);
    }
  }

  test("before one is in, and the people", async () => {
    await look("sign in", "/sign-in", /Sign in|サインイン/);
    await look("a link that is none", "/join#none", /not valid|This link/);
    const link = await ownerLink(library.postgres.appUrl);
    await look("a link", `/join#${link}`, /Owner|オーナー/);
    await look("people", "/people", /signed in|サインインしました/);
    await look("a link for a new password that is none", "/reset#none", /not valid|This link/);
    await using database = openDatabase(library.postgres.appUrl, { max: 1 });
    const [person] = await readPeople(database, { sessionId: undefined, nowMs: Date.now() });
    const made = await offerPasswordReset(database, {
      ...{ personId: person!.id, by: "machine", nowMs: Date.now() },
    });
    await look("a link for a new password", `/reset#${made!.secret}`, /choose a new|決めてください/);
  });

  test("without a camera", () => look("empty", "", /camera|カメラ/));

  test("with cameras, in a recording, in a gap and at live", async () => {
    for (const cameraId of ["door", "yard"]) await library.register(cameraId);
    await library.store(await makeRun({ cameraId: "door", startMs: START, seconds: 12 }));
    await library.store(await makeRun({ cameraId: "door", startMs: START + 60_000, seconds: 12 }));
    await look("recording", `?camera=door&t=${START + 2_000}`, /door/);
    await look("gap", `?camera=door&t=${START + 30_000}`, /door/);
    await look("live", "?camera=yard", /yard/);
    await look("no such camera", "?camera=nowhere", /nowhere|door/);
  });

  test("dialogs, the selection, the grid, and the page of a link", async () => {
    const views = Object.entries(VIEWS).filter(([view]) => view !== "in Japanese");
    for (const [view, options] of views) {
      const page = await library.openPage(browser, { ...options, locale: "en-GB" });
      await using _ = page.context();
      const check = async (name: string) => assert.deepEqual(await axeFindings(page), [], `${name}, ${view}`);
      await page.goto(`${library.url}/?camera=door&t=${START + 2_000}`);
      await page.locator('[data-testid="playhead-time"][data-pending="false"]').waitFor();
      await page.keyboard.press("k");
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
      await check("the sheet of keys");
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      await page.keyboard.press("i");
      const panel = page.getByTestId("clip-panel");
      await panel.getByText(/\d [kM]B/).waitFor();
      await check("the selection");
      for (const name of ["Share a link", "Lock"]) {
        await panel.getByRole("button", { name, exact: true }).click();
        await page.getByRole("dialog").waitFor();
        await check(name);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "hidden" });
      }
      await page.getByRole("button", { name: "Clips and links" }).click();
      await page.getByRole("dialog").waitFor();
      await check("clips and links");
      await page.goto(`${library.url}/?camera=door&t=${START + 2_000}&grid=4`);
      await page.locator('[data-testid="playhead-time"][data-pending="false"]').waitFor();
      await check("the grid");
      await page.goto(`${library.url}/share/none#none`);
      await page.getByText("This link leads to nothing").waitFor();
      await check("a link that is none");
    }
  });
});
