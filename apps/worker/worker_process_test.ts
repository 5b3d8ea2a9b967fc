/** The worker as it is started on a site: its process, a real queue, and what it leaves when it stops or is killed. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Database, openDatabase } from "@rokuga/db/connect.ts";
import type { Job } from "@rokuga/media/job.ts";
import { outboxPath, segmentPath, WORKERS } from "@rokuga/media/spool_layout.ts";
import { WorkerStatus } from "@rokuga/media/worker_status.ts";
import { openProducer, type Producer } from "@rokuga/queue/producer.ts";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { type RedisServer, startRedis } from "../../test/fixtures/redis.ts";
import { type TempDirectory, tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { exists, inOutbox, overflowed, segmentJob, spooled } from "./test_parts.ts";

let server: PostgresServer;
let redis: RedisServer;
let database: Database;
let directory: TempDirectory;
let producer: Producer;
let spool: string;
let runs = 0;
const children: ChildProcess[] = [];

before(async () => {
  [server, redis, directory] = await Promise.all([
    startPostgresServer(),
    startRedis(),
    tempDirectory("worker-process"),
  ]);
  database = openDatabase(server.url);
  producer = openProducer(redis.url, { onError: () => {} });
  spool = join(directory.path, "spool");
  await mkdir(spool);
  await mkdir(join(directory.path, "store"));
});
after(async () => {
  for (const child of children) child.kill("SIGKILL");
  await producer[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await Promise.all([redis, server].map((one) => one[Symbol.asyncDispose]()));
  await directory[Symbol.asyncDispose]();
});

function startWorker(): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL("./main.ts", import.meta.url))], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env: {
      ...process.env,
      REDIS_URL: redis.url,
      DATABASE_URL: server.appUrl,
      STORAGE_URL: pathToFileURL(join(directory.path, "store")).href,
      SPOOL_DIR: spool,
      WORKER_CONCURRENCY: "2",
    },
  });
  children.push(child);
  return child;
}
const newRun = () => `0mk3x0abcd${String(runs++).padStart(3, "0")}`;
const segments = (runId: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, sequence) => spooled(spool, { cameraId: "a", runId, sequence })),
  );
const eventsOf = async (runId: string) => {
  const { rows } = await database.pool.query(
    "SELECT type, count(*)::int AS count FROM events WHERE data->>'runId' = $1 GROUP BY type ORDER BY type",
    [runId],
  );
  return Object.fromEntries(rows.map(({ type, count }) => [type, count]));
};
const isSpooled = async (jobs: Awaited<ReturnType<typeof segments>>) =>
  (await Promise.all(jobs.map(({ segment }) => exists(segmentPath(spool, segment))))).includes(true);
const statusOf = async ({ pid }: ChildProcess) => {
  const name = (await readdir(join(spool, WORKERS))).find((file) => file.endsWith(`-${pid}.json`));
  if (name === undefined) return undefined;
  return WorkerStatus.parse(JSON.parse(await readFile(join(spool, WORKERS, name), "utf8")));
};
/** Texts of all files below a directory of the store. */
const storeFiles = async (below: string) => {
  const root = join(directory.path, "store", below);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")));
};
const untilIdle = () =>
  waitFor(
    async () =>
      Object.values(await producer.counts()).every(
        ({ waiting, active, delayed }) => waiting + active + delayed === 0,
      ),
    { what: "an idle queue", timeoutMs: 40_000 },
  );

test("all lanes are drained, the status says so, and a stopped worker leaves nothing", async () => {
  const [live, old] = [await segments(newRun(), 4), await segments(newRun(), 6)];
  const events = await inOutbox(
    spool,
    [0, 1].map((sequence) => overflowed(segmentJob({ cameraId: "a", runId: newRun(), sequence }))),
  );
  await producer.add(live, { lane: "live" });
  await producer.add([...live, ...old], { lane: "backlog" });
  await producer.add([events], { lane: "events" });
  const worker = startWorker();
  await untilIdle();
  assert.deepEqual(await eventsOf(live[0]!.segment.runId), { SegmentStored: 4 });
  assert.deepEqual(await eventsOf(old[0]!.segment.runId), { SegmentStored: 6 });
  assert.equal(await exists(outboxPath(spool, events.outboxId)), false);
  assert.equal(await isSpooled([...live, ...old]), false);
  const failed = Object.values(await producer.counts()).map((counts) => counts.failed);
  assert.deepEqual(failed, [0, 0, 0]);
  const status = await waitFor(
    async () => {
      const now = await statusOf(worker);
      return now && now.stored.segments >= 10 && now;
    },
    { what: "the status" },
  );
  assert.deepEqual(status.store, { awaySinceMs: null, problem: null });
  const exited = once(worker, "exit");
  worker.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
  assert.deepEqual(await readdir(join(spool, WORKERS)), []);
  // The log is in the store up to its last event.
  const archived = await storeFiles("log");
  const { rows } = await database.pool.query("SELECT count(*)::int AS count FROM events");
  assert.equal(archived.join("").match(/\n/g)?.length, rows[0].count);
});

