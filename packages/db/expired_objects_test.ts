import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { objectKey } from "@rokuga/media/object_key.ts";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { appendEvents } from "./append.ts";
import { type Database, openDatabase } from "./connect.ts";
import { hasArchive, readExpiredObjects, readPendingExpiries, readStoredInVain } from "./expired_objects.ts";
import { expired, objectsDeleted, runAt, stored } from "./test_events.ts";
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
beforeEach(async () => {
  await emptyTables(database);
  await database.pool.query("DELETE FROM cursors");
});

const run = runAt(0);
const expiryOf = (fromSequence: number, toSequence = fromSequence, runId = run) =>
  expired("a", [{ runId, fromSequence, toSequence }]);
/** The archive has come to an event, and no further. */
const archiveUntil = (eventId: string) =>
  database.pool.query(
    `INSERT INTO cursors SELECT 'archive', transaction_id, position FROM events WHERE event_id = $1
     ON CONFLICT (name) DO UPDATE SET transaction_id = excluded.transaction_id, position = excluded.position`,
    [eventId],
  );
const pending = async (limit = 100) => {
  const found: [string, boolean][] = [];
  for (let after: string | undefined = ""; after !== undefined; ) {
    const page = await readPendingExpiries(database, { after, limit });
    found.push(...page.expiries.map(({ eventId, isArchived }): [string, boolean] => [eventId, isArchived]));
    after = page.next;
  }
  return found;
};

test("what has expired is to be deleted until it is, and may be once the archive has come past it", async () => {
  const [first, second, third] = [expiryOf(0), expiryOf(1), expiryOf(2)];
  for (const event of [first, second, third]) await appendEvents(database, [event]);
  await appendEvents(database, [objectsDeleted("a", second.eventId)]);
  assert.equal(await hasArchive(database), false);
  const none = [first, third].map(({ eventId }) => [eventId, false]);
  assert.deepEqual(await pending(), none);
  assert.deepEqual(await pending(1), none);
  await archiveUntil(first.eventId);
  assert.equal(await hasArchive(database), true);
  assert.deepEqual(await pending(), [
    [first.eventId, true],
    [third.eventId, false],
  ]);
});

test("objects are found by what was stored, also by earlier versions and under other keys", async () => {
  const usual = stored("a", run, 0);
  assert.ok(usual.type === "SegmentStored");
  await appendEvents(database, [usual]);
  // As version 1 of the program has written it, under a key of its own.
  const { siteId: _, previous: __, ...rest } = usual.data;
  const old = {
    ...rest,
    sequence: 1,
    key: "elsewhere/1.ts",
    tracks: { video: { codec: "avc1.64001f", width: 1280, height: 720 }, audio: null },
    fragments: [{ bytes: 1_500, durationTicks: 900_000, keyframeBytes: 300 }],
  };
  await database.pool.query(
    `INSERT INTO events (event_id, stream, type, version, data, occurred_at, recorded_at)
     VALUES ($1, 'camera/a', 'SegmentStored', 1, $2, now(), now())`,
    [`a/${run}/1/SegmentStored`, JSON.stringify(old)],
  );
  const event = expiryOf(0, 2);
  assert.ok(event.type === "SegmentsExpired");
  const { keys, bytes, unreadable } = await readExpiredObjects(database, event);
  assert.deepEqual(keys.sort(), ["elsewhere/1.ts", objectKey(usual.data)]);
  assert.deepEqual([bytes, unreadable], [3_000, []]);
});

test("a segment was stored in vain if it had expired, as far as the archive knows", async () => {
  const other = runAt(1);
  const gone = expiryOf(3, 5);
  const later = expiryOf(7, 7);
  await appendEvents(database, [gone]);
  await appendEvents(database, [later]);
  const ids = [2, 3, 5, 6, 7].map((sequence) => ({ cameraId: "a", runId: run, sequence }));
  const strangers = [
    { cameraId: "a", runId: other, sequence: 3 },
    { cameraId: "b", runId: run, sequence: 3 },
  ];
  const inVain = async () =>
    (await readStoredInVain(database, [...ids, ...strangers])).map(({ sequence }) => sequence);
  assert.deepEqual(await inVain(), []);
  await archiveUntil(gone.eventId);
  assert.deepEqual(await inVain(), [3, 5]);
  await archiveUntil(later.eventId);
  assert.deepEqual(await inVain(), [3, 5, 7]);
  assert.deepEqual(await readStoredInVain(database, []), []);
});
