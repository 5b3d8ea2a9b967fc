import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { appendEvents } from "./append.ts";
import { type Database, openDatabase } from "./connect.ts";
import { PROJECTION_VERSION, rebuildProjections } from "./projections.ts";
import type { UnreadableEvent } from "./read_log.ts";
import { readSegments } from "./read_segments.ts";
import { corrected, registered, runAt, START, started, stored } from "./test_events.ts";
import { emptyTables, projections } from "./test_tables.ts";

let server: PostgresServer;
let database: Database;

before(async () => {
  server = await startPostgresServer();
  database = openDatabase(server.url);
});
after(async () => {
  await database[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => emptyTables(database));

const run = runAt(0);
const segments = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => stored("a", run, from + index));
const hour = { startMs: START, endMs: START + 3_600_000 };
const schemas = async () =>
  (await database.pool.query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rokuga%'")).rows;

test("a rebuild beside writers and readers gives what appends alone would give", async () => {
  await appendEvents(database, [registered("a", "Front"), started("a", run), ...segments(0, 100)]);
  let written = 100;
  let stop = false;
  const until = async (work: () => Promise<void>) => {
    try {
      while (!stop) await work();
    } finally {
      stop = true;
    }
  };
  const writer = until(async () => {
    await appendEvents(database, segments(written, written + 3));
    written += 3;
    if (written === 130)
      await appendEvents(database, [corrected("a", run, { seenMs: START + 1, byMs: 5_000 })]);
  });
  let most = 0;
  const reader = until(async () => {
    const { length } = await readSegments(database, "a", hour);
    // What could be played can be played all the time.
    assert.ok(length >= most, `${most} segments had been there, now ${length}`);
    most = length;
  });
  try {
    for (let round = 0; round < 3; round++) await rebuildProjections(server.url);
  } finally {
    stop = true;
    await Promise.all([writer, reader]);
  }
  const live = await projections(database);
  assert.ok(written > 130, `only ${written} were written meanwhile`);
  await rebuildProjections(server.url);
  assert.equal(await projections(database), live);
  await emptyTables(database, { log: false });
  await rebuildProjections(server.url);
  assert.equal(await projections(database), live);
  assert.deepEqual(await schemas(), []);
});

test("the new tables have the indexes and constraints of the old ones, under their names", async () => {
  const shape = async () => {
    const { rows } = await database.pool.query(
      `SELECT indexdef AS text FROM pg_indexes WHERE schemaname = 'public'
       UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
         FROM pg_constraint WHERE connamespace = 'public'::regnamespace
       UNION ALL SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
         FROM information_schema.columns WHERE table_schema = 'public'
       ORDER BY 1`,
    );
    return rows.map(({ text }) => text);
  };
  const before = await shape();
  await rebuildProjections(server.url);
  assert.deepEqual(await shape(), before);
});

test("a rebuild that is interrupted leaves what was there, and the next one is not hindered by it", async () => {
  await appendEvents(database, [registered("a", "Front"), ...segments(0, 50)]);
  const before = await projections(database);
  const interruption = new AbortController();
  await assert.rejects(
    rebuildProjections(server.url, {
      signal: interruption.signal,
      onProgress: () => interruption.abort(new Error("enough")),
    }),
    /enough/,
  );
  assert.equal(await projections(database), before);
  assert.deepEqual(await rebuildProjections(server.url), { events: 51, unreadable: 0 });
  assert.equal(await projections(database), before);
});

test("one rebuild at a time", async () => {
  await appendEvents(database, segments(0, 50));
  const outcomes = await Promise.allSettled([rebuildProjections(server.url), rebuildProjections(server.url)]);
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
});

test("what cannot be read is told, and all else is built", async () => {
  await appendEvents(database, segments(0, 10));
  await database.pool.query(
    `INSERT INTO events (event_id, stream, type, version, data, occurred_at, recorded_at)
     VALUES ('bad', 'camera/a', 'SegmentStored', 2, '{"cameraId": "a"}', now(), now())`,
  );
  await appendEvents(database, segments(10, 20));
  const told: UnreadableEvent[] = [];
  const result = await rebuildProjections(server.url, { onUnreadable: (event) => told.push(event) });
  assert.deepEqual(result, { events: 20, unreadable: 1 });
  assert.deepEqual(
    told.map(({ eventId }) => eventId),
    ["bad"],
  );
  assert.equal((await readSegments(database, "a", hour)).length, 20);
});

test("a reader that holds a table for long delays the swap, and does not fail it", async () => {
  await appendEvents(database, segments(0, 10));
  const slow = await database.pool.connect();
  await slow.query("BEGIN; SELECT count(*) FROM segments");
  const rebuilt = rebuildProjections(server.url);
  await appendEvents(database, segments(10, 20));
  setTimeout(() => void slow.query("COMMIT"), 4_500).unref();
  assert.equal((await rebuilt).events, 20);
  slow.release();
  const { rows } = await database.pool.query("SELECT version FROM projection_state");
  assert.deepEqual(rows, [{ version: PROJECTION_VERSION }]);
});
