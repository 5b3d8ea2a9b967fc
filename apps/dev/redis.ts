/**
 * The embedded Redis: the installed `redis-server`, with its data in the state directory, for this machine only
 * and behind a password. It keeps every job that it has confirmed (append-only file, at most the last second may
 * go when the power does; the spool covers that) and refuses writes rather than forget any.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Guard, spawnGuarded } from "@rokuga/runtime/guard.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import { CannotStart } from "./cannot_start.ts";
import { describeExit, exitOf, type Running, type StopStep, stopChild } from "./child.ts";
import { placeOf } from "./database_probe.ts";
import { findExecutable, outputOf } from "./executable.ts";
import { type LogFile, lastLines } from "./log_file.ts";
import { isPortFree, LOOPBACK } from "./ports.ts";
import { askRedis, redisVersion } from "./redis_client.ts";
import { secretOf } from "./secrets.ts";

/** The oldest that BullMQ recommends. */
const LEAST_VERSION = [6, 2] as const;
/** Loading a large append-only file takes its time. */
const START_MS = 60_000;
const STOP: readonly StopStep[] = [{ signal: "SIGTERM", waitMs: 10_000, forcedWaitMs: 1_000 }];

export type RedisOptions = {
  /** The `redis-server` executable. */
  command: string;
  home: string;
  port: number;
  guard: Guard;
  log: LogFile;
  signal: AbortSignal;
};

export type RedisDetails = { version: string };

/** An installed `redis-server` that is recent enough, or why there is none. */
export async function findRedis(
  path: string | undefined,
  signal: AbortSignal,
): Promise<{ command: string } | { missing: string }> {
  const command = findExecutable("redis-server", path);
  if (command === undefined) return { missing: "no redis-server is installed" };
  const version = /v=(\d+)\.(\d+)/.exec(await outputOf(command, ["--version"], signal));
  const [major, minor] = [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)];
  const [leastMajor, leastMinor] = LEAST_VERSION;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return { command };
  return { missing: `${command} is older than ${LEAST_VERSION.join(".")}` };
}

/** The URL of the embedded Redis, with its password. */
export function redisUrl(home: string, port: number): string {
  return `redis://:${secretOf(home, "redis")}@${LOOPBACK}:${port}`;
}

/** Starts it and resolves when it serves. Throws {@link CannotStart} with what it printed when it does not. */
export async function startRedis({
  command,
  home,
  port,
  guard,
  log,
  signal,
}: RedisOptions): Promise<Running<RedisDetails>> {
  const directory = join(home, "redis");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const url = redisUrl(home, port);
  signal.throwIfAborted();
  // The configuration goes in through a pipe, so that the password is in no process list.
  const child = spawnGuarded(guard, command, ["-"], { cwd: directory, stdio: ["pipe", "pipe", "pipe"] });
  const exited = exitOf(child);
  const recent = lastLines();
  for (const stream of [child.stdout, child.stderr]) if (stream) log.follow(stream, recent.add);
  child.stdin?.on("error", () => {}); // It ended before it had read all: its exit says more.
  child.stdin?.end(configuration({ directory, port, password: secretOf(home, "redis") }));

  const lastWords = () => recent.list().slice(-5).join("\n");
  const stop = (force: AbortSignal) => stopChild(child, { exited, steps: STOP, force });
  const early = exited.then((exit) => {
    throw new CannotStart(
      `The embedded Redis cannot start (${describeExit(exit)}):\n${lastWords()}\nIts log is ${log.path}`,
    );
  });
  const asking = new AbortController();
  try {
    const info = await Promise.race([untilServing(url, AbortSignal.any([signal, asking.signal])), early]);
    return { pid: child.pid!, details: { version: redisVersion(info) }, exited, lastWords: () => "", stop };
  } catch (error) {
    await stop(AbortSignal.abort());
    throw error;
  } finally {
    asking.abort(new Error("no longer of interest"));
    early.catch(() => {
      // From here on its end is reported through `exited`.
    });
  }
}

/** redis.conf. Paths are quoted: they may contain spaces. */
function configuration({
  directory,
  port,
  password,
}: {
  directory: string;
  port: number;
  password: string;
}): string {
  return [
    `port ${port}`,
    `bind ${LOOPBACK}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(directory)}`,
    "appendonly yes",
    "appendfsync everysec",
    "maxmemory-policy noeviction",
    'save ""',
    "daemonize no",
    'logfile ""',
    "",
  ].join("\n");
}

/** Asks until it answers, and gives its INFO. Connections are refused, or answered with LOADING, until it serves. */
async function untilServing(url: string, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(START_MS)]);
  let last: unknown;
  while (!limit.aborted) {
    try {
      const [pong, info] = await askRedis(url, [["PING"], ["INFO", "server"]], limit);
      if (pong === "PONG" && info) return info;
    } catch (error) {
      last = error;
    }
    await delay(30);
  }
  signal.throwIfAborted();
  throw new CannotStart(
    `The embedded Redis does not answer within ${START_MS / 1000} s: ${errorChain(last)}`,
  );
}

/**
 * Ends a Redis that a killed launcher left on the port that ours had: it knows our password, so it is ours. It is
 * shut down with its data written. A stranger on that port is left alone.
 */
export async function stopOrphanRedis(home: string, port: number, signal: AbortSignal): Promise<void> {
  if (await isPortFree(port)) return;
  try {
    await askRedis(redisUrl(home, port), [["SHUTDOWN"]], signal);
  } catch {
    // It refused us or speaks another language: not ours.
    signal.throwIfAborted();
    return;
  }
  const limit = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
  while (!(await isPortFree(port)) && !limit.aborted) await delay(30);
  signal.throwIfAborted();
}

/** Asks a given Redis. Throws {@link CannotStart} with a sentence that never has the password. */
export async function probeRedis(url: string, signal: AbortSignal): Promise<RedisDetails> {
  try {
    const [info = ""] = await askRedis(url, [["INFO", "server"]], signal);
    return { version: redisVersion(info) };
  } catch (error) {
    signal.throwIfAborted();
    throw new CannotStart(
      `Cannot use the Redis at ${placeOf(url, "6379")} (REDIS_URL): ${errorChain(error)}. ` +
        "Start it or correct REDIS_URL; without REDIS_URL an embedded queue is used.",
    );
  }
}
