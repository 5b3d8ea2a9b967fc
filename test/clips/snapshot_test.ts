/** Snapshots by the web's handler and the real FFmpeg: which picture it is, and what happens when there is none. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { get as httpGet } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Problem } from "@rokuga/media/api.ts";
import { readPictureClock } from "@rokuga/media/picture_clock.ts";
import { processTree } from "../bench/processes.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { START } from "./checks.ts";
import { type RunOptions, recordRun, storeRun } from "./recording.ts";
import { startTestWeb, type TestWeb } from "./web.ts";

const snapshotUrl = ({ url }: TestWeb, camera: string, at: number, more = "") =>
  `${url}/api/cameras/${camera}/snapshot.jpg?at=${START + at}${more}`;

const decoders = () =>
  processTree(process.pid).filter(({ command }) => /ffmpeg|slow-decoder/.test(command)).length;

/** Of a JPEG: its size, and the time in the picture. */
function readJpeg(jpeg: Uint8Array): { width: number; height: number; clockMs: number | undefined } {
  const size = execFileSync(
    "ffprobe",
    [
      "-v",
      "error",
      "-f",
      "jpeg_pipe",
      "-i",
      "pipe:0",
      "-show_entries",
      "stream=width,height",
      "-of",
      "csv=p=0",
    ],
    { input: jpeg, encoding: "utf8" },
  );
  const [width, height] = size.trim().split(",").map(Number) as [number, number];
  const args = [
    "-v",
    "error",
    "-f",
    "jpeg_pipe",
    "-i",
    "pipe:0",
    "-f",
    "rawvideo",
    "-pix_fmt",
    "gray",
    "pipe:1",
  ];
  const data = execFileSync("ffmpeg", args, { input: jpeg });
  return { width, height, clockMs: readPictureClock({ data, width, height, channels: 1, nearMs: START }) };
}

describe("snapshots", () => {
  let web: TestWeb;
  before(async () => {
    web = await startTestWeb();
    const kinds: Record<string, Partial<RunOptions>> = {
      h264: {},
      "h264-open-gop": { bFrames: 2, openGop: true },
      h265: { codec: "h265", bFrames: 3 },
      wide: { size: "640x360", audio: "none" },
    };
    for (const [cameraId, options] of Object.entries(kinds)) {
      const files = await recordRun({ startMs: START, seconds: 12, ...options });
      await storeRun(files, { ...web, cameraId, startMs: START, without: [2] });
    }
  });
  after(() => web[Symbol.asyncDispose]());

  test("the picture is the keyframe at or before the moment", async () => {
    for (const camera of ["h264", "h264-open-gop", "h265"]) {
      for (const [at, taken] of [
        [0, 0],
        [1_990, 0],
        [2_000, 2_000],
        [5_300, 4_000],
        [7_950, 6_000],
      ] as const) {
        const response = await fetch(snapshotUrl(web, camera, at));
        assert.equal(response.status, 200, `${camera} at ${at}`);
        assert.equal(response.headers.get("content-type"), "image/jpeg");
        assert.equal(response.headers.get("rokuga-taken-at"), new Date(START + taken).toISOString());
        const picture = readJpeg(new Uint8Array(await response.arrayBuffer()));
        assert.deepEqual([picture.clockMs! - START, picture.width, picture.height], [taken, 320, 180]);
      }
    }
  });

  test("a width makes it smaller, never larger", async () => {
    const sizeAt = async (width: number) => {
      const response = await fetch(snapshotUrl(web, "wide", 1_000, `&width=${width}`));
      const { width: w, height: h } = readJpeg(new Uint8Array(await response.arrayBuffer()));
      return [w, h];
    };
    assert.deepEqual(await sizeAt(160), [160, 90]);
    assert.deepEqual(await sizeAt(1_920), [640, 360]);
  });

  test("it is kept, by browsers and here, and is the same for all moments of a keyframe", async () => {
    const first = await fetch(snapshotUrl(web, "h264", 4_100));
    const bytes = Buffer.from(await first.arrayBuffer());
    assert.equal(first.headers.get("cache-control"), "private, max-age=86400, immutable");
    const etag = first.headers.get("etag")!;
    const known = await fetch(snapshotUrl(web, "h264", 4_900), { headers: { "if-none-match": etag } });
    assert.equal(known.status, 304);
    const startedMs = performance.now();
    const again = await fetch(snapshotUrl(web, "h264", 5_500));
    assert.ok(Buffer.from(await again.arrayBuffer()).equals(bytes));
    assert.ok(performance.now() - startedMs < 1_000);
    assert.notEqual((await fetch(snapshotUrl(web, "h264", 5_500, "&width=160"))).headers.get("etag"), etag);
    assert.notEqual((await fetch(snapshotUrl(web, "h264", 6_000))).headers.get("etag"), etag);
  });

  test("in a gap there is none, and the nearest footage is named", async () => {
    for (const [at, nearest] of [
      [8_000, [0, 8_000]],
      [-3_000, [0, 8_000]],
    ] as const) {
      const response = await fetch(snapshotUrl(web, "h264", at));
      const problem = Problem.parse(await response.json());
      assert.equal(response.status, 404);
      assert.deepEqual([problem.nearest!.startMs - START, problem.nearest!.endMs - START], nearest);
    }
  });

  test("many at once are decoded two at a time; what is too much is turned away", async () => {
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, decoders());
    }, 2);
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        fetch(snapshotUrl(web, "wide", 2_000, `&width=${100 + 2 * index}`)).then(async (answer) => {
          await answer.arrayBuffer();
          return answer.status;
        }),
      ),
    );
    clearInterval(watch);
    assert.ok(most >= 1 && most <= 2, `${most} at a time`);
    const count = (status: number) => answers.filter((one) => one === status).length;
    assert.equal(count(200) + count(503), 60);
    assert.ok(count(200) >= 32 && count(503) > 0, `${count(200)} answered`);
  });
});

describe("without a decoder that works", () => {
  test("no FFmpeg is a 501 with a sentence, and clips need none", async () => {
    await using web = await startTestWeb({ FFMPEG_PATH: "/nowhere/ffmpeg" });
    const files = await recordRun({ startMs: START, seconds: 4 });
    await storeRun(files, { ...web, cameraId: "a", startMs: START });
    const response = await fetch(snapshotUrl(web, "a", 1_000));
    assert.equal(response.status, 501);
    assert.match(Problem.parse(await response.json()).detail, /Install it, or set FFMPEG_PATH/);
    const clip = await fetch(`${web.url}/api/cameras/a/clip.mp4?from=${START}&to=${START + 4_000}`);
    assert.equal(clip.status, 200);
    await clip.arrayBuffer();
  });

  test("a decoder that hangs is ended when the client goes", async () => {
    await using directory = await tempDirectory("decoder");
    const path = join(directory.path, "slow-decoder");
    await writeFile(path, "#!/bin/sh\ntrap '' TERM\nsleep 1000\n");
    await chmod(path, 0o755);
    await using web = await startTestWeb({ FFMPEG_PATH: path });
    const files = await recordRun({ startMs: START, seconds: 4 });
    await storeRun(files, { ...web, cameraId: "a", startMs: START });
    // More than are decoded at a time: those that wait go as well.
    const requests = [1, 2, 3, 4].map((n) => httpGet(snapshotUrl(web, "a", 0, `&width=${100 + n}`)));
    for (const request of requests) request.on("error", () => undefined);
    await waitFor(() => decoders() >= 2, { what: "decoders" });
    for (const request of requests) request.destroy();
    await waitFor(() => decoders() === 0, { what: "the decoders to be gone" });
  });
});
