/**
 * What the parts stand on: the database, the queue, the store, FFmpeg. Each is the one that was given, checked, or
 * an embedded one, started. Tells the terminal a row for each.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { migrate } from "@rokuga/db/migrate.ts";
import type { Guard } from "@rokuga/runtime/guard.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import { CannotStart } from "./cannot_start.ts";
import type { Running } from "./child.ts";
import { placeOf, probeDatabase } from "./database_probe.ts";
import type { Settings } from "./env.ts";
import type { Ffmpeg } from "./ffmpeg.ts";
import type { LogFile } from "./log_file.ts";
import { LOOPBACK, rememberedPort, rememberPort, startOnFreePort } from "./ports.ts";
import { postgresUrl, startPostgres } from "./postgres.ts";
import { findRedis, probeRedis, redisUrl, startRedis, stopOrphanRedis } from "./redis.ts";
import { type Report, type Row, showWhileSlow } from "./report.ts";
import { shortPath } from "./state_directory.ts";

/** Ports of the embedded servers when they are free: away from the usual ones, which may come and go. */
const FIRST_PORTS = { postgres: 54_320, redis: 63_790 } as const;

export type Context = {
  settings: Settings;
  report: Report;
  signal: AbortSignal;
  /** The guard and the log file for a process of that name. */
  processOf(name: string): { guard: Guard; log: LogFile };
  /** Keeps something running from now on, until the launcher stops. */
  keep<Details>(name: string, start: (signal: AbortSignal) => Promise<Running<Details>>): Promise<Details>;
};

const isPostgres = (url: string) => /^postgres(ql)?:/.test(url);

/** The database's URL, with its schema up to date. */
export async function provideDatabase({
  settings,
  report,
  signal,
  processOf,
  keep,
}: Context): Promise<string> {
  const { home, databaseUrl } = settings;
  if (databaseUrl !== undefined) {
    const { version } = await probeDatabase(databaseUrl, "DATABASE_URL");
    const where = placeOf(databaseUrl, "5432");
    await bringUpToDate(databaseUrl, { where, signal });
    report.row({ name: "PostgreSQL", version, origin: "given", where });
    return databaseUrl;
  }
  const { port, version } = await showWhileSlow(
    report,
    { what: "Starting the database, longer the first time", afterMs: 1_000 },
    onStablePort(home, "postgres", (port) =>
      keep("PostgreSQL", (stop) => startPostgres({ home, port, signal: stop, ...processOf("postgres") })),
    ),
  );
  const url = postgresUrl(home, port);
  const where = `${LOOPBACK}:${port}`;
  await bringUpToDate(url, { where, signal });
  report.row({ name: "PostgreSQL", version, origin: "embedded", where });
  return url;
}

async function bringUpToDate(
  url: string,
  { where, signal }: { where: string; signal: AbortSignal },
): Promise<void> {
  try {
    await migrate(url, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new CannotStart(`Cannot bring the database at ${where} up to date: ${errorChain(error)}`);
  }
}

/** The queue's URL: a Redis, or the database. `databaseUrl` is that of {@link provideDatabase}. */
export async function provideQueue(context: Context, databaseUrl: string): Promise<string> {
  const { settings, report, signal, processOf, keep } = context;
  const { home, queue } = settings;
  const inDatabase = (why: string) => {
    report.row({ name: "Queue", origin: "embedded", where: `in PostgreSQL (${why})` });
    return databaseUrl;
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
  const path = join(home, "store");
  const url = storageUrl ?? pathToFileURL(path).href;
  const { protocol, hostname, pathname } = new URL(url);
  report.row({
    name: "Store",
    version: protocol.slice(0, -1),
    origin: storageUrl === undefined ? "embedded" : "given",
    where: storageUrl === undefined ? shortPath(root, path) : protocol === "s3:" ? hostname : pathname,
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

/** Starts a server on the port that it had last time, or on a free one from now on. */
async function onStablePort<Details>(
  home: string,
  service: keyof typeof FIRST_PORTS,
  start: (port: number) => Promise<Details>,
): Promise<Details & { port: number }> {
  const remembered = rememberedPort(home, service);
  const preferred = remembered === undefined ? [FIRST_PORTS[service]] : [remembered, FIRST_PORTS[service]];
  const { port, started } = await startOnFreePort(preferred, start);
  rememberPort(home, service, port);
  return { ...started, port };
}
