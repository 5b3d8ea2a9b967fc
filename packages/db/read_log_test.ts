import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { appendEvents, batchText } from "./append.ts";
import { type Database, openDatabase } from "./connect.ts";
import { LOG_START, type LogCursor, readLog } from "./read_log.ts";
import { registered, relayHeard, renamed, START, siteNamed, stored } from "./test_events.ts";
import { emptyTables } from "./test_tables.ts";

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

const idsAfter = async (cursor: LogCursor, limit = 100) => {
  const page = await readLog(database.pool, { after: cursor, limit });
  return { ids: page.events.map(({ eventId }) => eventId), cursor: page.cursor, isFull: page.isFull };
};

test("the log is read page by page, as it was written", async () => {
  const events = [
    siteNamed("home", "Home", START),
    registered("a", "Front"),
    stored("a", "0mfkq3p2uaaaa", 0),
  ];
  for (const event of events) await appendEvents(database, [event]);
  const first = await readLog(database.pool, { after: LOG_START, limit: 2 });
  assert.ok(first.isFull && first.isCurrent);
  const second = await readLog(database.pool, { after: first.cursor, limit: 2 });
  assert.ok(!second.isFull);
  const read = [...first.events, ...second.events];
  assert.deepEqual(
    read.map(({ recordedAtMs, position, ...event }) => event),
    events,
  );
  for (const { recordedAtMs } of read) assert.ok(Math.abs(Date.now() - recordedAtMs) < 60_000);
  assert.deepEqual(await idsAfter(second.cursor), { ids: [], cursor: second.cursor, isFull: false });
});

test("a reader does not pass an event that is committed late", async () => {
  const late = await database.pool.connect();
  try {
    await late.query("BEGIN");
    // It has its position, and is not committed.
    await late.query("SELECT append_locked($1::jsonb, $2)", [
      batchText([renamed("a", "Late", START)]),
      ["camera/a"],
    ]);
    const early = relayHeard("home", START);
    await appendEvents(database, [early]);
    // The early one has the higher position: whoever went by that would never see the late one.
    const { rows } = await late.query("SELECT event_id FROM events ORDER BY position");
    assert.match(rows[0].event_id, /CameraRenamed/);
    const before = await idsAfter(LOG_START);
    assert.deepEqual(before.ids, []);
    await late.query("COMMIT");
    const after = await idsAfter(before.cursor);
    assert.deepEqual(new Set(after.ids), new Set([early.eventId, renamed("a", "Late", START).eventId]));
  } finally {
    late.release();
  }
});

test("writers by the dozen and a reader beside them: each event is read once", async () => {
  const seen: string[] = [];
  let cursor = LOG_START;
  let writing = true;
  const reader = (async () => {
    for (let last = false; ; last = !writing) {
      const page = await idsAfter(cursor, 7);
      seen.push(...page.ids);
      cursor = page.cursor;
      if (last && page.ids.length === 0) return;
    }
  })();
  const writer = async (camera: string) => {
    for (let sequence = 0; sequence < 20; sequence++) {
      await appendEvents(database, [stored(camera, "0mfkq3p2uaaaa", sequence)]);
    }
  };
  await Promise.all(["a", "b", "c", "d", "e", "f"].map(writer));
  writing = false;
  await reader;
  assert.equal(seen.length, 120);
  assert.equal(new Set(seen).size, 120);
});

test("an event that cannot be read is told by its position, and the others are read", async () => {
  await appendEvents(database, [registered("a", "Front")]);
  const insert = `INSERT INTO events (event_id, stream, type, version, data, occurred_at, recorded_at)
    VALUES ($1, 'camera/a', $2, $3, $4, now(), now()) RETURNING position::float8`;
  const bad: [string, string, number, object][] = [
    ["x1", "CameraFlew", 1, { cameraId: "a" }],
    ["x2", "CameraRenamed", 2, { cameraId: "a", name: "New" }],
    ["x3", "CameraRenamed", 1, { cameraId: "a", name: 7 }],
  ];
  const positions: number[] = [];
  for (const values of bad) positions.push((await database.pool.query(insert, values)).rows[0].position);
  await appendEvents(database, [renamed("a", "Back", START)]);
  const page = await readLog(database.pool, { after: LOG_START, limit: 100 });
  assert.deepEqual(
    page.events.map(({ type }) => type),
    ["CameraRegistered", "CameraRenamed"],
  );
  assert.deepEqual(
    page.unreadable.map(({ position }) => position),
    positions,
  );
  assert.match(page.unreadable[0]!.problem, /does not know the type 'CameraFlew'/);
  assert.match(page.unreadable[1]!.problem, /version 2 of CameraRenamed/);
  assert.match(page.unreadable[2]!.problem, /data\.name/);
  assert.equal(page.isCurrent, false);
});
