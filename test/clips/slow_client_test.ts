/**
 * Clients that are slow, or go, over the web app as it is served: what they do not take is not made, and what they
 * held is free again when they are gone.
 */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { get as httpGet, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { openDatabase } from "@rokuga/db/connect.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import { memoryMegabytes } from "../bench/processes.ts";
import { createPart, type Part } from "../faults/part.ts";
import { freePort } from "../fixtures/free_port.ts";
import { startPostgresServer } from "../fixtures/postgres.ts";
import { tokenFor } from "../fixtures/signed_in.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { START } from "./checks.ts";
import { recordRun, storeRun } from "./recording.ts";

/** As many as the web app streams at a time. */
const PLACES = 8;
const SECONDS = 16;

describe("clients of streamed clips", { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  let web: Part;
  let url: string;
  let bytes = 0;
  let headers: Record<string, string>;

  before(async () => {
    const directory = stack.use(await tempDirectory("slow"));
    const root = join(directory.path, "store");
    await mkdir(root);
    const server = stack.use(await startPostgresServer());
    const database = stack.use(openDatabase(server.url));
    const storage = stack.use(openStorage(pathToFileURL(root).href));
    // More than the buffers of a connection hold.
    const files = await recordRun({
      startMs: START,
      seconds: SECONDS,
      size: "1920x1080",
      encoder: ["-qp", "6"],
    });
    const { segments } = await storeRun(files, { database, storage, cameraId: "a", startMs: START });
    bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
    const port = await freePort();
    url = `http://127.0.0.1:${port}/api/cameras/a/clip.mp4?from=${START}&to=${START + SECONDS * 1_000}`;
    web = stack.use(
      createPart({
        name: "web",
        program: "web",
        logPath: join(directory.path, "web.log"),
        environment: {
          PATH: process.env.PATH ?? "",
          NODE_ENV: "production",
          DATABASE_URL: server.url,
          STORAGE_URL: pathToFileURL(root).href,
          MEDIA_SECRET: "x".repeat(32),
          AUTH_SECRET: "y".repeat(32),
          CLIPS_DIR: join(directory.path, "clips"),
          PORT: String(port),
        },
      }),
    );
    await web.start();
    headers = { authorization: `Bearer ${await tokenFor(server.appUrl)}` };
  });
  after(() => stack.disposeAsync());

  const open = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      httpGet(url, { headers }, resolve).once("error", reject);
    });
  const statusOf = async () => {
    const response = await open();
    response.on("error", () => undefined).destroy();
    return response.statusCode;
  };

  test("those who take nothing hold their places, and little memory, until they go", async () => {
    assert.ok(bytes > 40_000_000, `${bytes} bytes are no test of buffers`);
    await statusOf();
    const before = memoryMegabytes(web.pid!);
    const clients = await Promise.all(Array.from({ length: PLACES }, open));
    for (const { statusCode } of clients) assert.equal(statusCode, 200);
    assert.equal(await statusOf(), 503);
    const grownMegabytes = memoryMegabytes(web.pid!) - before;
    assert.ok(grownMegabytes < (PLACES * bytes) / 1e6 / 2, `${grownMegabytes} MB for ${PLACES} clients`);
    for (const client of clients) client.on("error", () => undefined).destroy();
    await waitFor(async () => (await statusOf()) === 200, { what: "a place" });
  });

  test("one who takes slowly gets all of it", async () => {
    const response = await open();
    let length = 0;
    for await (const chunk of response) {
      length += (chunk as Buffer).length;
      if (length < bytes / 10) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.ok(length > bytes * 0.9 && response.complete);
  });
});
