import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type NewEvent, streamOf } from "@rokuga/media/events.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import { migrate as runMigrations } from "drizzle-orm/node-postgres/migrator";
import { noPlainPostgres, restoreDump, startPlainPostgres } from "../../test/fixtures/plain_postgres.ts";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { MIGRATION_LOCK, REBUILD_LOCK } from "./advisory_lock.ts";
import { appendEvents } from "./append.ts";
import { appliedMigrations, checkSchema, NewerSchemaError, SchemaError } from "./check_schema.ts";
import { type Database, openDatabase } from "./connect.ts";
import { migrate } from "./migrate.ts";
import { LOG_START, readLog } from "./read_log.ts";
import { readSegments } from "./read_segments.ts";
import {
  ended,
  lost,
  registered,
  renamed,
  retired,
  runAt,
  START,
  siteNamed,
  started,
  stored,
} from "./test_events.ts";
import { emptyTables, projections } from "./test_tables.ts";

const FOLDER = fileURLToPath(new URL("./migrations", import.meta.url));

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

/** Makes the database one that was migrated by the first `count` migrations only. */
async function goBack(count: number): Promise<void> {
  await using directory = await tempDirectory("migrations");
  const journal = JSON.parse(await readFile(join(FOLDER, "meta/_journal.json"), "utf8"));
  const entries = journal.entries.slice(0, count);
  await mkdir(join(directory.path, "meta"));
  await writeFile(join(directory.path, "meta/_journal.json"), JSON.stringify({ ...journal, entries }));
  for (const { tag } of entries) await cp(join(FOLDER, `${tag}.sql`), join(directory.path, `${tag}.sql`));
  await database.pool.query(
    "DROP SCHEMA IF EXISTS people CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA drizzle CASCADE",
  );
  await runMigrations(database.db, { migrationsFolder: directory.path });
}

/** As the first version wrote it: `stored("a", runAt(0), 0)`. */
const STORED_V1 = {
  cameraId: "a",
  runId: runAt(0),
  sequence: 0,
  firstFragment: 0,
  startMs: START,
  wallDurationMs: 10_000,
  bytes: 1_500,
  startTicks: 0,
  mediaDurationTicks: 900_000,
  tracks: { video: { codec: "avc1.64001f", width: 1280, height: 720 }, audio: null },
  fragments: [
    { bytes: 1_000, durationTicks: 450_000, keyframeBytes: 300 },
    { bytes: 500, durationTicks: 450_000, keyframeBytes: 200 },
  ],
  key: objectKey({ ...segmentAt(0), siteId: "home" }),
  sha256: "0".repeat(64),
};

function segmentAt(sequence: number) {
  const startMs = START + sequence * 10_000;
  return { cameraId: "a", runId: runAt(0), sequence, startMs, wallDurationMs: 10_000 };
}

const HISTORY: NewEvent[] = [
  siteNamed("home", "Home", START),
  registered("a", "Front"),
  renamed("a", "Back", START + 1),
  registered("b", "Other"),
  retired("b", START + 5),
  started("a", runAt(0)),
  stored("a", runAt(0), 0),
  lost("a", runAt(0), 1),
  ended("a", runAt(0), { endMs: START + 20_000, reason: "failed" }),
];

test("a database of the first version keeps its rows, and they are what its events would make of them now", async () => {
  await goBack(1);
  for (const event of HISTORY) {
    const stream = streamOf(event);
    await database.pool.query(
      "INSERT INTO events (event_id, stream, type, version, data, occurred_at) VALUES ($1, $2, $3, 1, $4, $5)",
      [
        event.eventId,
        stream,
        event.type,
        event.type === "SegmentStored" ? STORED_V1 : event.data,
        new Date(event.occurredAtMs),
      ],
    );
  }
  await migrate(server.url);
  const migrated = await projections(database);
  assert.equal(
    (await readSegments(database, "a", { startMs: START, endMs: START + 1 }))[0]?.key,
    STORED_V1.key,
  );
  // And it goes on from there.
  assert.deepEqual(await appendEvents(database, HISTORY), []);
  await emptyTables(database);
  await appendEvents(database, HISTORY);
  assert.equal(migrated, await projections(database));
});

test("a first version without rows is brought up to date as well", async () => {
  await goBack(1);
  await migrate(server.url);
  assert.deepEqual(await appendEvents(database, [HISTORY[0]!]), [HISTORY[0]!.eventId]);
});

test("programs that start together migrate an empty database once", async () => {
  await goBack(0);
  const all = await Promise.all([1, 2, 3, 4].map(() => migrate(server.url, { appRole: "rokuga_app" })));
  assert.equal(all.filter(({ applied }) => applied.length > 0).length, 1);
  const { rows } = await database.pool.query(
    "SELECT count(*)::int AS count FROM drizzle.__drizzle_migrations",
  );
  assert.equal(rows[0].count, all.flatMap(({ applied }) => applied).length);
});

test("whoever waits for another's migration is told, and can be interrupted", async () => {
  const other = await database.pool.connect();
  await other.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
  const stop = new AbortController();
  const waits = Promise.withResolvers<void>();
  const migrating = migrate(server.url, { signal: stop.signal, onWait: () => waits.resolve() });
  await waits.promise;
  stop.abort(new Error("interrupted"));
  await assert.rejects(migrating, /^Error: interrupted$/);
  await other.query("SELECT pg_advisory_unlock($1)", [MIGRATION_LOCK]);
  other.release();
});

