/** Retention on a real database and a store on a disk: what goes, what a crash leaves, and what comes too late. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { appendEvents } from "@rokuga/db/append.ts";
import { type Database, openDatabase } from "@rokuga/db/connect.ts";
import { rebuildProjections } from "@rokuga/db/projections.ts";
import { ALL_TIME } from "@rokuga/db/read_locks.ts";
import { readSegments } from "@rokuga/db/read_segments.ts";
import { readTimeline } from "@rokuga/db/read_timeline.ts";
import { takeRetentionTurn } from "@rokuga/db/retention_turn.ts";
import { expired, locked, registered, retentionSet, started, stored } from "@rokuga/db/test_events.ts";
import { appendAt } from "@rokuga/db/test_retention.ts";
import { emptyTables, projections } from "@rokuga/db/test_tables.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import { DAY_MS } from "@rokuga/media/retention.ts";
import { segmentPath } from "@rokuga/media/spool_layout.ts";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { type TempDirectory, tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { doJob } from "./do_job.ts";
import { keepRetention, Retention, type RetentionParts } from "./retention.ts";
import {
  exists,
  keyOf,
  media,
  openTestParts,
  type segmentJob,
  spooled,
  type TestParts,
} from "./test_parts.ts";

const never = new AbortController().signal;
const BODY = new Uint8Array(1_500).fill(7);
const SHA256 = createHash("sha256").update(BODY).digest("hex");

let server: PostgresServer;
let directory: TempDirectory;
let fixture: TestParts;
/** Of the role that owns the tables: it can empty the log. */
let owner: Database;
let parts: RetentionParts;

before(async () => {
  server = await startPostgresServer();
  owner = openDatabase(server.url);
  directory = await tempDirectory("retention");
  fixture = await openTestParts({ databaseUrl: server.appUrl, directory: directory.path });
  const { storage, breakers, log } = fixture.parts;
  parts = { database: fixture.database, storage, breakers, log };
});
after(async () => {
  for (const one of [fixture, owner, directory, server]) await one[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await emptyTables(owner);
  await fixture.database.pool.query("DELETE FROM cursors");
  await parts.storage.delete(await objects());
  fixture.logged.length = 0;
});

/** A run that began so many days ago. */
function runOf(daysAgo: number): { runId: string; startMs: number } {
  const startMs = Math.floor(Date.now() - daysAgo * DAY_MS);
  return { runId: `${startMs.toString(36).padStart(9, "0")}aaaa`, startMs };
}

/** Segments of 10 s that were stored then: their objects, and their events. */
async function store(cameraId: string, daysAgo: number, sequences: readonly number[]): Promise<string> {
  const { runId, startMs } = runOf(daysAgo);
  const events = sequences.map((sequence) => stored(cameraId, runId, sequence));
  for (const { type, data } of events) {
    assert.ok(type === "SegmentStored");
    const options = { contentType: "video/mp2t", sha256: SHA256 };
    await parts.storage.put(objectKey(data), BODY, options);
  }
  await appendAt(fixture.database, startMs, [
    registered(cameraId, cameraId),
    started(cameraId, runId),
    ...events,
  ]);
  return runId;
}
const limit = (cameraId: string, limits: { days?: number; bytes?: number }) =>
  appendEvents(fixture.database, [
    retentionSet(cameraId, Date.now(), { days: limits.days ?? null, bytes: limits.bytes ?? null }),
  ]);
/** The archive has all that is in the log. */
const archive = () =>
  fixture.database.pool.query(
    `INSERT INTO cursors (name, transaction_id, position)
     SELECT 'archive', transaction_id, position FROM events ORDER BY transaction_id DESC, position DESC LIMIT 1
     ON CONFLICT (name) DO UPDATE SET transaction_id = excluded.transaction_id, position = excluded.position`,
  );
const run = () => new Retention(parts).run(never);
async function objects(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of parts.storage.list("sites/")) keys.push(key);
  return keys;
}
async function playable(): Promise<string[]> {
  const { rows } = await fixture.database.pool.query("SELECT DISTINCT camera_id FROM segments");
  const read = rows.map(({ camera_id }) => readSegments(fixture.database, camera_id, ALL_TIME));
  return (await Promise.all(read)).flat().map(({ key }) => key);
}
/** What can be played is in the store, and nothing else is. */
async function assertConsistent(count: number): Promise<void> {
  const keys = (await playable()).sort();
  assert.equal(keys.length, count);
  assert.deepEqual((await objects()).sort(), keys);
}
const typesOf = async () => {
  const { rows } = await fixture.database.pool.query(
    "SELECT type, count(*)::int AS count FROM events WHERE type LIKE '%Expired%' GROUP BY type",
  );
  return Object.fromEntries(rows.map(({ type, count }) => [type, count]));
};
const said = (level: string) =>
  fixture.logged.filter((line) => line.level === level).map(({ message }) => message);

