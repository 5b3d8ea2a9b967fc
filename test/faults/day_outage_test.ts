/**
 * A day's outage of 16 cameras: 138,240 segments wait in the spool when the relay starts. All are known soon, a
 * camera goes live meanwhile, and all are stored, each once. Spool and store lie in memory where the system has a
 * place for that: it is the program that is tried here, not the disk.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import pg from "pg";
import { freePort } from "../fixtures/free_port.ts";
import { cameraName, fillSpool } from "../fixtures/full_spool.ts";
import { startPostgresServer } from "../fixtures/postgres.ts";
import { startRedis } from "../fixtures/redis.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { createPart } from "./part.ts";
import type { Status } from "./site.ts";

const CAMERAS = 16;
const SEGMENTS = 8_640;
const ALL = CAMERAS * SEGMENTS;
const DAY_MS = SEGMENTS * 10_000;
const LIVE =
  "site: {id: home}\ncameras: [{id: live, segment_seconds: 2, input: {synthetic: true, size: 320x180, fps: 10}}]\n";

test("a day's outage of 16 cameras is known in seconds, delays no live segment, and is stored whole", {
  timeout: 600_000,
}, async () => {
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "rokuga-day-"));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const [spool, store, camerasFile] = [
    join(directory, "spool"),
    join(directory, "store"),
    join(directory, "cameras.yaml"),
  ];
  for (const path of [spool, store]) await mkdir(path);
  await writeFile(camerasFile, LIVE);
  const startMs = Date.now() - DAY_MS - 3_600_000;
  fillSpool(spool, { cameras: CAMERAS, segments: SEGMENTS, bytes: 400, startMs });

  const [postgres, redis] = [cleanup.use(await startPostgresServer()), cleanup.use(await startRedis())];
  const port = await freePort();
  const common = { PATH: process.env.PATH!, REDIS_URL: redis.url, SPOOL_DIR: spool };
  const relay = cleanup.use(
    createPart({
      ...{ name: "relay", program: "relay", logPath: join(directory, "relay.log") },
      environment: { ...common, CAMERAS_FILE: camerasFile, RELAY_PORT: String(port) },
    }),
  );
  const worker = cleanup.use(
    createPart({
      ...{ name: "worker", program: "worker", logPath: join(directory, "worker.log") },
      environment: {
        ...common,
        DATABASE_URL: postgres.appUrl,
        STORAGE_URL: `file://${store}`,
        LOG_LEVEL: "warn",
      },
    }),
  );
  const status = async () => (await (await fetch(`http://127.0.0.1:${port}/status`)).json()) as Status;
  const database = new pg.Client(postgres.url);
  await database.connect();
  cleanup.defer(() => database.end());
  const count = async (sql: string) => Number((await database.query(sql)).rows[0].count);

  await relay.start();
  const startedMs = performance.now();
  await waitFor(async () => (await status()).spool.scanned, {
    what: "the spool to be known",
    timeoutMs: 60_000,
  });
  const scanSeconds = (performance.now() - startedMs) / 1_000;
  assert.ok((await status()).spool.segments >= ALL);
  await worker.start();
  const drainedFromMs = performance.now();
  await waitFor(async () => (await count("SELECT count(*) FROM segments WHERE camera_id = 'live'")) > 0, {
    what: "live footage to be stored beside the backlog",
  });
  assert.ok((await status()).spool.segments > ALL / 2, "the live segment did not wait for the backlog");
  let toldMs = performance.now();
  await waitFor(
    async () => {
      const { segments } = (await status()).spool;
      if (performance.now() - toldMs > 10_000) {
        toldMs = performance.now();
        process.stdout.write(`  ${segments} segments wait\n`);
      }
      return segments < 10;
    },
    { what: "the backlog to be stored", timeoutMs: 500_000, intervalMs: 500 },
  );
  const drainSeconds = (performance.now() - drainedFromMs) / 1_000;
  process.stdout.write(
    `  ${ALL} segments: known in ${scanSeconds.toFixed(1)} s, stored in ${drainSeconds.toFixed(0)} s (${Math.round(ALL / drainSeconds)} a second)\n`,
  );

  const mine = "camera_id LIKE 'camera-%'";
  assert.equal(await count(`SELECT count(*) FROM segments WHERE ${mine}`), ALL);
  assert.equal(
    await count("SELECT count(*) FROM events WHERE type = 'SegmentStored' AND stream LIKE 'camera/camera-%'"),
    ALL,
  );
  assert.equal(await count("SELECT count(*) FROM gaps"), 0, "nothing was lost");
  const { rows } = await database.query(
    `SELECT camera_id, start_ms, end_ms FROM coverage WHERE ${mine} ORDER BY camera_id`,
  );
  const whole = Array.from({ length: CAMERAS }, (_, number) => ({
    ...{ camera_id: cameraName(number), start_ms: String(startMs), end_ms: String(startMs + DAY_MS) },
  }));
  assert.deepEqual(
    rows,
    whole.sort((a, b) => (a.camera_id < b.camera_id ? -1 : 1)),
    "one unbroken day each",
  );
  assert.equal(await countFiles(join(store, "sites", "home", "cameras"), /^camera-/), ALL);
  await waitFor(
    async () =>
      (await readdir(spool)).filter((name) => name.startsWith("camera-")).length === 0 ||
      (await leftRuns(spool)) === 0,
    {
      what: "the directories of stored runs to be gone",
    },
  );
});

async function countFiles(root: string, camera: RegExp): Promise<number> {
  let files = 0;
  for (const name of (await readdir(root)).filter((candidate) => camera.test(candidate))) {
    const entries = await readdir(join(root, name), { recursive: true });
    files += entries.filter((entry) => entry.endsWith(".ts")).length;
  }
  return files;
}

async function leftRuns(spool: string): Promise<number> {
  let runs = 0;
  for (const camera of (await readdir(spool)).filter((name) => name.startsWith("camera-"))) {
    runs += (await readdir(join(spool, camera))).length;
  }
  return runs;
}