test("tables that change are not being copied meanwhile", async () => {
  await goBack(1);
  const other = await database.pool.connect();
  await other.query("SELECT pg_advisory_lock($1)", [REBUILD_LOCK]);
  const waits = Promise.withResolvers<void>();
  const migrating = migrate(server.url, { onWait: () => waits.resolve() });
  await waits.promise;
  assert.equal((await appliedMigrations(database.pool)).size, 1);
  await other.query("SELECT pg_advisory_unlock($1)", [REBUILD_LOCK]);
  other.release();
  assert.ok((await migrating).applied.length > 1);
});

/** What the log looks like after `pg_restore` on a younger server: its transactions are yet to come here. */
async function fromAnotherServer(): Promise<void> {
  await database.pool.query(
    `BEGIN; ALTER TABLE events DISABLE TRIGGER events_are_kept;
     UPDATE events SET transaction_id = (1000000000 - position)::text::xid8;
     ALTER TABLE events ENABLE TRIGGER events_are_kept;
     INSERT INTO cursors VALUES ('archive', '999999999', 1); COMMIT`,
  );
}

test("a log that comes from another server is put in order, and its followers begin again", async () => {
  await migrate(server.url);
  await emptyTables(database);
  await appendEvents(database, HISTORY);
  await fromAnotherServer();
  const read = async () => (await readLog(database.pool, { after: LOG_START, limit: 100 })).events;
  assert.deepEqual(await read(), [], "this is what it is about");
  assert.equal((await migrate(server.url)).mended, true);
  const later = stored("a", runAt(0), 5);
  await appendEvents(database, [later]);
  const events = await read();
  assert.deepEqual(
    events.map(({ eventId }) => eventId),
    [...HISTORY, later].map(({ eventId }) => eventId),
  );
  assert.deepEqual((await database.pool.query("SELECT * FROM cursors")).rows, []);
  assert.equal((await migrate(server.url)).mended, false);
  await assert.rejects(database.pool.query("DELETE FROM events"), /The event log is only ever added to/);
  const { rows } = await database.pool.query(
    "SELECT max(transaction_id::text::bigint)::int AS newest FROM events",
  );
  assert.ok(rows[0].newest > 3, "what is appended has its own transaction's id");
});

test("a dump of PostgreSQL 15 goes on here", { skip: noPlainPostgres }, async () => {
  await using older = await startPlainPostgres();
  await migrate(older.url, { appRole: "rokuga_app" });
  await using source = openDatabase(older.url);
  // A server on which much has happened: each of these is a transaction.
  await source.pool.query(
    "DO $$ BEGIN FOR i IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$",
  );
  await appendEvents(source, HISTORY);
  await database.pool.query("DROP SCHEMA public, drizzle, people CASCADE; CREATE SCHEMA public");
  restoreDump(server.url, older.dump());
  assert.equal((await readLog(database.pool, { after: LOG_START, limit: 100 })).events.length, 0);
  await assert.rejects(checkSchema(database.pool), /comes from another server.*Run: npx pnpm db:migrate$/);
  const { mended, applied } = await migrate(server.url, { appRole: "rokuga_app" });
  assert.deepEqual([mended, applied], [true, []]);
  await checkSchema(database.pool);
  assert.equal(
    (await readLog(database.pool, { after: LOG_START, limit: 100 })).events.length,
    HISTORY.length,
  );
  assert.equal(await projections(database), await projections(source));
  assert.deepEqual(await appendEvents(database, [...HISTORY, stored("a", runAt(0), 3)]), [
    stored("a", runAt(0), 3).eventId,
  ]);
});

test("a schema that is not this program's is told in a sentence that says what to do", async () => {
  const told = async () => {
    const error = await checkSchema(database.pool).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return error === undefined ? "right" : error instanceof SchemaError ? error.message : `${error}`;
  };
  await goBack(0);
  assert.equal(await told(), "This database has no tables of Rokuga yet. Run: npx pnpm db:migrate");
  await goBack(1);
  assert.match(await told(), /^This database has the schema of an older version of Rokuga\. Run: /);
  await migrate(server.url);
  assert.equal(await told(), "right");
  await database.pool.query("DELETE FROM projection_state");
  assert.match(await told(), /have to be built anew\. Run: npx pnpm db:migrate$/);
  await database.pool.query("INSERT INTO projection_state VALUES (1000)");
  assert.match(
    await told(),
    /^This database was migrated by a newer version of Rokuga\. Update this program/,
  );
  await assert.rejects(migrate(server.url), NewerSchemaError);
  await database.pool.query("DELETE FROM projection_state");
  assert.ok((await migrate(server.url)).rebuilt, "they are built anew");
  assert.equal(await told(), "right");
  // In between those that are known, and so not newer than the last of them.
  await database.pool.query(
    "INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('x', 1795404091438)",
  );
  assert.match(await told(), /^This database was migrated by a newer version of Rokuga/);
  await database.pool.query("DELETE FROM drizzle.__drizzle_migrations WHERE hash = 'x'");
});