test("what is beyond a limit goes; its objects go when the archive knows, and the log says what went", async () => {
  await store("a", 5, [0, 1, 2]);
  await store("a", 1.5, [0, 1]);
  await store("b", 5, [0, 1, 2, 3]);
  await store("free", 400, [0]);
  await limit("a", { days: 2 });
  await limit("b", { bytes: 4_000 });
  const retention = new Retention(parts);
  await retention.run(never);
  assert.deepEqual(await typesOf(), { SegmentsExpired: 2 });
  assert.equal((await playable()).length, 5);
  assert.equal((await objects()).length, 10, "the archive does not know yet");
  const [a, b, waits] = fixture.logged;
  assert.deepEqual(
    [a?.message, a?.fields.camera, a?.fields.limit, a?.fields.segments, a?.fields.bytes],
    ["footage has expired", "a", "days", 3, 4_500],
  );
  assert.deepEqual([b?.fields.camera, b?.fields.limit, b?.fields.segments], ["b", "bytes", 2]);
  assert.match(waits?.message ?? "", /deleted once the log is archived/);
  await retention.run(never);
  assert.equal(fixture.logged.length, 3, "it is said once");

  await archive();
  await retention.run(never);
  await assertConsistent(5);
  assert.deepEqual(await typesOf(), { SegmentsExpired: 2, ExpiredObjectsDeleted: 2 });
  assert.deepEqual(
    fixture.logged
      .slice(3)
      .map(({ message, fields }) => [message, fields.objects])
      .sort(),
    [
      ["expired objects are deleted", 2],
      ["expired objects are deleted", 3],
    ],
  );
  const { startMs } = runOf(5);
  const range = { startMs: startMs - 1_000, endMs: startMs + 60_000 };
  const timeline = await readTimeline(fixture.database, {
    cameraId: "a",
    range,
    resolutionMs: 2_000,
    nowMs: Date.now(),
  });
  assert.deepEqual(timeline.coverage, []);
  assert.equal(timeline.gaps[0]?.cause, "expired");
  const rows = await projections(fixture.database);
  await rebuildProjections(server.url);
  assert.equal(await projections(fixture.database), rows);
  await retention.run(never);
  assert.equal(await projections(fixture.database), rows, "nothing more is due");
});

test("an archive that has not come far enough holds back only what it does not know", async () => {
  await store("a", 5, [0, 1]);
  await store("a", 1.5, [0]);
  await limit("a", { days: 4 });
  await run();
  await archive();
  await limit("a", { days: 1.2 });
  await run();
  assert.deepEqual(await typesOf(), { SegmentsExpired: 2, ExpiredObjectsDeleted: 1 });
  assert.equal((await objects()).length, 1);
  await archive();
  await run();
  await assertConsistent(0);
});

test("a lock keeps the object too, and one that is put after the footage went brings nothing back", async () => {
  await store("a", 5, [0, 1, 2]);
  await store("a", 1.5, [0]);
  const { startMs } = runOf(5);
  const lock = { startMs: startMs + 12_000, endMs: startMs + 13_000 };
  await appendEvents(fixture.database, [locked("a", "one", lock)]);
  await limit("a", { days: 2, bytes: 1_500 });
  await run();
  assert.match(said("warn")[0] ?? "", /^more of a camera stays than its limit/);
  await appendEvents(fixture.database, [locked("a", "two", { startMs, endMs: startMs + 30_000 })]);
  await archive();
  await run();
  await assertConsistent(2);
});

