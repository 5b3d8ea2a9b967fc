/**
 * What a real relay and a real worker recorded, through a kill, an outage of the store and a spool that was too small,
 * is whole by its chain; and a byte that is changed then is found.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Database, openDatabase } from "@rokuga/db/connect.ts";
import { createPart, type Part } from "../faults/part.ts";
import { type PostgresServer, startPostgresServer } from "../fixtures/postgres.ts";
import { startRedis } from "../fixtures/redis.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";

const VERIFY = fileURLToPath(new URL("../../apps/worker/verify.ts", import.meta.url));
const CAMERA = {
  id: "door",
  input: { synthetic: true, size: "320x180", fps: 5 },
  segment_seconds: 2,
  audio: false,
};

const stack = new AsyncDisposableStack();
let postgres: PostgresServer;
let database: Database;
let directory: string;
let store: string;
let relay: Part;
let worker: Part;

before(async () => {
  postgres = stack.use(await startPostgresServer());
  const redis = stack.use(await startRedis());
  directory = stack.use(await tempDirectory("verify")).path;
  database = stack.use(openDatabase(postgres.url));
  store = join(directory, "store");
  await mkdir(store);
  await writeFile(join(directory, "cameras.yaml"), JSON.stringify({ cameras: [CAMERA] }));
  const part = (program: "relay" | "worker", environment: Record<string, string>) =>
    createPart({
      ...{ name: program, program, logPath: join(directory, `${program}.log`) },
      environment: {
        ...{ PATH: process.env.PATH!, REDIS_URL: redis.url, SPOOL_DIR: join(directory, "spool") },
        ...environment,
      },
    });
  relay = stack.use(part("relay", { CAMERAS_FILE: join(directory, "cameras.yaml"), RELAY_PORT: "0" }));
  worker = stack.use(
    part("worker", { DATABASE_URL: postgres.appUrl, STORAGE_URL: pathToFileURL(store).href }),
  );
  await relay.start();
  await worker.start();
});
after(() => stack.disposeAsync());

/** Waits until the log has so many more events of this kind than it has now. */
async function untilMore(condition: string, count: number): Promise<void> {
  const look = async () => {
    const { rows } = await database.pool.query(
      `SELECT count(*)::integer AS count FROM events WHERE ${condition}`,
    );
    return rows[0].count as number;
  };
  const before = await look();
  const what = `${count} more events of ${condition}`;
  await waitFor(async () => (await look()) >= before + count, { what, timeoutMs: 60_000, intervalMs: 200 });
}
const STORED = "type = 'SegmentStored'";

async function verify() {
  const child = spawn(process.execPath, [VERIFY, "--camera", CAMERA.id, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH, DATABASE_URL: postgres.appUrl, STORAGE_URL: pathToFileURL(store).href },
  });
  const [[code], output] = await Promise.all([once(child, "exit"), text(child.stdout)]);
  return { code, ...JSON.parse(output) };
}

test("what was recorded through kills and outages is whole, and what is changed then is found", async () => {
  await untilMore(STORED, 2);
  await relay.kill();
  await relay.start();
  await untilMore(STORED, 1);
  assert.equal((await verify()).code, 0, "while it is being recorded");

  await rename(store, `${store}.away`);
  await relay.kill();
  // Some of what waits goes, and is told.
  await relay.start({ SPOOL_LIMIT_BYTES: "20000" });
  await untilMore("type = 'SegmentLost' AND data ? 'previous'", 2);
  await rename(`${store}.away`, store);
  await untilMore(STORED, 3);
  await relay.stop();
  const waiting = async () =>
    (await readdir(join(directory, "spool"), { recursive: true })).filter((name) =>
      /\.(ts|jsonl)$/.test(name),
    );
  await relay.start({ CAMERAS_FILE: await withoutCameras() });
  await waitFor(async () => (await waiting()).length === 0, {
    what: "the spool to be empty",
    timeoutMs: 60_000,
  });

  const whole = await verify();
  assert.deepEqual([whole.code, whole.changed, whole.removed, whole.unchecked], [0, [], [], []]);
  const kinds = new Set(whole.explained.map(({ what }: { what: string }) => what));
  assert.deepEqual([...kinds].sort(), ["chain", "lost"]);
  // One chain over four lives of the relay.
  assert.equal(whole.explained.filter(({ what }: { what: string }) => what === "chain").length, 1);
  assert.equal(whole.links.without, 0);
  assert.ok(whole.counts.objects >= 6 && whole.counts.runs >= 3, JSON.stringify(whole.counts));

  const objects = (await readdir(store, { recursive: true })).filter((name) => name.endsWith(".ts")).sort();
  const path = join(store, objects[1]!);
  const bytes = await readFile(path);
  bytes[5_000]! ^= 0x10;
  await writeFile(path, bytes);
  const changed = await verify();
  const [, runId, sequence] = /-([0-9a-z]{13})-(\d+)\.ts$/.exec(path)!;
  const [{ what, ...where }] = changed.changed;
  assert.deepEqual(
    [changed.code, changed.changed.length, what, where.runId, where.fromSequence],
    [1, 1, "object", runId, Number(sequence)],
  );
});

async function withoutCameras(): Promise<string> {
  const path = join(directory, "none.yaml");
  await writeFile(path, JSON.stringify({ cameras: [] }));
  return path;
}
