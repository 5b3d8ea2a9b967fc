/**
 * The same addresses in players that are not ours: GStreamer, with both of its HLS demuxers, and VLC, from start to end
 * over a run break and a gap. And the addresses of a store that clients reach themselves.
 *
 * What they cannot do (Debian 12: VLC 3.0, GStreamer 1.22, FFmpeg 5.1): expand variables (EXT-X-DEFINE), so `define=1` is
 * only for clients that ask for it. VLC's stream output drops up to 0.8 s before each discontinuity and at the end.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { readPictureClock } from "@rokuga/media/picture_clock.ts";
import { clockFrames, decodeClocks } from "../fixtures/clock_frames.ts";
import { startSwift } from "../fixtures/swift.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { load, readPlaylist } from "./conformance.ts";
import { makeRun, type Run } from "./footage.ts";
import { type Library, openLibrary } from "./library.ts";

const START = Math.floor(Date.now() / 1000) * 1000 - 5 * 3_600_000;
const HOUR_MS = 3_600_000;
const run = promisify(execFile);

/** Two runs that follow each other, and a third after a gap. */
const makeRuns = (cameraId: string) =>
  Promise.all(
    [
      { startMs: START, seconds: 12 },
      { startMs: START + 12_000, seconds: 8 },
      { startMs: START + 90_000, seconds: 6 },
    ].map((one) => makeRun({ cameraId, audio: "aac", ...one })),
  );

const pathOf = (name: string, hours: number) =>
  `/api/cameras/door/${name}.m3u8?from=${START}&to=${START + hours * HOUR_MS}`;
const LISTS: Record<string, string> = {
  "by fragments": pathOf("playlist", 1),
  "by whole segments": pathOf("playlist", 3),
  "behind its index": pathOf("index", 1),
};

/** GStreamer's pipelines up to decoded video. */
const GSTREAMER = {
  hlsdemux: (url: string) =>
    `souphttpsrc location=${url} ! hlsdemux ! tsdemux ! h264parse ! avdec_h264`.split(" "),
  hlsdemux2: (url: string) => ["uridecodebin3", `uri=${url}`],
};

async function playedByGstreamer(
  demuxer: keyof typeof GSTREAMER,
  url: string,
): Promise<(number | undefined)[]> {
  await using directory = await tempDirectory("gstreamer");
  const raw = join(directory.path, "pictures");
  const [width, height] = [320, 180];
  const gray = `videoconvert ! videoscale ! video/x-raw,format=GRAY8,width=${width},height=${height}`.split(
    " ",
  );
  const pipeline = [
    ...GSTREAMER[demuxer](url),
    "!",
    ...gray,
    "!",
    "filesink",
    `location=${raw}`,
    "sync=false",
  ];
  await run("gst-launch-1.0", ["-q", ...pipeline], { timeout: 60_000, killSignal: "SIGKILL" });
  const bytes = await readFile(raw);
  return Array.from({ length: bytes.length / (width * height) }, (_, n) => {
    const data = bytes.subarray(n * width * height, (n + 1) * width * height);
    return readPictureClock({ data, width, height, channels: 1, nearMs: Date.now() });
  });
}

/** Through VLC's stream output, as it is; VLC refuses to run as root. */
async function playedByVlc(url: string): Promise<(number | undefined)[]> {
  await using directory = await tempDirectory("vlc");
  await chmod(directory.path, 0o777);
  const file = join(directory.path, "played.ts");
  const asNobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
  const [command, ...args] = [
    ...(process.getuid?.() === 0 ? ["setpriv", ...asNobody] : []),
    ...["cvlc", "-I", "dummy", "--play-and-exit", url],
    ...["--sout", `#std{access=file,mux=ts,dst=${file}}`, "--sout-all"],
  ] as [string, ...string[]];
  const env = { ...process.env, HOME: directory.path };
  await run(command, args, { timeout: 60_000, killSignal: "SIGKILL", env });
  const signal = AbortSignal.timeout(60_000);
  const { frames } = await decodeClocks([await readFile(file)], { nearMs: Date.now(), signal });
  return frames.map(({ clockMs }) => clockMs);
}