test("an outage is in the status at once, and a worker can be stopped in it", async () => {
  const worker = startWorker();
  await waitFor(() => statusOf(worker), { what: "the status" });
  await server.stop();
  const jobs = await segments(newRun(), 3);
  await producer.add(jobs, { lane: "live" });
  const status = await waitFor(
    async () => {
      const now = await statusOf(worker);
      return now && now.log.awaySinceMs !== null && now;
    },
    { what: "the outage in the status", timeoutMs: 3_000 },
  );
  assert.equal(status.log.problem, "The event log cannot be reached, or does not work right now");
  assert.equal(status.store.awaySinceMs, null);
  const exited = once(worker, "exit");
  worker.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
  assert.equal((await producer.counts()).live.waiting, 3);

  // Another one starts although the log is still away, and goes on when it is back.
  const next = startWorker();
  await waitFor(async () => (await statusOf(next))?.log.awaySinceMs, { what: "the outage in the status" });
  await server.start();
  await untilIdle();
  assert.deepEqual(await eventsOf(jobs[0]!.segment.runId), { SegmentStored: 3 });
  await waitFor(async () => (await statusOf(next))?.log.awaySinceMs === null, {
    what: "the end of the outage",
  });
  next.kill("SIGTERM");
  await once(next, "exit");
});

test("two workers, killed at any moment, with jobs in both lanes: each segment is stored once", async () => {
  const runId = newRun();
  const jobs: Job[] & Awaited<ReturnType<typeof segments>> = await segments(runId, 150);
  await producer.add(jobs.slice(100), { lane: "live" });
  await producer.add(jobs, { lane: "backlog" });
  for (const storedWhenKilled of [20, 60, 100]) {
    const [one, other] = [startWorker(), startWorker()];
    const enough = async () => ((await eventsOf(runId)).SegmentStored ?? 0) >= storedWhenKilled;
    await waitFor(enough, { what: `${storedWhenKilled} segments`, timeoutMs: 30_000, intervalMs: 3 });
    for (const child of [one, other]) child.kill("SIGKILL");
    await Promise.all([one, other].map((child) => child.exitCode ?? child.signalCode ?? once(child, "exit")));
  }
  const last = [startWorker(), startWorker()];
  await untilIdle();
  assert.deepEqual(await eventsOf(runId), { SegmentStored: 150 });
  assert.equal(await isSpooled(jobs), false);
  assert.equal(
    Object.values(await producer.counts()).some(({ failed }) => failed > 0),
    false,
  );
  // One that is left would take the jobs of the next tests.
  for (const child of last) child.kill("SIGTERM");
  await Promise.all(last.map((child) => once(child, "exit")));
});

const NEWER = "INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('newer', 9999999999999)";
const NO_NEWER = "DELETE FROM drizzle.__drizzle_migrations WHERE hash = 'newer'";

/** What a worker that ends says of it, and its exit code. */
async function lastWords(worker: ChildProcess): Promise<[number, string]> {
  const said: { failed?: string }[] = [];
  worker.on("message", (message: { failed?: string }) => said.push(message));
  const [code] = await once(worker, "exit", { signal: AbortSignal.timeout(20_000) });
  return [code, said.find(({ failed }) => failed !== undefined)?.failed ?? ""];
}

test("a log of another version's schema is left alone: the worker says so and ends", async () => {
  await database.pool.query(NEWER);
  const newer = await lastWords(startWorker());
  assert.deepEqual(newer, [
    1,
    "This database was migrated by a newer version of Rokuga. Update this program, or give it another database.",
  ]);
  await database.pool.query(NO_NEWER);
  await database.pool.query("UPDATE projection_state SET version = version - 1");
  const [code, words] = await lastWords(startWorker());
  assert.deepEqual([code, words.split(". ").at(-1)], [1, "Run: npx pnpm db:migrate"]);
  await database.pool.query("UPDATE projection_state SET version = version + 1");
});

test("also a log that was away when the worker started, or in between", async () => {
  const running = startWorker();
  await waitFor(() => statusOf(running), { what: "the status" });
  const runId = newRun();
  await database.pool.query(NEWER);
  await server.stop();
  const jobs = await segments(runId, 3);
  await producer.add(jobs, { lane: "live" });
  const isAway = async (worker: ChildProcess) => (await statusOf(worker))?.log.awaySinceMs;
  await waitFor(() => isAway(running), { what: "the outage in the status" });
  const starting = startWorker();
  const ended = [running, starting].map(lastWords);
  await waitFor(() => isAway(starting), { what: "the outage in the other's status" });
  await server.start();
  for (const [code, words] of await Promise.all(ended)) {
    assert.equal(code, 1);
    assert.match(words, /^This database was migrated by a newer version of Rokuga/);
  }
  assert.deepEqual(await eventsOf(runId), {});
  assert.equal(await isSpooled(jobs), true);
  await database.pool.query(NO_NEWER);
  const next = startWorker();
  await untilIdle();
  assert.deepEqual(await eventsOf(runId), { SegmentStored: 3 });
  next.kill("SIGTERM");
  await once(next, "exit");
});
