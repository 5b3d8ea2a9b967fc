/**
 * Clips, locks and links as a person makes them on the page, and as whoever gets a link sees it.
 * Long, because its tests share what takes seconds to start.
 */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ExportsAnswer } from "@rokuga/media/clip_api.ts";
import { LocksAnswer } from "@rokuga/media/lock_api.ts";
import type { Browser, Locator, Page } from "playwright-core";
import { startChromium, videoClock } from "../fixtures/chromium.ts";
import { joinBy, ownerLink, signedInPage } from "../fixtures/signed_in.ts";
import { type TempDirectory, tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { makeRun } from "../playback/footage.ts";
import { type Library, openLibrary } from "../playback/library.ts";
import { probeClip, shownPictures } from "./clip_file.ts";

const ARTEFACTS = fileURLToPath(new URL("../artefacts/", import.meta.url));
const MINUTE_MS = 60_000;
/** Two runs of 40 s, 12 minutes apart. */
const START = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 3 * 3_600_000;
const APART_MS = 12 * MINUTE_MS;
const SECONDS = 40;
const MOMENT = START + 20_000;

describe("clips and links on the page", { timeout: 180_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  let browser: Browser;
  let page: Page;
  let directory: TempDirectory;
  const complaints: string[] = [];

  before(async () => {
    await mkdir(ARTEFACTS, { recursive: true });
    directory = stack.use(await tempDirectory("page"));
    library = stack.use(await openLibrary({ environment: { CLIPS_FREE_BYTES: "0" } }));
    browser = stack.use(await startChromium());
    const cookie = await joinBy(library.url, await ownerLink(library.postgres.appUrl));
    const options = { viewport: { width: 1440, height: 900 }, locale: "en-GB" };
    page = await signedInPage(browser, { url: library.url, cookie }, options);
    page.on("pageerror", (error) => complaints.push(String(error)));
    await library.register("door");
    for (const startMs of [START, START + APART_MS]) {
      await library.store(
        await makeRun({ cameraId: "door", startMs, seconds: SECONDS, audio: "aac", size: "640x360" }),
      );
    }
    await page.goto(`${library.url}/?camera=door&t=${MOMENT}`);
    await pictureOf(page, MOMENT);
  });
  after(() => stack.disposeAsync());

  const asOwner = (path: string) =>
    fetch(library.url + path, { headers: { authorization: `Bearer ${library.token}` } });

  const pictureOf = (on: Page, ms: number) =>
    waitFor(
      async () => {
        const { clockMs } = await videoClock(on);
        return clockMs !== undefined && clockMs >= ms - 100 && clockMs < ms + 8_000;
      },
      { what: `the picture of ${new Date(ms).toISOString()}`, timeoutMs: 15_000 },
    );
  const panel = () => page.getByTestId("clip-panel");
  const handle = (edge: "start" | "end") => page.getByTestId(`clip-${edge}`);
  const edgeMs = async (edge: "start" | "end") => Number(await handle(edge).getAttribute("aria-valuenow"));
  const view = async () => {
    const { startMs, endMs } = await page
      .getByTestId("timeline")
      .evaluate((element) => ({ ...(element as HTMLElement).dataset }));
    return { startMs: Number(startMs), endMs: Number(endMs) };
  };
  /** Where a moment is on the screen. */
  const xOf = async (ms: number) => {
    const box = (await page.getByTestId("timeline").boundingBox())!;
    const { startMs, endMs } = await view();
    return { x: box.x + ((ms - startMs) / (endMs - startMs)) * box.width, y: box.y + box.height / 2 };
  };
  const drag = async (edge: "start" | "end", toMs: number) => {
    const from = (await handle(edge).boundingBox())!;
    const at = { x: edge === "start" ? from.x + from.width - 4 : from.x + 4, y: from.y + from.height / 2 };
    const target = await xOf(toMs);
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    await page.mouse.move(target.x - 20, at.y, { steps: 4 });
    await page.mouse.move(target.x + (edge === "start" ? -4 : 4), at.y, { steps: 4 });
    await page.mouse.up();
  };
  const near = (ms: number, wanted: number, tolerance: number) =>
    assert.ok(Math.abs(ms - wanted) <= tolerance, `${ms - wanted} ms off`);
  const settled = () =>
    waitFor(async () => /about/.test((await panel().textContent()) ?? ""), { what: "the size" });
  const screenshot = (name: string, of: Page = page) =>
    of.screenshot({ path: join(ARTEFACTS, `clips_${name}.png`) });
  const select = async (fromMs: number, toMs: number) => {
    if ((await panel().count()) === 0) await page.getByRole("button", { name: "Select a clip" }).click();
    // The end that has to go further out first, so that neither is in the other's way.
    for (const edge of toMs > (await edgeMs("start"))
      ? (["end", "start"] as const)
      : (["start", "end"] as const))
      await drag(edge, edge === "start" ? fromMs : toMs);
  };
  const pause = async () => {
    if (await page.getByRole("button", { name: "Pause", exact: true }).count())
      await page.keyboard.press("k");
  };

  test("a range is selected by handles: dragged, by keys, and set where the video is", async () => {
    await pause();
    await page.getByRole("button", { name: "1 min", exact: true }).click();
    await page.getByRole("button", { name: "Select a clip" }).click();
    await select(START + 10_000, START + 30_000);
    const perPixelMs = MINUTE_MS / (await page.getByTestId("timeline").boundingBox())!.width;
    near(await edgeMs("start"), START + 10_000, 3 * perPixelMs);
    near(await edgeMs("end"), START + 30_000, 3 * perPixelMs);
    const before = await edgeMs("end");
    await handle("end").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Shift+ArrowLeft");
    assert.equal(await edgeMs("end"), before + 1_000 - 10_000);
    await page.keyboard.press("PageUp");
    await page.keyboard.press("PageDown");
    assert.equal(await edgeMs("end"), before - 9_000);
    // Past the start: a second is left.
    await page.keyboard.press("PageDown");
    assert.equal(await edgeMs("end"), (await edgeMs("start")) + 1_000);
    assert.match((await handle("end").getAttribute("aria-valuetext"))!, /\d{2}:\d{2}:\d{2}/);
    await page.keyboard.press("Escape");
    assert.equal(await panel().count(), 0);

    await page.getByTestId("timeline").focus();
    await page.keyboard.press("i");
    const shown = await edgeMs("start");
    near(shown, MOMENT, 8_000);
    assert.equal(await edgeMs("end"), shown + 30_000);
    await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("o");
    await waitFor(async () => (await edgeMs("end")) <= shown, { what: "the end to be set before the start" });
  });

  test("length, size and what is missing are told before anything is downloaded", async () => {
    await page.keyboard.press("Escape");
    await select(START + 10_000, START + 30_000);
    await settled();
    await waitFor(async () => /Nothing is missing/.test((await panel().textContent()) ?? ""), { what: "it" });
    assert.match((await panel().textContent())!, /20 s · about \d+(\.\d)? ?[kM]B/);
    await screenshot("selected");
    await page.getByRole("button", { name: "1 min", exact: true }).click();
    await select(START + 10_000, START + 55_000);
    const missing = page.getByTestId("clip-missing");
    await missing.waitFor();
    assert.match((await missing.textContent())!, /^15 s missing: Cause not known yet 15 s|^15 s missing: /);
    assert.match((await panel().textContent())!, /45 s · plays 30 s · about/);
    await screenshot("missing");
    await select(START + 45_000, START + 55_000);
    await panel().getByText("There is no footage in this range.").waitFor();
    assert.equal(await panel().getByRole("button", { name: "Share a link" }).isDisabled(), true);
  });

  test("a short clip is downloaded at once, cut to the moment", async () => {
    await select(START + 10_000, START + 16_000);
    await settled();
    const [startMs, endMs] = [await edgeMs("start"), await edgeMs("end")];
    const path = await download(panel().getByRole("link", { name: "Download MP4" }), page);
    const { seconds } = await probeClip(path);
    near(seconds * 1000, endMs - startMs, 60);
    const { frames } = await shownPictures(path, startMs);
    near(frames[0]!.clockMs!, startMs, 60);
  });

  const download = async (button: Locator, on: Page) => {
    const [file] = await Promise.all([on.waitForEvent("download"), button.click()]);
    const path = join(directory.path, `${Date.now()}.mp4`);
    await file.saveAs(path);
    assert.equal(await file.failure(), null);
    return path;
  };

  test("a long one is made in the background, is still there after a reload, and is downloaded then", async () => {
    await page.getByRole("button", { name: "1 h", exact: true }).click();
    await select(START + 5_000, START + APART_MS + 30_000);
    await settled();
    const [startMs, endMs] = [await edgeMs("start"), await edgeMs("end")];
    assert.ok(endMs - startMs > 10 * MINUTE_MS);
    await page.getByRole("button", { name: "Make the MP4" }).click();
    const jobs = page.getByTestId("clip-jobs");
    await jobs.getByText(/^Clip ready/).waitFor();
    await screenshot("job");
    await page.reload();
    await jobs.getByText(/^Clip ready/).waitFor();
    const path = await download(jobs.getByRole("link", { name: "Download" }), page);
    const { seconds } = await probeClip(path);
    assert.ok(seconds > 30 && seconds <= 2 * SECONDS, `${seconds} s: the gap takes no time`);
    await jobs.getByRole("button", { name: "Remove" }).click();
    await waitFor(async () => (await jobs.count()) === 0, { what: "the clip to go" });
  });

  test("one that is being made can be cancelled", async () => {
    // A slow line: what has become of the clip is told only when it was cancelled.
    const cancelled = Promise.withResolvers<void>();
    await page.route("**/api/clips/*", async (route) => {
      if (route.request().method() === "GET") await cancelled.promise;
      await route.continue().catch(() => undefined);
    });
    await pause();
    await page.getByRole("button", { name: "1 h", exact: true }).click();
    await select(START + 5_000, START + APART_MS + 30_000);
    await settled();
    const posted = page.waitForResponse((answer) => answer.request().method() === "POST");
    await page.getByRole("button", { name: "Make the MP4" }).click();
    const { id } = (await (await posted).json()) as { id: string };
    const jobs = page.getByTestId("clip-jobs");
    await jobs.getByText(/^Making the clip/).waitFor();
    assert.equal(await jobs.getByRole("progressbar").count(), 1);
    await screenshot("making");
    await jobs.getByRole("button", { name: "Cancel" }).click();
    await waitFor(async () => (await asOwner(`/api/clips/${id}`)).status === 404, {
      what: "its end",
    });
    assert.equal(await jobs.count(), 0);
    cancelled.resolve();
    await page.unroute("**/api/clips/*");
  });

  test("a range is kept with a reason and an end, and let go", async () => {
    await page.getByRole("button", { name: "1 min", exact: true }).click();
    await select(START + 10_000, START + 20_000);
    await panel().getByRole("button", { name: "Lock", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Lock this range" });
    await dialog.getByRole("button", { name: "Lock", exact: true }).click();
    assert.equal(await dialog.isVisible(), true, "not without a reason");
    await dialog.getByLabel("Why").fill("Damage at the gate");
    await dialog.getByRole("combobox", { name: "Until" }).selectOption("Until a date");
    await screenshot("lock");
    await dialog.getByRole("button", { name: "Lock", exact: true }).click();
    await dialog.getByText("This range is locked.").waitFor();
    await dialog.getByRole("button", { name: "Done" }).click();
    const locks = async () => {
      const query = `from=${START}&to=${START + MINUTE_MS}`;
      const answer = await asOwner(`/api/cameras/door/locks?${query}`);
      return LocksAnswer.parse(await answer.json()).locks;
    };
    const [lock] = await locks();
    assert.deepEqual([lock?.reason, lock?.inForce], ["Damage at the gate", true]);
    near(lock!.startMs, START + 10_000, 500);
    near(lock!.untilMs!, Date.now() + 30 * 86_400_000, 2 * 86_400_000);
    await page.getByRole("button", { name: "Clips and links" }).click();
    const list = page.getByTestId("outputs");
    await list.getByText("Damage at the gate").waitFor();
    await list.getByRole("button", { name: "Unlock" }).click();
    await waitFor(async () => (await locks())[0]?.inForce === false, { what: "the lock to end" });
    await list.getByText("unlocked, or ended").waitFor();
    await page.keyboard.press("Escape");
    await waitFor(async () => (await page.getByRole("dialog").count()) === 0, { what: "the list to close" });
    assert.equal(await panel().count(), 1, "Escape closed the list alone");
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    await waitFor(async () => (await focused()) === "Clips and links", { what: "the focus to go back" });
  });

  test("a link with a password is made, opened by somebody else, counted, and revoked while they watch", async () => {
    await select(START + 10_000, START + 20_000);
    await settled();
    await panel().getByRole("button", { name: "Share a link" }).click();
    const dialog = page.getByRole("dialog", { name: "Share a link" });
    await dialog.getByLabel("Password (if you want one)").fill("open sesame");
    await dialog.getByLabel("For whom, or what").fill("The insurance");
    await dialog.getByLabel("May be downloaded").check();
    await screenshot("share");
    await dialog.getByRole("button", { name: "Make the link" }).click();
    const link = await dialog.getByTestId("share-link").inputValue();
    await screenshot("link");
    await dialog.getByRole("button", { name: "Done" }).click();

    const other = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: "ja-JP" });
    stack.defer(() => other.close());
    const visitor = await other.newPage();
    visitor.on("pageerror", (error) => complaints.push(String(error)));
    const requested: string[] = [];
    visitor.on("request", (request) => requested.push(request.url()));
    await visitor.goto(link);
    await visitor.getByLabel("パスワード").fill("close sesame");
    await visitor.getByRole("button", { name: "開く" }).click();
    await visitor.getByText("パスワードが違います").waitFor();
    await screenshot("visitor_password", visitor);
    await visitor.getByLabel("パスワード").fill("open sesame");
    await visitor.getByRole("button", { name: "開く" }).click();
    await pictureOf(visitor, START + 10_000);
    await waitFor(
      async () => {
        const shown = await visitor.getByTestId("shown-time").getAttribute("datetime");
        const { clockMs } = await videoClock(visitor);
        return shown !== null && Math.abs(Date.parse(shown) - clockMs!) < 400;
      },
      { what: "the time of the picture" },
    );
    await screenshot("visitor", visitor);
    await visitor.reload();
    await pictureOf(visitor, START + 10_000);
    const path = await download(visitor.getByRole("link", { name: "MP4をダウンロード" }), visitor);
    near((await probeClip(path)).seconds, 10, 0.5);
    const secret = link.split("#")[1]!;
    assert.ok(
      !requested.some((url) => url.includes(secret)),
      "the secret is in no address that was asked for",
    );

    await page.getByRole("button", { name: "Clips and links" }).click();
    const list = page.getByTestId("outputs");
    await list.getByText("opened once", { exact: false }).waitFor();
    assert.match((await list.textContent())!, /The insurance.*with a password.*may be downloaded/);
    await list.getByText("by a link", { exact: false }).waitFor();
    await screenshot("list");
    await list.getByRole("button", { name: "Revoke" }).click();
    await list.getByText(/^revoked/).waitFor();
    await page.keyboard.press("Escape");
    await visitor.reload();
    await visitor.getByText("このリンクは取り消されました").waitFor();
    await screenshot("visitor_revoked", visitor);
    const query = `from=${START}&to=${START + MINUTE_MS}`;
    const answer = await asOwner(`/api/cameras/door/exports?${query}`);
    const { exports } = ExportsAnswer.parse(await answer.json());
    assert.equal(exports[0]?.shareId, new URL(link).pathname.split("/")[2]);
  });

  test("a link that is not whole, or leads to nothing, says so", async () => {
    const visitor = await browser.newPage();
    await visitor.goto(`${library.url}/share/abcdefghijkl`);
    await visitor.getByText("This link leads to nothing").waitFor();
    await visitor.close();
  });

  test("nothing went wrong in the browser", () => {
    assert.deepEqual(complaints, []);
  });
});
