import assert from "node:assert/strict";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { WORKERS } from "@rokuga/media/spool_layout.ts";
import { WorkerStatus, workerStatusPath } from "@rokuga/media/worker_status.ts";
import { silentLog } from "@rokuga/runtime/log.ts";
import { tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { newWorkerId, StatusFile } from "./status_file.ts";

const workerId = newWorkerId();

async function fixture() {
  const directory = await tempDirectory("status");
  const spool = join(directory.path, "spool");
  const works = { awaySinceMs: null, problem: null };
  const value: WorkerStatus = {
    ...{ version: 1, workerId, startedMs: 1, updatedMs: 1, store: works, log: works },
    stored: { segments: 0, bytes: 0 },
  };
  const onWrite: (() => void)[] = [];
  const status = () => {
    const now = { ...value, updatedMs: Date.now() };
    onWrite.shift()?.();
    return now;
  };
  const open = (periodMs = 60_000) => new StatusFile({ spool, workerId, status, log: silentLog, periodMs });
  const read = async () =>
    WorkerStatus.parse(JSON.parse(await readFile(workerStatusPath(spool, workerId), "utf8")));
  return { directory, spool, value, onWrite, open, read };
}

test("the status is written at start, at a change and every few seconds, and removed at the end", async () => {
  const { directory, spool, value, onWrite, open, read } = await fixture();
  await using _directory = directory;
  await mkdir(spool);
  const file = open();
  const first = await waitFor(read, { what: "the status" });
  assert.ok(Date.now() - first.updatedMs < 2_000);
  value.stored = { segments: 3, bytes: 300 };
  value.store = { awaySinceMs: 5, problem: "The store cannot be reached, or does not work right now" };
  // It changes once more while it is being written: what it says last is what is read.
  onWrite.push(() => {
    value.stored = { segments: 4, bytes: 400 };
    file.changed();
  });
  file.changed();
  await waitFor(async () => (await read()).stored.segments === 4, { what: "the change" });
  assert.equal((await read()).store.awaySinceMs, 5);
  await file[Symbol.asyncDispose]();
  assert.deepEqual(await readdir(join(spool, WORKERS)), []);

  await using _again = open(20);
  const { updatedMs } = await waitFor(read, { what: "the status" });
  await waitFor(async () => (await read()).updatedMs > updatedMs + 40, { what: "a later status" });
});

test("a spool that is missing is no reason to fail, and is not made", async () => {
  const { directory, spool, open, read } = await fixture();
  await using _directory = directory;
  {
    await using file = open();
    file.changed();
  }
  assert.deepEqual(await readdir(directory.path), []);
  await using _file = open(20);
  await mkdir(spool);
  await waitFor(read, { what: "the status once the spool is there" });
});

test("what workers left that were killed long ago is removed", async () => {
  const { directory, spool, open } = await fixture();
  await using _directory = directory;
  await mkdir(join(spool, WORKERS), { recursive: true });
  const [old, recent] = ["old-1.json", "recent-2.json"].map((name) => join(spool, WORKERS, name));
  for (const path of [old!, recent!]) await writeFile(path, "{}");
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  await utimes(old!, longAgo, longAgo);
  await using _file = open();
  const names = async () => (await readdir(join(spool, WORKERS))).sort().join();
  await waitFor(async () => (await names()) === [`${workerId}.json`, "recent-2.json"].sort().join(), {
    what: "only the recent ones",
  });
});
