/**
 * What the routes share: the database, the store, the listener. Made when first needed, once a process: Next
 * bundles each route on its own, so the one instance is kept on `globalThis`.
 */
import { type Database, openDatabase } from "@rokuga/db/connect.ts";
import { type Listener, listen } from "@rokuga/db/listen.ts";
import type { LiveSegments } from "@rokuga/db/read_segments.ts";
import { createLog, type Log } from "@rokuga/runtime/log.ts";
import { throughCloudfront } from "@rokuga/storage/cloudfront.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import type { Storage } from "@rokuga/storage/storage.ts";
import { readWebEnvironment, type WebEnvironment } from "./env.ts";
import { SharedReads } from "./shared_reads.ts";

export type WebContext = {
  database: Database;
  storage: Storage;
  listener: Listener;
  /** Reads of live cameras, by camera id. */
  liveReads: SharedReads<LiveSegments>;
  mediaSecret: string;
  /** Others reach this app by HTTPS: cookies go by nothing else. */
  isHttps: boolean;
  log: Log;
} & AsyncDisposable;

const KEY = Symbol.for("rokuga.web.context");
const holder = globalThis as { [KEY]?: WebContext };

export function webContext(): WebContext {
  holder[KEY] ??= createContext();
  return holder[KEY];
}

/** Closes what was opened, if anything was. */
export async function closeWebContext(): Promise<void> {
  const context = holder[KEY];
  delete holder[KEY];
  await context?.[Symbol.asyncDispose]();
}

function createContext(): WebContext {
  const environment = readWebEnvironment(process.env);
  const log = createLog("web", environment.LOG_LEVEL);
  const onIdleError = (error: unknown) => log.warn("a connection to the database was lost", { error });
  const database = openDatabase(environment.DATABASE_URL, { onIdleError });
  const listener = listen(environment.DATABASE_URL, { onError: onIdleError });
  const storage = openStore(environment);
  return {
    database,
    storage,
    listener,
    liveReads: new SharedReads(),
    mediaSecret: environment.MEDIA_SECRET,
    isHttps: environment.PUBLIC_URL?.protocol === "https:",
    log,
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      await storage[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The store, with the addresses of CloudFront where one is in front of it. */
function openStore({ STORAGE_URL, cloudfront }: WebEnvironment): Storage {
  const storage = openStorage(STORAGE_URL);
  return cloudfront ? throughCloudfront(storage, cloudfront) : storage;
}
