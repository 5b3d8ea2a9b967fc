/**
 * The embedded PostgreSQL: a real server on this machine's loopback address, with its data in the state directory.
 * Who signs in as which role is in postgres_roles.ts; none of the parts is a superuser.
 *
 * A launcher that is killed takes it along through the guard; should one be left all the same, the next start ends
 * it in an orderly way before it uses the data.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { spawnGuarded } from "@rokuga/runtime/guard.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import { CannotStart } from "./cannot_start.ts";
import { describeExit, exitOf, type Running, type StopStep, stopChild } from "./child.ts";
import { outputOf } from "./executable.ts";
import { lastLines } from "./log_file.ts";
import { LOOPBACK } from "./ports.ts";
import {
  asIdentity,
  checkMajorVersion,
  chooseIdentity,
  type Identity,
  type InitialiseOptions,
  initialise,
  openPaths,
  plainEnvironment,
  postgresProgram,
  saysNoSpace,
} from "./postgres_files.ts";
import { ensureDatabase } from "./postgres_roles.ts";
import { readProcess } from "./process_table.ts";
import { hasSecret, secretOf } from "./secrets.ts";
import { noSpace, readIfPresent } from "./state_directory.ts";

/** Recovery after a crash can take its time. */
const START_MS = 120_000;
/** "Fast", then "immediate" shutdown (PostgreSQL manual, Shutting Down the Server): both leave good data. */
const STOP: readonly StopStep[] = [
  { signal: "SIGINT", waitMs: 15_000, forcedWaitMs: 0 },
  { signal: "SIGQUIT", waitMs: 5_000, forcedWaitMs: 3_000 },
];
const READY = "database system is ready to accept connections";

export type PostgresOptions = Pick<InitialiseOptions, "guard" | "log" | "signal"> & {
  home: string;
  port: number;
  /** Who runs it, when that is not to be found out. */
  identity?: Identity;
};

export type PostgresDetails = { version: string };

/** Starts it, making its data directory the first time. Throws {@link CannotStart} with the reason in a sentence. */
export async function startPostgres(options: PostgresOptions): Promise<Running<PostgresDetails>> {
  const { home, port, signal } = options;
  const dataDirectory = join(home, "postgres");
  const version =
    (await outputOf(postgresProgram("postgres"), ["--version"], signal)).trim().split(" ").at(-1) ?? "";
  const identity = options.identity ?? chooseIdentity(dataDirectory);
  openPaths(identity, home);
  if (existsSync(dataDirectory)) {
    checkMajorVersion(dataDirectory, version);
    await stopOrphan(dataDirectory, signal);
    if (!hasSecret(home, "postgres_admin")) throw lostPassword(home);
  } else {
    await initialise({ ...options, dataDirectory, identity, password: secretOf(home, "postgres_admin") });
  }
  const running = await retryWhileInUse(() => launch(options, { dataDirectory, identity, version }));
  try {
    await ensureDatabase({ home, port });
    return running;
  } catch (error) {
    await running.stop(AbortSignal.abort());
    throw new CannotStart(`Cannot prepare the embedded database: ${errorChain(error)}`);
  }
}

/** Processes of a server that was killed end when they notice, which can be a moment after it. */
async function retryWhileInUse<T>(start: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 10_000;
  while (true) {
    try {
      return await start();
    } catch (error) {
      const inUse = errorChain(error).includes("pre-existing shared memory block");
      if (!inUse || performance.now() > deadline) throw error;
      await delay(500);
    }
  }
}

/** Starts the server and waits until it accepts connections. */
async function launch(
  { home, port, guard, log, signal }: PostgresOptions,
  { dataDirectory, identity, version }: { dataDirectory: string; identity: Identity; version: string },
): Promise<Running<PostgresDetails>> {
  signal.throwIfAborted();
  const { command, args, options } = asIdentity(identity, postgresProgram("postgres"), [
    "-D",
    dataDirectory,
    ...configuration(port).flatMap((setting) => ["-c", setting]),
  ]);
  const child = spawnGuarded(guard, command, args, {
    ...options,
    cwd: "/",
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    deathSignal: "SIGINT",
  });
  const exited = exitOf(child);
  const recent = lastLines();
  const stop = (force: AbortSignal) => stopChild(child, { exited, steps: STOP, force });
  const ready = new Promise<"ready">((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      log.follow(stream, (line) => {
        recent.add(line);
        if (line.includes(READY)) resolve("ready");
      });
    }
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(START_MS)]);
  const cut = new Promise<"cut">((resolve) =>
    limit.addEventListener("abort", () => resolve("cut"), { once: true }),
  );
  const outcome = await Promise.race([ready, exited, cut]);
  if (outcome === "ready")
    return { pid: child.pid!, details: { version }, exited, lastWords: () => "", stop };
  await stop(AbortSignal.abort());
  signal.throwIfAborted();
  if (recent.list().some(saysNoSpace)) throw noSpace(home);
  const why = outcome === "cut" ? `it is not ready after ${START_MS / 1000} s` : describeExit(outcome);
  throw new CannotStart(
    `The embedded PostgreSQL cannot start (${why}):\n${recent.list().slice(-5).join("\n")}\nIts log is ${log.path}`,
  );
}

/** Settings of the server. They are given at each start, so that a new version of Rokuga can change them. */
function configuration(port: number): string[] {
  return [
    `port=${port}`,
    `listen_addresses=${LOOPBACK}`,
    "unix_socket_directories=",
    "password_encryption=scram-sha-256",
    // BullMQ on PostgreSQL holds several connections for each queue and worker.
    "max_connections=200",
    "shared_buffers=64MB",
    "max_wal_size=256MB",
    "fsync=on",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_line_prefix=%m [%p] ",
    "log_checkpoints=off",
  ];
}

/**
 * A server that a killed launcher left on this data: shut down in an orderly way. PostgreSQL takes any living
 * process with the id in `postmaster.pid` for a server; when that is another program by now, our own id is put
 * there, which PostgreSQL ignores as its parent's. The rest of the file stays: by it PostgreSQL recognizes server
 * processes that outlived the first one.
 */
async function stopOrphan(dataDirectory: string, signal: AbortSignal): Promise<void> {
  const pidFile = join(dataDirectory, "postmaster.pid");
  const content = readIfPresent(pidFile);
  const pid = Number.parseInt(content?.split("\n")[0] ?? "", 10);
  if (content === undefined || !Number.isInteger(pid) || pid < 2) return;
  const isOrphan = () => readProcess(pid)?.command.includes(dataDirectory) === true;
  if (!isOrphan()) {
    if (readProcess(pid)) writeFileSync(pidFile, content.replace(/^\d+/, String(process.pid)));
    return;
  }
  for (const step of STOP) {
    process.kill(pid, step.signal);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(step.waitMs)]);
    while (isOrphan() && !limit.aborted) await delay(30);
    signal.throwIfAborted();
    if (!isOrphan()) return;
  }
  throw new CannotStart(
    `Cannot end the PostgreSQL (process ${pid}) that an earlier start left on ${dataDirectory}. End it by hand.`,
  );
}

function lostPassword(home: string): CannotStart {
  return new CannotStart(
    `The password of the embedded database is lost: ${join(home, "secrets", "postgres_admin")} is missing. ` +
      `Restore it from a backup, or move ${join(home, "postgres")} away to start with an empty database.`,
  );
}
