/**
 * What the parts stand on: the database, the queue, the store, FFmpeg. Each is the one that was given, checked, or
 * an embedded one, started. Tells the terminal a row for each.
 */
import { join } from "node:path";
import type { Context } from "./context.ts";
import { bringUpToDate, type Database, findGiven, startEmbedded } from "./database.ts";
import { placeOf, probeDatabase } from "./database_probe.ts";
import { storageUrlOf } from "./env.ts";
import type { Ffmpeg } from "./ffmpeg.ts";
import { LOOPBACK, onStablePort, rememberedPort } from "./ports.ts";
import { embeddedQueue, queueInGiven } from "./queue_database.ts";
import { findRedis, probeRedis, redisUrl, startRedis, stopOrphanRedis } from "./redis.ts";
import type { Row } from "./report.ts";
import { shortPath } from "./state_directory.ts";

const isPostgres = (url: string) => /^postgres(ql)?:/.test(url);

/** The database, with its schema up to date. */
export async function provideDatabase(context: Context): Promise<Database> {
  const { settings, report, signal } = context;
  const given = await findGiven(settings);
  const database = given ?? (await startEmbedded(context));
  const { version, where, appRole } = database;
  const { appCanChangeLog } = await bringUpToDate(database, { report, signal });
  report.row({ name: "PostgreSQL", version, origin: given ? "given" : "embedded", where });
  if (appRole !== undefined && appCanChangeLog) {
    const cure = "give it one that is neither a superuser nor a member of the owner";
    report.event("PostgreSQL", "warn", `${appRole}, the user of DATABASE_URL, may change the log: ${cure}`);
  }
  return database;
}

/** The queue's URL: a Redis, or PostgreSQL. `database` is that of {@link provideDatabase}. */
export async function provideQueue(context: Context, database: Database): Promise<string> {
  const { settings, report, signal, processOf, keep } = context;
  const { home, queue } = settings;
  const inDatabase = async (why: string) => {
    const isGiven = settings.databaseUrl !== undefined;
    const url = isGiven ? queueInGiven(database, why) : await embeddedQueue(home, database);
    report.row({ name: "Queue", origin: isGiven ? "given" : "embedded", where: `in PostgreSQL (${why})` });
    return url;
  };
  if (queue.kind === "database") return inDatabase("REDIS_URL is postgres");
  if (queue.kind === "given") {
    report.row(await probeQueue(queue.url, signal));
    return queue.url;
  }
  const found = await findRedis(settings.environment.PATH, signal);
  if ("missing" in found) return inDatabase(found.missing);
  const lastPort = rememberedPort(home, "redis");
  if (lastPort !== undefined) await stopOrphanRedis(home, lastPort, signal);
  const { port, version } = await onStablePort(home, "redis", (port) =>
    keep("Redis", (stop) => startRedis({ ...found, home, port, signal: stop, ...processOf("redis") })),
  );
  report.row({ name: "Redis", version, origin: "embedded", where: `${LOOPBACK}:${port}` });
  return redisUrl(home, port);
}

async function probeQueue(url: string, signal: AbortSignal): Promise<Row> {
  if (isPostgres(url)) {
    const { version } = await probeDatabase(url, "REDIS_URL");
    return { name: "Queue", version, origin: "given", where: `in PostgreSQL at ${placeOf(url, "5432")}` };
  }
  const { version } = await probeRedis(url, signal);
  return { name: "Redis", version, origin: "given", where: placeOf(url, "6379") };
}

/** The store's URL. Whether a given one can be reached is the worker's and the web's to say. */
export function provideStore({ settings, report }: Context): string {
  const { root, home, storageUrl } = settings;
  const url = storageUrlOf(settings);
  const { protocol, hostname, pathname } = new URL(url);
  report.row({
    name: "Store",
    version: protocol.slice(0, -1),
    origin: storageUrl === undefined ? "embedded" : "given",
    where:
      storageUrl === undefined
        ? shortPath(root, join(home, "store"))
        : protocol === "s3:"
          ? hostname
          : pathname,
  });
  return url;
}

/** Tells which FFmpeg the relay uses, and what it cannot do. */
export function showFfmpeg({ settings, report }: Context, { version, origin, path }: Ffmpeg): void {
  report.row({ name: "FFmpeg", version, origin, where: shortPath(settings.root, path) });
  if (origin !== "npm") return;
  const limits = "serves only the synthetic camera and files; install FFmpeg for network cameras and webcams";
  report.event("FFmpeg", "warn", `none is installed; the one from npm ${limits}`);
}