for (const when of ["before", "after"] as const) {
  test(`a worker that is killed ${when} the objects are deleted: the next one completes it`, async () => {
    await store("a", 5, [0, 1, 2]);
    await store("a", 1.5, [0]);
    await limit("a", { days: 2 });
    await run();
    await archive();
    const script = fileURLToPath(new URL("./test_killed_retention.ts", import.meta.url));
    const storeUrl = pathToFileURL(join(directory.path, "store")).href;
    const child = spawn(process.execPath, [script, server.appUrl, storeUrl, when], { stdio: "ignore" });
    assert.deepEqual(await once(child, "exit"), [null, "SIGKILL"]);
    assert.deepEqual(await typesOf(), { SegmentsExpired: 1 });
    assert.equal((await objects()).length, when === "before" ? 4 : 1);
    await waitFor(
      async () => {
        await run();
        return (await typesOf()).ExpiredObjectsDeleted;
      },
      { what: "the turn of the one that was killed to be over" },
    );
    assert.deepEqual(await typesOf(), { SegmentsExpired: 1, ExpiredObjectsDeleted: 1 });
    await assertConsistent(1);
  });
}

test("a store that refuses to delete is said, and tried again; an outage is waited for", async () => {
  await store("a", 5, [0, 1, 2]);
  await store("a", 1.5, [0]);
  await limit("a", { days: 2 });
  await run();
  await archive();
  const refused = new Error("Cannot delete: not allowed");
  const refusing = Object.assign(Object.create(parts.storage), {
    delete: async () => {
      throw refused;
    },
  });
  await using keeping = keepRetention({ ...parts, storage: refusing }, { firstMs: 1, periodMs: 20 });
  const tried = () => said("error").filter((message) => message.startsWith("retention could not be done"));
  await waitFor(() => tried().length >= 2, { what: "a second attempt" });
  await keeping[Symbol.asyncDispose]();
  assert.equal((await objects()).length, 4);

  await fixture.unmount();
  const running = run();
  await waitFor(() => parts.breakers.store.status.awaySinceMs, { what: "the outage to be noticed" });
  await fixture.mount();
  await running;
  await assertConsistent(1);
});

test("an outage of the database is waited for", async () => {
  await store("a", 5, [0, 1, 2]);
  await store("a", 1.5, [0]);
  await limit("a", { days: 2 });
  await server.stop();
  const running = run();
  await waitFor(() => parts.breakers.log.status.awaySinceMs, { what: "the outage to be noticed" });
  await server.start();
  await running;
  await archive();
  await run();
  await assertConsistent(1);
});

