/**
 * Adding a camera as a person does: on the relay's own page, from an empty list to footage that is recorded. A real RTSP
 * server with a password that needs escaping, a real relay, Chromium. The password is nowhere but in the camera file.
 */
import assert from "node:assert/strict";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { createPart, type Part } from "../faults/part.ts";
import { startChromium, videoClock } from "../fixtures/chromium.ts";
import { freePort } from "../fixtures/free_port.ts";
import { startRedis } from "../fixtures/redis.ts";
import { startRokuga } from "../fixtures/rokuga.ts";
import { type RtspServer, startRtspServer } from "../fixtures/rtsp_server.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";

const ARTEFACTS = fileURLToPath(new URL("../artefacts/", import.meta.url));
const KEY = "a-key-of-the-set-up-page_43-characters-long";
const LOGIN = { user: "admin", password: "pässword:1@/" };
/** As a log or an address would have it. */
const TRACES = [LOGIN.password, encodeURIComponent(LOGIN.password), "ssword"];

describe("adding cameras on site", { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  let camera: RtspServer;
  let relay: Part;
  let url: string;
  let camerasFile: string;
  let logPath: string;
  let browser: Browser;

  before(async () => {
    await mkdir(ARTEFACTS, { recursive: true });
    const directory = stack.use(await tempDirectory("setup"));
    const redis = stack.use(await startRedis());
    camera = stack.use(await startRtspServer({ audio: "pcma", gopSeconds: 1, ...LOGIN }));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    camerasFile = join(directory.path, "cameras.yaml");
    logPath = join(directory.path, "relay.log");
    await writeFile(camerasFile, "# Ours\ncameras: []\n", { mode: 0o600 });
    relay = stack.use(
      createPart({
        ...{ name: "relay", program: "relay", logPath },
        environment: {
          ...{ PATH: process.env.PATH!, REDIS_URL: redis.url, CAMERAS_FILE: camerasFile, SETUP_KEY: KEY },
          ...{ SPOOL_DIR: join(directory.path, "spool"), RELAY_PORT: String(port) },
        },
      }),
    );
    await relay.start();
    browser = stack.use(await startChromium());
  });
  after(() => stack.disposeAsync());

  const open = async (options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width: 800, height: 1100 }, ...options });
    await page.goto(`${url}/setup#${KEY}`);
    return page;
  };
  const post = (path: string, body: unknown, headers: Record<string, string> = { "x-setup-key": KEY }) =>
    fetch(`${url}/setup/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const statusOf = async (id: string) => {
    const { cameras } = (await (await fetch(`${url}/status`)).json()) as {
      cameras: { id: string; state: string }[];
    };
    return cameras.find((one) => one.id === id)?.state;
  };

  test("a wrong password is told as such; the right one shows the picture, and it is recorded", async () => {
    const page = await open();
    assert.equal(new URL(page.url()).hash, "", "the key does not stay in the address");
    await page.getByText("None yet.").waitFor();
    const bare = camera.bareUrl;
    await page.getByLabel("Address").fill(bare);
    await page.getByLabel("User name").fill(LOGIN.user);
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Show its picture" }).click();
    await page.getByText("No picture: the camera refused the user name or password (401).").waitFor();
    await page.screenshot({ path: join(ARTEFACTS, "setup_refused.png") });
    await page.getByLabel("Password").fill(LOGIN.password);
    await page.getByRole("button", { name: "Show its picture" }).click();
    await page.getByText("640x360 · 15 pictures a second · H.264 · with sound").waitFor();
    const width = () => page.locator("#jpeg").evaluate((image: HTMLImageElement) => image.naturalWidth);
    await waitFor(async () => (await width()) > 100, { what: "the camera's picture" });
    await page.getByLabel("Name", { exact: true }).fill("Vordertür 1");
    assert.equal(await page.getByLabel("Id").inputValue(), "vordertur-1");
    await page.screenshot({ path: join(ARTEFACTS, "setup_seen.png") });
    await page.getByRole("button", { name: "Record this camera" }).click();
    await page.getByText("Vordertür 1 is added. It is recorded from now on.").waitFor();
    await waitFor(async () => (await statusOf("vordertur-1")) === "recording", {
      what: "the camera to be recorded",
      timeoutMs: 30_000,
    });
    await page.getByText("recording", { exact: true }).waitFor();
    await page.screenshot({ path: join(ARTEFACTS, "setup_added.png") });
    const file = await readFile(camerasFile, "utf8");
    assert.ok(
      file.startsWith(
        "# Ours\ncameras:\n  - id: vordertur-1\n    name: Vordertür 1\n    input: rtsp://admin:",
      ),
    );
    assert.equal((await stat(camerasFile)).mode & 0o777, 0o600);
    await page.close();
  });

  test("in Japanese, dark and narrow", async () => {
    const page = await open({
      ...{ locale: "ja-JP", colorScheme: "dark", viewport: { width: 360, height: 900 } },
    });
    await page.getByLabel("テスト映像").check();
    await page.getByRole("button", { name: "映像を確認" }).click();
    await page.getByRole("button", { name: "このカメラを録画する" }).waitFor();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(overflow, false, "nothing is wider than the screen");
    await page.screenshot({ path: join(ARTEFACTS, "setup_ja.png"), fullPage: true });
    await page.close();
  });

  test("nothing without the key", async () => {
    for (const headers of [{}, { "x-setup-key": "wrong" }, { "x-setup-key": "" }] as Record<
      string,
      string
    >[]) {
      for (const path of ["look", "cameras"]) {
        const answer = await post(path, { id: "x", input: "synthetic" }, headers);
        assert.equal(answer.status, 401);
        assert.match(await answer.text(), /opened without its key/);
      }
    }
    assert.equal((await fetch(`${url}/setup/inputs`)).status, 401);
    const page = await browser.newPage();
    await page.goto(`${url}/setup`);
    await page.getByText("This page was opened without its key").waitFor();
    await page.close();
  });

  test("what is wrong is refused with a sentence, and the camera file stays as it is", async () => {
    const before = await readFile(camerasFile, "utf8");
    const secret = `rtsp://admin:${encodeURIComponent(LOGIN.password)}@127.0.0.1`;
    const cases: [string, unknown, number, RegExp][] = [
      ["cameras", { id: "vordertur-1", input: "synthetic" }, 409, /'vordertur-1' already: choose another/],
      ["cameras", { id: "No Id", input: "synthetic" }, 400, /^id: /],
      ["cameras", { id: "a", input: { file: "/etc/passwd" } }, 400, /only be named in the camera file/],
      ["cameras", { id: "a", input: secret.replace("rtsp", "http") }, 400, /^input: must be an rtsp/],
      ["cameras", { id: "a", input: { rtsp: secret, transport: "carrier pigeon" } }, 400, /^input/],
      ["cameras", { id: "a", input: "synthetic", extra: 1 }, 400, /extra/],
      ["look", { input: { file: "/etc/passwd" } }, 400, /only be named in the camera file/],
      ["look", {}, 400, /input/],
      ["look", `{"input": "${secret}`, 400, /cannot be read/],
      ["look", { input: "x".repeat(20_000) }, 400, /cannot be read/],
    ];
    for (const [path, body, status, sentence] of cases) {
      const answer = await post(path, body);
      const { detail } = (await answer.json()) as { detail: string };
      assert.equal(answer.status, status, detail);
      assert.match(detail, sentence);
      for (const trace of TRACES) assert.ok(!detail.includes(trace));
    }
    const nobody = await post("look", { input: `${secret}:1/x` });
    assert.deepEqual(await nobody.json(), {
      ok: false,
      reason: "nothing listens at the camera's address (connection refused)",
    });
    assert.equal(await readFile(camerasFile, "utf8"), before);
    await writeFile(camerasFile, before.replace("input:", "inptu:"));
    const mended = await post("cameras", { id: "b", input: "synthetic" });
    assert.match(
      ((await mended.json()) as { detail: string }).detail,
      /^The camera file has a mistake; mend it first: .*cameras\.yaml:\d/,
    );
    await writeFile(camerasFile, before);
  });

  test("the password is in no log", async () => {
    const text = await readFile(logPath, "utf8");
    assert.match(text, /a camera was added on the set-up page/);
    for (const trace of [...TRACES, KEY]) assert.ok(!text.includes(trace));
  });
});

