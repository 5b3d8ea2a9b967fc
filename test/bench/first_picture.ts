/**
 * From a click on the timeline to the picture of that moment on the screen, in Chromium, at random moments of a day of
 * footage: the page as it is shipped, over the embedded PostgreSQL and a file store. Beside it the same player on the
 * same media as a plain HLS folder behind nginx, once opened at the moment and once seeking in the playlist of the day
 * that it has. All take turns. Then the same over a slow link, which Chromium's network emulation makes: 20 Mbit/s, and
 * 50 ms at least from each request to its answer, which hides what the server takes of them; connections are open by
 * then. The folder's playlist may come from the browser's cache, the page's never does.
 */
import { mkdir } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { startChromium } from "../fixtures/chromium.ts";
import { startNginx } from "../fixtures/nginx.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { type Library, openLibrary } from "../playback/library.ts";
import { DAY_MS, LOOP_MS, makeDay } from "./day_of_footage.ts";
import { addProbe, type Loaded, type Probe, type Showing } from "./picture_probe.ts";
import { type Benchmark, percentile, type Row } from "./report.ts";
import { addPlayer, showInFolder } from "./static_player.ts";

const CAMERA = "door";
const MOMENTS = 50;
const COLD_OPENINGS = 10;
const HOUR_MS = 3_600_000;
/** The day ended so long ago: live and what is near it are another matter. */
const AGO_MS = 2 * HOUR_MS;
const SLOW = { latency: 50, downloadThroughput: 20e6 / 8, uploadThroughput: 20e6 / 8 };
const TIMELINE = '[data-testid="timeline"]';
const GIVE_UP_MS = 20_000;
/** What a player has ahead when it has come to rest, s. */
const RESTED_S = 20;

declare const window: Window & { probe: Probe };

type Site = {
  browser: Browser;
  pageUrl: string;
  openPage: Library["openPage"];
  folderUrl: string;
  startMs: number;
};
type Ways = Record<"page" | "opened" | "sought", Showing[]>;

export const firstPicture: Benchmark = {
  name: "first-picture",
  about: `From the click on the timeline to the picture, at ${MOMENTS} random moments of a day, beside hls.js on a plain HLS folder behind nginx.`,
  async run(say) {
    await using cleanup = new AsyncDisposableStack();
    const directory = cleanup.use(await tempDirectory("bench"));
    const path = (name: string) => join(directory.path, name);
    const [objects, folder, work] = [path("objects"), path("folder"), path("work")];
    for (const made of [objects, folder, work]) await mkdir(made);
    const library = cleanup.use(await openLibrary({ storageUrl: pathToFileURL(objects).href }));
    const startMs = Math.floor((Date.now() - DAY_MS - AGO_MS) / 1000) * 1000;
    say("first-picture: making a day of footage …");
    const { append } = library;
    const bytes = await makeDay({ cameraId: CAMERA, startMs, objects, folder, work, append, say });
    say(`first-picture: ${(bytes / 1e9).toFixed(1)} GB, ${((bytes * 8) / DAY_MS).toFixed(0)} kbit/s`);
    await addPlayer(folder);
    const nginx = cleanup.use(await startNginx({ directory: work, root: folder }));
    const browser = cleanup.use(await startChromium());
    const site = { browser, pageUrl: library.url, openPage: library.openPage, folderUrl: nginx.url, startMs };
    return await measure(site, say);
  },
};

async function measure(site: Site, say: (line: string) => void): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [label, slow] of [
    ["local", false],
    ["slow link", true],
  ] as const) {
    say(`first-picture: ${label}, ${MOMENTS} moments … (load ${loadavg()[0]!.toFixed(1)})`);
    rows.push(...warmRows(label, await showMoments(site, { slow, say })));
    say(`first-picture: ${label}, ${COLD_OPENINGS} cold openings … (load ${loadavg()[0]!.toFixed(1)})`);
    rows.push(...(await coldRows(label, site, slow)));
  }
  return rows;
}

/** Each way at moments of its own, in turn. */
async function showMoments(
  site: Site,
  { slow, say }: { slow: boolean; say: (line: string) => void },
): Promise<Ways> {
  await using page = await openProbed(site, { slow });
  await using opened = await openProbed(site, { slow });
  await using sought = await openProbed(site, { slow });
  await page.goto(`${site.pageUrl}/?camera=${CAMERA}&t=${site.startMs + DAY_MS / 2}`);
  await page.getByRole("button", { name: "1 d", exact: true }).click();
  for (const one of [opened, sought]) await one.goto(`${site.folderUrl}/?t=${DAY_MS / 2000}`);
  for (const one of [page, opened, sought]) await rested(one);
  const ways: Ways = { page: [], opened: [], sought: [] };
  for (let n = 0; n < MOMENTS; n++) {
    ways.page.push(await settled(page, click(page, site.startMs)));
    ways.opened.push(await settled(opened, showInFolder(opened, "open", randomMoment())));
    ways.sought.push(await settled(sought, showInFolder(sought, "seek", randomMoment())));
    if ((n + 1) % 10 === 0) say(`  ${n + 1} of ${MOMENTS} moments …`);
  }
  return ways;
}