async function playedByFfmpeg(url: string): Promise<(number | undefined)[]> {
  const frames: (number | undefined)[] = [];
  for await (const { clockMs } of clockFrames(url, { signal: AbortSignal.timeout(60_000) }))
    frames.push(clockMs);
  return frames;
}

describe("other players", { timeout: 120_000 }, () => {
  let library: Library;
  let runs: Run[];
  let frames: number[];

  before(async () => {
    library = await openLibrary();
    runs = await makeRuns("door");
    await library.register("door");
    for (const each of runs) await library.store(each);
    frames = runs.flatMap((each) => each.frames);
  });
  after(() => library[Symbol.asyncDispose]());

  for (const [list, path] of Object.entries(LISTS)) {
    for (const demuxer of ["hlsdemux", "hlsdemux2"] as const) {
      test(`GStreamer's ${demuxer} plays a range ${list}: every frame, once`, async () => {
        assert.deepEqual(await playedByGstreamer(demuxer, library.openUrl + path), frames);
      });
    }
    test(`VLC plays a range ${list} to its end`, async () => {
      const seen = await playedByVlc(library.openUrl + path);
      assert.ok(
        seen.every((ms, at) => ms !== undefined && (at === 0 || ms > seen[at - 1]!)),
        "each once, in order",
      );
      const missing = frames.filter((ms) => !seen.includes(ms));
      const ends = runs.map((each) => each.frames.at(-1)!);
      assert.ok(
        missing.every((ms) => ends.some((end) => ms <= end && ms > end - 800)),
        missing.map((ms) => ms - START).join(),
      );
    });
  }
});

describe("a store that clients reach themselves", { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  let frames: number[];

  before(async () => {
    const swift = stack.use(await startSwift());
    const { accessKeyId, secretAccessKey } = swift.credentials;
    const credentials = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    Object.assign(process.env, credentials);
    stack.defer(() => {
      for (const name of Object.keys(credentials)) delete process.env[name];
    });
    const storageUrl = `${swift.storageUrl()}&browser=direct`;
    library = stack.use(await openLibrary({ storageUrl, environment: credentials }));
    const runs = await makeRuns("door");
    await library.register("door");
    for (const each of runs) await library.store(each);
    frames = runs.flatMap((each) => each.frames);
  });
  after(() => stack.disposeAsync());

  test("a short range leads to the store at once, and with variables says the rest of its addresses once", async () => {
    const url = library.openUrl + LISTS["by fragments"]!;
    const full = await load(url);
    assert.match(full, /^http:.*\?X-Amz-Signature=/m);
    assert.deepEqual(await playedByFfmpeg(url), frames);
    const short = await load(`${url}&define=1`);
    assert.ok(short.length < full.length * 0.7, `${short.length} of ${full.length}`);
    const expanded = (text: string) => {
      const values = new Map(
        [...text.matchAll(/DEFINE:NAME="(\w+)",VALUE="(.*)"/g)].map(([, name, value]) => [name, value]),
      );
      return text.replaceAll(/\{\$(\w+)\}/g, (_, name) => values.get(name)!);
    };
    const addresses = (text: string) => readPlaylist(text, url).items.map((item) => [item.url, item.range]);
    assert.deepEqual(addresses(expanded(short).replace("VERSION:8", "VERSION:4")), addresses(full));
  });

  test("a long range leads there by way of this app: its playlist has short addresses", async () => {
    const url = library.openUrl + LISTS["by whole segments"]!;
    const { items } = readPlaylist(await load(url), url);
    const object = await fetch(items[0]!.url, { redirect: "manual" });
    assert.equal(object.status, 302);
    assert.match(object.headers.get("location")!, /X-Amz-Signature=/);
    const head = await fetch(items[0]!.url, { method: "HEAD", redirect: "manual" });
    assert.deepEqual([head.status, Number(head.headers.get("content-length")) > 1_000], [200, true]);
    assert.deepEqual(await playedByFfmpeg(url), frames);
    assert.deepEqual(await playedByGstreamer("hlsdemux2", url), frames);
  });
});
