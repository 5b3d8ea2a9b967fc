/**
 * A web app, as it is shipped, over a store and a database that hold just the footage that a test puts there. What the
 * relay and the worker would have done is done directly: objects are put, events appended.
 */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { appendEvents } from "@rokuga/db/append.ts";
import { type Database, openDatabase } from "@rokuga/db/connect.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import type { Storage } from "@rokuga/storage/storage.ts";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { createPart } from "../faults/part.ts";
import { freePort } from "../fixtures/free_port.ts";
import { type PostgresServer, startPostgresServer } from "../fixtures/postgres.ts";
import { joinBy, ownerLink, signedInPage, tokenFor, tokenProxy } from "../fixtures/signed_in.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import type { Run, StoredSegment } from "./footage.ts";

export type Library = AsyncDisposable & {
  /** Of the web app, without a slash at the end. */
  url: string;
  /** The same for whoever cannot send a header: as an owner. */
  openUrl: string;
  /** Of an owner. */
  token: string;
  /** A new page, signed in as an owner. */
  openPage(browser: Browser, options?: BrowserContextOptions): Promise<Page>;
  database: Database;
  postgres: PostgresServer;
  storage: Storage;
  /** Of the web app's process. */
  pid: () => number | undefined;
  webLog: string;
  /** Makes a camera known. */
  register(cameraId: string): Promise<void>;
  /** Stores segments of a run, by default all of them. */
  store(run: Run, segments?: readonly StoredSegment[]): Promise<void>;
  append(events: readonly NewEvent[]): Promise<void>;
};

export type LibraryOptions = {
  /** Default: a directory of its own. */
  storageUrl?: string;
  environment?: Record<string, string>;
};

const REGISTERED_MS = Date.UTC(2026, 0, 1);

export async function openLibrary({ storageUrl, environment = {} }: LibraryOptions = {}): Promise<Library> {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await tempDirectory("library"));
  const objects = join(directory.path, "objects");
  await mkdir(objects);
  const postgres = cleanup.use(await startPostgresServer());
  const database = cleanup.use(openDatabase(postgres.url));
  const address = storageUrl ?? pathToFileURL(objects).href;
  const storage = cleanup.use(openStorage(address));
  const port = await freePort();
  const webLog = join(directory.path, "web.log");
  const web = cleanup.use(
    createPart({
      ...{ name: "web", program: "web", logPath: webLog },
      environment: {
        ...{ PATH: process.env.PATH!, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
        ...{ DATABASE_URL: postgres.url, STORAGE_URL: address, PORT: String(port) },
        ...{ MEDIA_SECRET: "a secret of at least thirty-two characters" },
        ...{ AUTH_SECRET: "another secret of at least thirty-two characters", ...environment },
      },
    }),
  );
  await web.start();
  const url = `http://127.0.0.1:${port}`;
  await waitFor(async () => (await fetch(`${url}/api/health`)).ok, {
    what: "the web app",
    timeoutMs: 30_000,
  });
  const token = await tokenFor(postgres.appUrl);
  const { url: openUrl } = cleanup.use(await tokenProxy(url, token));
  let cookie: Promise<string> | undefined;
  const openPage = async (browser: Browser, options?: BrowserContextOptions) => {
    cookie ??= ownerLink(postgres.appUrl).then((link) => joinBy(url, link));
    return await signedInPage(browser, { url, cookie: await cookie }, options);
  };
  const append = async (events: readonly NewEvent[]) => void (await appendEvents(database, events));
  const moved = cleanup.move();
  return {
    ...{ url, openUrl, token, openPage, database, postgres, storage, webLog, append },
    pid: () => web.pid,
    register: (cameraId) =>
      append([
        {
          eventId: `camera/${cameraId}/CameraRegistered`,
          ...{ type: "CameraRegistered", version: 1, occurredAtMs: REGISTERED_MS },
          data: { siteId: "home", cameraId, name: cameraId },
        },
      ]),
    async store(run, segments = run.segments) {
      for (const { key, bytes } of segments) {
        const sha256 = createHash("sha256").update(bytes).digest("hex");
        await storage.put(key, bytes, { contentType: "video/mp2t", sha256 });
      }
      await append([run.started, ...segments.map(({ event }) => event)]);
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}