describe("the first run", { timeout: 200_000 }, () => {
  test("from an empty list an owner comes to a camera that is recorded, and sees it", async () => {
    await using rokuga = await startRokuga({ cameras: "cameras: []\n" });
    await using browser = await startChromium();
    const page = await rokuga.openPage(browser, { viewport: { width: 1280, height: 800 } });
    await page.goto(rokuga.url);
    await page.getByText("No cameras yet.").waitFor();
    await page.screenshot({ path: join(ARTEFACTS, "first_run_empty.png") });
    const opened = page.context().waitForEvent("page");
    await page.getByTestId("status-message").getByRole("link", { name: "Add a camera" }).click();
    const setup = await opened;
    await setup.getByLabel("Test picture").check();
    await setup.getByRole("button", { name: "Show its picture" }).click();
    await setup.getByLabel("Name", { exact: true }).fill("Try it");
    await setup.getByRole("button", { name: "Record this camera" }).click();
    await setup.getByText("Try it is added.").waitFor();
    await page.getByTestId("camera-try-it").waitFor({ timeout: 30_000 });
    await page.locator('[data-testid="camera-try-it"][data-state="recording"]').waitFor({ timeout: 60_000 });
    await waitFor(async () => (await videoClock(page)).clockMs !== undefined, {
      what: "its picture on the page",
      timeoutMs: 60_000,
    });
    await page.screenshot({ path: join(ARTEFACTS, "first_run_camera.png") });
  });
});
