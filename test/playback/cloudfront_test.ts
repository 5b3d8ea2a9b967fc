/**
 * Footage behind CloudFront: the playlists' addresses lead there, hold what they say, and no more. Its checks are those of
 * its documentation (test/fixtures/cloudfront.ts); FFmpeg and the page of the product play through it.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { openStorage } from "@rokuga/storage/open.ts";
import type { Page } from "playwright-core";
import { startChromium } from "../fixtures/chromium.ts";
import { clockFrames } from "../fixtures/clock_frames.ts";
import { type Cloudfront, startCloudfront } from "../fixtures/cloudfront.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { checkBytes, fetchedOnce, load, readPlaylist } from "./conformance.ts";
import { makeRun, type Run } from "./footage.ts";
import { type Library, openLibrary } from "./library.ts";
import { clockOf, openPlayerPage } from "./player_page.ts";

const START = Math.floor(Date.now() / 1000) * 1000 - 5 * 3_600_000;
const HOUR_MS = 3_600_000;

describe("media behind CloudFront", { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  let edge: Cloudfront;
  let library: Library;
  let run: Run;

  before(async () => {
    const directory = stack.use(await tempDirectory("cloudfront"));
    const storageUrl = pathToFileURL(directory.path).href;
    edge = stack.use(await startCloudfront(stack.use(openStorage(storageUrl)), { folder: "/footage" }));
    const { url, keyPairId, privateKey } = edge.settings;
    const environment = {
      CLOUDFRONT_URL: url,
      CLOUDFRONT_KEY_PAIR_ID: keyPairId,
      // In one line, as some keepers of secrets give it.
      CLOUDFRONT_PRIVATE_KEY: privateKey.replaceAll("\n", "\\n"),
    };
    library = stack.use(await openLibrary({ storageUrl, environment }));
    run = await makeRun({ cameraId: "door", startMs: START, seconds: 12, audio: "aac" });
    await library.register("door");
    await library.store(run);
  });
  after(() => stack.disposeAsync());

  const playlistUrl = (hours: number, query = "") =>
    `${library.openUrl}/api/cameras/door/playlist.m3u8?from=${START}&to=${START + hours * HOUR_MS}${query}`;
  const items = async (hours: number) => {
    const url = playlistUrl(hours);
    return readPlaylist(await load(url), url);
  };

  test("a range is played from there, each address under one signature", async () => {
    const playlist = await items(1);
    await checkBytes(playlist, fetchedOnce());
    const queries = new Set(playlist.items.map(({ url }) => new URL(url).search));
    // Twelve seconds may lie on both sides of an end of GRANT_MS.
    assert.ok(playlist.items.length > 3 && queries.size <= 2, `${queries.size} signatures`);
    assert.ok(playlist.items.every(({ url }) => url.startsWith(`${edge.settings.url}/sites/`)));
    const frames = [];
    const signal = AbortSignal.timeout(60_000);
    for await (const { clockMs } of clockFrames(playlistUrl(1), { signal })) frames.push(clockMs);
    assert.deepEqual(frames, run.frames);
    assert.ok(edge.log.every((line) => !line.includes(" 403 ")));
  });

  test("a long range comes to the same place by way of the app", async () => {
    const [first] = (await items(3)).items;
    assert.ok(first!.url.startsWith(`${library.openUrl}/api/cameras/door/media/`));
    const answer = await fetch(first!.url, { redirect: "manual" });
    assert.equal(answer.status, 302);
    const bytes = await (await fetch(first!.url)).arrayBuffer();
    assert.deepEqual(Buffer.from(bytes), Buffer.from(run.segments[0]!.bytes));
  });

  test("an address opens nothing else", async () => {
    const url = (await items(1)).items[0]!.url;
    const statusOf = async (address: string) => {
      const answer = await fetch(address);
      await answer.arrayBuffer();
      return answer.status;
    };
    assert.equal(await statusOf(url), 200);
    const policy = new URL(url).searchParams.get("Policy")!;
    const forged = [
      url.replace("/cameras/door/", "/cameras/yard/"),
      url.replace(/\/(\d+)-/, (_, start) => `/${Number(start) + 4 * HOUR_MS}-`),
      url.replace("/sites/", "/log/"),
      url.replace(/\?.*/, ""),
      url.replace(policy, `${policy.slice(0, -8)}AAAAAAA_`),
      url.replace(/Signature=...../, "Signature=AAAAA"),
    ];
    for (const address of forged) assert.equal(await statusOf(address), 403, address);
  });

  test("hls.js plays it, with the addresses' common parts as variables", async () => {
    const text = await load(playlistUrl(1, "&define=1"));
    assert.ok((text.match(/Policy=/g) ?? []).length <= 2, "said once");
    await using browser = await startChromium();
    const page: Page = await openPlayerPage(browser, library.openUrl, "hls");
    // Chromium asks before a page reaches for an address of this machine; the real CloudFront has none of those.
    await page.context().grantPermissions(["local-network-access"]);
    await page.evaluate(
      (address) => {
        const { Hls } = window as unknown as { Hls: new () => Record<string, (value: unknown) => void> };
        const player = new Hls();
        const video = document.querySelector<HTMLVideoElement>("#main")!;
        player.loadSource!(address);
        player.attachMedia!(video);
        video.playbackRate = 4;
        void video.play();
      },
      playlistUrl(1, "&define=1"),
    );
    const seen = new Set<number>();
    await waitFor(
      async () => {
        const clock = await clockOf(page);
        if (clock !== undefined) seen.add(clock);
        return page.evaluate(() => document.querySelector<HTMLVideoElement>("#main")!.ended);
      },
      { what: "the end of the video", timeoutMs: 40_000 },
    );
    assert.ok(seen.size > 5 && [...seen].every((clock) => run.frames.includes(clock)));
  });
});
