/**
 * What the page looks like, compared with the pictures in snapshots/. Where one differs by more than a few pixels the
 * test fails and writes what it is, what it was and the difference to test/artefacts/visual/.
 *
 * After a change of the page that is meant: look at those, then keep the new ones with
 * `UPDATE_SNAPSHOTS=1 node --test test/page/visual_test.ts` (after a build of the app) and look at what git shows.
 * Nothing of a state may be in them that depends on time, on the machine or on its fonts: see visual_scene.ts.
 */
import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { Situation } from "./visual_answers.ts";
import { comparePicture, keepPicture, visualDirectories } from "./visual_compare.ts";
import { RECORDED } from "./visual_footage.ts";
import { type Look, openVisualScene, pictureOf, type VisualScene } from "./visual_scene.ts";

type State = {
  path: string;
  looks: readonly Look[];
  situation?: Situation;
  /** Brings the page there. */
  reach: (page: Page) => Promise<unknown>;
  /** Not only what is visible at once. */
  fullPage?: boolean;
};

const DAY = "&zoom=86400";
const MOMENT = RECORDED + 3_200;
/** What differs and stands still for so long is taken to be done, and what does not is given up after the other. */
const SETTLED_MS = 2_000;
const GIVE_UP_MS = 15_000;
const TRY_EVERY_MS = 150;

const shown = (page: Page) => page.locator('[data-testid="playhead-time"][data-pending="false"]').waitFor();
const says = (kind: string) => (page: Page) =>
  page.locator(`[data-testid="status-message"][data-kind="${kind}"]`).waitFor();
/** The timeline has told its causes. */
const marked = (page: Page) =>
  page
    .getByRole("list", { name: /^(Missing in view|表示範囲の欠落)$/ })
    .getByText(/unreachable|接続できず/)
    .waitFor();
const dialog = (page: Page) => page.getByRole("dialog").waitFor();

async function selected(page: Page): Promise<void> {
  await shown(page);
  await page.keyboard.press("i");
  await page
    .getByTestId("clip-panel")
    .getByText(/\d [kM]B/)
    .waitFor();
}

/** Presses a button of the panel under the timeline. */
const inPanel = (name: RegExp) => async (page: Page) => {
  await selected(page);
  await page.getByTestId("clip-panel").getByRole("button", { name }).click();
  await dialog(page);
};

const STATES: Record<string, State> = {
  recording: {
    path: `/?camera=door&t=${MOMENT}${DAY}`,
    looks: ["wide dark en", "wide light en", "wide light ja", "narrow dark en", "narrow light ja"],
    reach: shown,
  },
  live: { path: "/?camera=door&t=live", looks: ["wide dark en", "narrow light en"], reach: shown },
  gap: {
    path: `/?camera=door&t=${MOMENT}`,
    looks: ["wide light en", "narrow dark ja"],
    // A minute back from there is nothing. That the timeline is there already is why the cause is known.
    reach: async (page) => {
      await shown(page);
      await marked(page);
      await page.keyboard.press("Shift+ArrowLeft");
      await says("gap")(page);
      await shown(page);
    },
  },
  offline: {
    path: `/?camera=gate&t=live${DAY}`,
    looks: ["wide dark en", "narrow light ja"],
    reach: async (page) => {
      await shown(page);
      await says("offline")(page);
    },
  },
  empty: {
    ...{ path: "/", situation: "empty", looks: ["wide light en", "narrow dark ja"] },
    reach: async (page) => {
      await says("no-cameras")(page);
      await page.getByTestId("status-message").getByRole("link").waitFor();
    },
  },
  server_down: {
    path: `/?camera=door&t=${MOMENT}`,
    ...{ situation: "down", looks: ["wide dark en", "narrow light ja"] },
    reach: async (page) => {
      await shown(page);
      // It is asked again when one comes back to the page.
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await says("server-down")(page);
    },
  },
  grid: {
    path: `/?camera=door&t=${MOMENT}&grid=4`,
    looks: ["wide dark en", "narrow light ja"],
    reach: shown,
  },
  all_cameras: {
    path: `/?camera=door&t=${MOMENT}${DAY}`,
    looks: ["wide light ja"],
    reach: async (page) => {
      await shown(page);
      await page.getByRole("button", { name: /^(All cameras|全カメラ)$/ }).click();
    },
  },
  clip: {
    path: `/?camera=door&t=${MOMENT}&zoom=600`,
    looks: ["wide dark en", "narrow light ja"],
    reach: selected,
  },
  lock: {
    path: `/?camera=door&t=${MOMENT}`,
    looks: ["wide dark en", "narrow light ja"],
    reach: inPanel(/^(Lock|保護)$/),
  },
  share: {
    path: `/?camera=door&t=${MOMENT}`,
    looks: ["wide light en", "narrow dark ja"],
    reach: inPanel(/^(Share a link|リンクを共有)$/),
  },
  clips_and_links: {
    path: `/?camera=door&t=${MOMENT}`,
    looks: ["wide dark en", "narrow light ja"],
    reach: async (page) => {
      await shown(page);
      await page.getByRole("button", { name: /^(Clips and links|書き出しと共有)$/ }).click();
      await page.getByRole("dialog").getByText("Parcel was stolen").waitFor();
    },
  },
  keys: {
    path: `/?camera=door&t=${MOMENT}`,
    looks: ["wide dark en", "wide light ja"],
    reach: async (page) => {
      await shown(page);
      await page.keyboard.press("?");
      await dialog(page);
    },
  },
  sign_in: {
    path: "/sign-in",
    looks: ["wide light en", "narrow dark ja"],
    reach: (page) => page.locator('input[type="password"]').waitFor(),
  },
  join: {
    path: "/join#a-link",
    looks: ["wide dark ja", "narrow light en"],
    reach: (page) => page.locator('input[type="password"]').waitFor(),
  },
  people: {
    ...{ path: "/people", looks: ["wide light en", "narrow dark ja"], fullPage: true },
    reach: async (page) => {
      await page.getByText("Nightly copy").first().waitFor();
      await page.getByText("佐藤 健").first().waitFor();
    },
  },
  shared: {
    path: "/share/aaaaaaaaaaaa#a-secret",
    looks: ["wide dark en", "narrow light ja"],
    reach: async (page) => {
      // It tells the time of its picture as soon as that has moved.
      await page.locator("video").evaluate(async (video: HTMLVideoElement) => {
        if (video.readyState < 2)
          await new Promise((resolve) => video.addEventListener("loadeddata", resolve, { once: true }));
        video.currentTime = 5;
      });
      await page.getByTestId("shown-time").waitFor();
    },
  },
};