test("one worker at a time is about it; two that are do no harm", async () => {
  await store(
    "a",
    5,
    Array.from({ length: 40 }, (_, index) => index * 2),
  );
  await store("a", 1.5, [0]);
  await limit("a", { days: 2 });
  {
    await using turn = await takeRetentionTurn(fixture.database);
    assert.ok(turn);
    assert.equal(await takeRetentionTurn(fixture.database), undefined);
    await run();
    assert.deepEqual(await typesOf(), {}, "it is another one's turn");
  }
  await using other = openDatabase(server.url);
  // Their connections are cut while both are at work: neither has the turn any more.
  await using keeping = new AsyncDisposableStack();
  for (const database of [fixture.database, other])
    keeping.use(keepRetention({ ...parts, database }, { firstMs: 1, periodMs: 5 }));
  const cut = () =>
    fixture.database.pool
      .query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks
         WHERE locktype = 'advisory' AND objid = x'726f7265'::bigint::oid AND pid <> pg_backend_pid()`,
      )
      .catch(() => undefined);
  for (let times = 0; times < 20; times++) {
    await cut();
    await archive().catch(() => undefined);
  }
  await waitFor(async () => (await objects()).length === 1, { what: "all to be deleted" });
  const isDone = async () => {
    const types = await typesOf();
    return types.ExpiredObjectsDeleted === types.SegmentsExpired;
  };
  await waitFor(isDone, { what: "all to be told" });
  await keeping.disposeAsync();
  await assertConsistent(1);
});

test("ages do not count by a clock that nothing vouches for, until it was watched for a day", async () => {
  await store("a", 5, [0, 1, 2]);
  await limit("a", { days: 2 });
  let monotonicMs = 0;
  const steady = { look: () => monotonicMs >= DAY_MS };
  const retention = new Retention(parts, steady);
  await retention.run(never);
  assert.deepEqual(await typesOf(), {});
  assert.match(said("warn")[0] ?? "", /^no footage expires by its age for a day/);
  monotonicMs = DAY_MS;
  await retention.run(never);
  assert.deepEqual(await typesOf(), { SegmentsExpired: 1 });
});

test("an event that cannot be read keeps its own objects, and no others", async () => {
  const runId = await store("a", 5, [0]);
  await store("b", 5, [0]);
  await store("b", 1.5, [0]);
  await limit("a", { days: 2 });
  await limit("b", { days: 2 });
  await run();
  await archive();
  // As a newer version of the program would have written it.
  await owner.pool.query(
    `BEGIN; ALTER TABLE events DISABLE TRIGGER events_are_kept;
     UPDATE events SET version = 99 WHERE event_id = 'a/${runId}/0/SegmentStored';
     ALTER TABLE events ENABLE TRIGGER events_are_kept; COMMIT`,
  );
  await run();
  assert.match(said("error")[0] ?? "", /^objects cannot be deleted/);
  assert.deepEqual(await typesOf(), { SegmentsExpired: 2, ExpiredObjectsDeleted: 1 });
  assert.deepEqual(
    (await objects()).map((key) => key.split("/")[3]),
    ["a", "b"],
  );
});

test("a segment that is stored again after it went leaves no object: its worker takes it back", async () => {
  const runId = "0mk3x0abcd900";
  const { parts: jobs } = fixture;
  const doAgain = async (job: ReturnType<typeof segmentJob>) => {
    await writeFile(segmentPath(jobs.spool, job.segment), media);
    await doJob(jobs, job, { lane: "backlog", signal: never });
    assert.equal(await exists(segmentPath(jobs.spool, job.segment)), false);
  };
  const [old, newest] = [
    await spooled(jobs.spool, { cameraId: "a", runId, sequence: 0 }),
    await spooled(jobs.spool, { cameraId: "a", runId, sequence: 1 }),
  ];
  await doAgain(old);
  await doAgain(newest);
  await limit("a", { bytes: 1 });
  await run();
  assert.deepEqual(await typesOf(), { SegmentsExpired: 1 });
  // It died before the file was deleted, and comes back before the archive knows: who deletes finds the object.
  await doAgain(old);
  assert.deepEqual(await objects(), [keyOf(old), keyOf(newest)]);
  await archive();
  await run();
  await assertConsistent(1);
  // And after it is all over.
  await doAgain(old);
  await assertConsistent(1);
  assert.deepEqual(await typesOf(), { SegmentsExpired: 1, ExpiredObjectsDeleted: 1 });
  assert.ok(said("info").includes("a segment that was stored had expired; its object is deleted"));
});

test("a segment that arrives for the first time after it was said to be gone is not played, and not kept", async () => {
  const runId = "0mk3x0abcd901";
  const { parts: jobs } = fixture;
  const ids = [0, 1].map((sequence) => ({ cameraId: "a", runId, sequence }));
  const gone: NewEvent = expired("a", [{ runId, fromSequence: 0, toSequence: 1 }]);
  await appendEvents(fixture.database, [registered("a", "a"), gone]);
  const [early, late] = await Promise.all(ids.map((id) => spooled(jobs.spool, id)));
  await doJob(jobs, early!, { lane: "backlog", signal: never });
  assert.deepEqual(await playable(), []);
  assert.deepEqual(await objects(), [keyOf(early!)]);
  await archive();
  await run();
  assert.deepEqual(await objects(), []);
  await doJob(jobs, late!, { lane: "backlog", signal: never });
  await assertConsistent(0);
});
