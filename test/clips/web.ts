/**
 * The web app's own handlers behind a real HTTP server, on a real database and a real store (on a disk, unless the
 * settings name another): everything of it but Next, which served_test.ts adds.
 */
import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Database, openDatabase } from "@rokuga/db/connect.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import type { Storage } from "@rokuga/storage/storage.ts";
import * as clipJson from "../../apps/web/app/api/cameras/[id]/clip.json/route.ts";
import * as clipMp4 from "../../apps/web/app/api/cameras/[id]/clip.mp4/route.ts";
import * as exportsRoute from "../../apps/web/app/api/cameras/[id]/exports/route.ts";
import * as lockRoute from "../../apps/web/app/api/cameras/[id]/locks/[lockId]/route.ts";
import * as locksRoute from "../../apps/web/app/api/cameras/[id]/locks/route.ts";
import * as snapshotJpg from "../../apps/web/app/api/cameras/[id]/snapshot.jpg/route.ts";
import * as clipJob from "../../apps/web/app/api/clips/[id]/route.ts";
import * as clips from "../../apps/web/app/api/clips/route.ts";
import { type Asking, withAsking } from "../../apps/web/server/asking.ts";
import { clipDownload, isClipDownload } from "../../apps/web/server/clip_download.ts";
import { startClips } from "../../apps/web/server/clip_services.ts";
import { closeWebContext, webContext } from "../../apps/web/server/context.ts";
import { readWebEnvironment } from "../../apps/web/server/env.ts";
import { nodeListener } from "../../apps/web/server/node_listener.ts";
import { startPostgresServer } from "../fixtures/postgres.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";

export type TestWeb = AsyncDisposable & {
  url: string;
  database: Database;
  storage: Storage;
  /** Where clips that are made in the background are written. */
  clipsDirectory: string;
  /** An empty directory for the test's own files. */
  directory: string;
  post(path: string, body: unknown): Promise<Response>;
  delete(path: string): Promise<Response>;
};

export const TOKEN_ID = "5e1f0c6e-3c3c-4d6c-8a55-0d3f3c1b9b11";

/** There is no guard here: who asks is said, not found out. */
const ASKING: Asking = {
  person: {
    ...{ kind: "token", id: TOKEN_ID, name: "test" },
    grants: [{ role: "operator", scope: { kind: "everything" } }],
  },
  address: "127.0.0.1",
};

type Handler = (
  request: Request,
  context: { params: Promise<{ id: string; lockId: string }> },
) => Promise<Response>;

const CAMERA_ROUTES: Record<string, object> = {
  "clip.mp4": clipMp4,
  "clip.json": clipJson,
  "snapshot.jpg": snapshotJpg,
  exports: exportsRoute,
  locks: locksRoute,
  "locks/": lockRoute,
};

/** `settings`: of the web app's environment, besides those that it needs. */
export async function startTestWeb(settings: Record<string, string> = {}): Promise<TestWeb> {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await tempDirectory("clips"));
  const root = join(directory.path, "store");
  await mkdir(root);
  const server = cleanup.use(await startPostgresServer());
  const database = cleanup.use(openDatabase(server.url));
  const { STORAGE_URL = pathToFileURL(root).href } = settings;
  Object.assign(process.env, settings);
  const storage = cleanup.use(openStorage(STORAGE_URL));
  const clipsDirectory = join(directory.path, "made");
  Object.assign(process.env, {
    DATABASE_URL: server.url,
    STORAGE_URL,
    MEDIA_SECRET: "x".repeat(32),
    AUTH_SECRET: "y".repeat(32),
    CLIPS_DIR: clipsDirectory,
    CLIPS_FREE_BYTES: "0",
    LOG_LEVEL: "error",
    ...settings,
  });
  cleanup.defer(closeWebContext);
  cleanup.use(await startClips(readWebEnvironment(process.env)));
  const download = nodeListener((request) => clipDownload(request, { params: Promise.resolve({ id: "" }) }));
  const handlers = nodeListener(answer);
  const http = createServer((request, response) => {
    void withAsking(ASKING, () =>
      (isClipDownload(request.url ?? "") ? download : handlers)(request, response),
    );
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  cleanup.defer(async () => {
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });
  const address = http.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const url = `http://127.0.0.1:${port}`;
  const moved = cleanup.move();
  return {
    ...{ url, database, storage, clipsDirectory, directory: directory.path },
    post: (path, body) =>
      withAsking(ASKING, () =>
        answer(
          new Request(url + path, {
            method: "POST",
            body: typeof body === "string" ? body : JSON.stringify(body),
          }),
        ),
      ),
    delete: (path) => withAsking(ASKING, () => answer(new Request(url + path, { method: "DELETE" }))),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** As Next routes. */
async function answer(request: Request): Promise<Response> {
  const parts = new URL(request.url).pathname.split("/").slice(2).map(decodeURIComponent);
  const [kind, id = "", name = "", below = ""] = parts;
  const routeName = below === "" ? name : `${name}/`;
  const handlers = kind === "cameras" ? CAMERA_ROUTES[routeName] : id === "" ? clips : clipJob;
  const handler = (handlers as Partial<Record<string, Handler>> | undefined)?.[request.method];
  return handler
    ? handler(request, { params: Promise.resolve({ id, lockId: below }) })
    : new Response(null, { status: 404 });
}

export type Gate = Disposable & {
  /** Reads that wait at the gate and are still wanted. */
  waiting(): number;
  /** Reads that waited and were given up. */
  givenUp(): number;
  open(): void;
};

/**
 * Lets reads of the web's own store through only when it is opened, but for those of one object: so that what is slow
 * can be watched.
 */
export function gate({ but }: { but?: string } = {}): Gate {
  const { storage } = webContext();
  const get = storage.get.bind(storage);
  const opened = Promise.withResolvers<void>();
  let [asked, givenUp] = [0, 0];
  storage.get = async (key, options = {}) => {
    if (key === but) return await get(key, options);
    asked++;
    const { signal } = options;
    const aborted = new Promise<never>((_, reject) => {
      const abort = () => {
        givenUp++;
        reject(signal!.reason);
      };
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
    await Promise.race([opened.promise, aborted]);
    return await get(key, options);
  };
  const open = () => {
    storage.get = get;
    opened.resolve();
  };
  return { waiting: () => asked - givenUp, givenUp: () => givenUp, open, [Symbol.dispose]: open };
}