async function openProbed(
  { browser, startMs, openPage }: Site,
  { slow, opensAtMs }: { slow: boolean; opensAtMs?: number },
): Promise<Page & AsyncDisposable> {
  const viewport = { width: 1280, height: 800 };
  const page = await openPage(browser, { viewport });
  const context = page.context();
  page.setDefaultTimeout(GIVE_UP_MS);
  await addProbe(page, { startMs, loopMs: LOOP_MS, ...(opensAtMs === undefined ? {} : { opensAtMs }) });
  if (slow) {
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.emulateNetworkConditions", { offline: false, ...SLOW });
  }
  return Object.assign(page, { [Symbol.asyncDispose]: () => context.close() });
}

/** Not in the last minutes, so that there is something to have ahead. ms since the footage began. */
const randomMoment = () => Math.floor(Math.random() * (DAY_MS - 120_000));

/** Clicks at a random place of the timeline where there is footage. */
async function click(page: Page, startMs: number): Promise<Showing> {
  const timeline = page.locator(TIMELINE);
  const box = (await timeline.boundingBox())!;
  const [from, to] = await Promise.all(
    ["data-start-ms", "data-end-ms"].map(async (name) => Number(await timeline.getAttribute(name))),
  );
  let x: number;
  do {
    const moment = startMs + randomMoment();
    x = Math.round(((moment - from!) / (to! - from!)) * box.width);
  } while (x < 1 || x >= box.width - 1);
  await page.evaluate((selector) => window.probe.watchClick(selector), TIMELINE);
  await page.mouse.click(box.x + x, box.y + box.height / 2);
  return (await page.evaluate(() => window.probe.watched))!;
}

/** What was shown, once the player has come to rest; it is paused then, so that the others have the machine. */
async function settled(page: Page, showing: Promise<Showing>): Promise<Showing> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => limit.reject(new Error(`No picture came within ${GIVE_UP_MS / 1000} s on ${page.url()}`)),
    GIVE_UP_MS,
  );
  const shown = await Promise.race([showing, limit.promise]).finally(() => clearTimeout(timer));
  await rested(page);
  return shown;
}

async function rested(page: Page): Promise<void> {
  await page.waitForFunction((restedS) => {
    const video = document.querySelector("video");
    const ranges = video?.buffered;
    if (!video || !ranges?.length || ranges.end(ranges.length - 1) - video.currentTime < restedS)
      return false;
    video.pause();
    return true;
  }, RESTED_S);
}

const PERCENTILES = [0.5, 0.95];

function warmRows(label: string, { page, opened, sought }: Ways): Row[] {
  const picture = ({ pictureMs }: Showing) => pictureMs;
  const beside = { "opened in the folder": opened, "sought in the folder": sought };
  const rows = Object.entries(beside).flatMap(([what, peer]) =>
    PERCENTILES.map((p) => ({
      metric: `${label}: click to picture, p${p * 100}`,
      value: percentile(page.map(picture), p),
      unit: "ms",
      beside: { what, value: percentile(peer.map(picture), p) },
    })),
  );
  return [...rows, ...stepRows(label, { page, opened })];
}

/** Where the time goes: medians, from the click on. */
function stepRows(label: string, { page, opened }: Pick<Ways, "page" | "opened">): Row[] {
  const steps: Record<string, (showing: Showing) => number | undefined> = {
    "playlist asked for": ({ playlist }) => playlist?.askedMs,
    "first byte of the playlist": ({ playlist }) => playlist?.firstByteMs,
    "playlist there": ({ playlist }) => playlist?.lastByteMs,
    "media asked for": ({ media }) => media?.askedMs,
    "media there": ({ media }) => media?.lastByteMs,
  };
  const sizes: Record<string, (showing: Showing) => Loaded | undefined> = {
    playlist: ({ playlist }) => playlist,
    "first media": ({ media }) => media,
  };
  const median = (of: readonly (number | undefined)[]) => {
    const known = of.filter((value) => value !== undefined);
    return known.length > 0 ? percentile(known, 0.5) : Number.NaN;
  };
  const row = (metric: string, unit: string, value: (showing: Showing) => number | undefined) => ({
    ...{ metric: `${label}: ${metric}`, unit, value: median(page.map(value)) },
    beside: { what: "opened in the folder", value: median(opened.map(value)) },
  });
  return [
    ...Object.entries(steps).map(([name, step]) => row(name, "ms", step)),
    ...Object.entries(sizes).map(([name, size]) =>
      row(`size of the ${name}`, "kB", (showing) => {
        const loaded = size(showing);
        return loaded && loaded.bytes / 1000;
      }),
    ),
  ];
}

/** A link with a moment, opened in a browser that has nothing of the page yet. */
async function coldRows(label: string, site: Site, slow: boolean): Promise<Row[]> {
  const open = async (urlOf: (askedMs: number) => string) => {
    const opensAtMs = randomMoment();
    await using page = await openProbed(site, { slow, opensAtMs });
    await page.goto(urlOf(opensAtMs), { waitUntil: "commit" });
    const showing = page.evaluate(() => window.probe.watched!);
    return (await settled(page, showing)).pictureMs;
  };
  const [ours, peer]: [number[], number[]] = [[], []];
  for (let n = 0; n < COLD_OPENINGS; n++) {
    ours.push(await open((ms) => `${site.pageUrl}/?camera=${CAMERA}&t=${site.startMs + ms}`));
    peer.push(await open((ms) => `${site.folderUrl}/?t=${ms / 1000}`));
  }
  return PERCENTILES.map((p) => ({
    metric: `${label}: link to picture, p${p * 100}`,
    value: percentile(ours, p),
    unit: "ms",
    beside: { what: "the folder's page", value: percentile(peer, p) },
  }));
}