const isUpdate = process.env.UPDATE_SNAPSHOTS === "1";
const nameOf = (state: string, look: Look) => `${state}_${look.replaceAll(" ", "_")}`;
const NAMES = Object.entries(STATES).flatMap(([state, { looks }]) =>
  looks.map((look) => nameOf(state, look)),
);

describe("what the page looks like", { timeout: 240_000 }, () => {
  const stack = new AsyncDisposableStack();
  let scene: VisualScene;

  before(async () => {
    scene = stack.use(await openVisualScene());
  });
  after(() => stack.disposeAsync());

  for (const [state, { path, looks, situation = "usual", reach, fullPage = false }] of Object.entries(
    STATES,
  )) {
    for (const look of looks) {
      const name = nameOf(state, look);
      test(name, { timeout: 60_000 }, async () => {
        const page = await scene.open(path, { look, situation });
        await using _ = page.context();
        await reach(page);
        await check(page, { name, fullPage });
        assert.deepEqual(scene.unknown, [], "every request has an answer in visual_answers.ts");
      });
    }
  }

  test("every picture that is kept is one of these", async () => {
    const kept = (await readdir(visualDirectories.expectedDirectory)).sort();
    const stale = kept.filter((file) => !NAMES.includes(file.replace(/\.png$/, "")));
    if (isUpdate) for (const file of stale) await rm(join(visualDirectories.expectedDirectory, file));
    else assert.deepEqual(stale, [], "UPDATE_SNAPSHOTS=1 removes the others");
  });
});

/** What was reached may still be drawn: it is looked at until it is as it was, or does not change any more. */
async function check(page: Page, { name, fullPage }: { name: string; fullPage: boolean }): Promise<void> {
  const options = { name, ...visualDirectories };
  const startMs = Date.now();
  let before: Buffer | undefined;
  let sinceMs = startMs;
  for (;;) {
    const png = await pictureOf(page, { fullPage });
    const compared = isUpdate ? null : await comparePicture(png, options);
    if (compared?.kind === "same") return;
    if (!before?.equals(png)) sinceMs = Date.now();
    before = png;
    const isSettled = Date.now() - sinceMs > SETTLED_MS;
    if (compared && isSettled) assert.fail(compared.sentence);
    if (isSettled) return await keepPicture(png, options);
    if (Date.now() - startMs > GIVE_UP_MS) assert.fail(`${name} does not stand still`);
    await sleep(TRY_EVERY_MS);
  }
}
