import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { NewEvent } from "@rokuga/media/events.ts";
import { migrate as runMigrations } from "drizzle-orm/node-postgres/migrator";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { appendEvents } from "./append.ts";
import { type Database, openDatabase } from "./connect.ts";
import { migrate } from "./migrate.ts";
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
  const { rows } = await database.pool.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  const tables = rows.map(({ tablename }) => `"${tablename}"`).join(", ");
  await database.pool.query(`DROP TABLE ${tables}; DROP SCHEMA drizzle CASCADE`);
  await runMigrations(database.db, { migrationsFolder: directory.path });
}

/** As the first version wrote them. */
const FIRST_VERSION = `
  INSERT INTO sites VALUES ('home', 'Home', ${START});
  INSERT INTO cameras VALUES
    ('a', 'home', 'Back', ${START + 1}, ${START}, false, ${START + 30_000}),
    ('b', 'home', 'Other', ${START}, ${START}, true, ${START + 5});
  INSERT INTO runs VALUES ('a', '${runAt(0)}', ${START}, ${START + 20_000}, 'failed');
  INSERT INTO coverage VALUES ('a', ${START}, ${START + 10_000});
  INSERT INTO gaps VALUES ('a', '${runAt(0)}', 1, ${START + 10_000}, ${START + 20_000}, 'corrupt', 'noise');
  INSERT INTO segments VALUES ('a', '${runAt(0)}', 0, 0, ${START}, ${START + 10_000}, 0, 900000, 1500,
    'sites/home/cameras/a/${runAt(0)}-0.ts', '${"0".repeat(64)}',
    '{"video": {"codec": "avc1.64001f", "width": 1280, "height": 720}, "audio": null}',
    '{1000,500}', '{450000,450000}', '{300,200}')`;

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
  await database.pool.query(FIRST_VERSION);
  for (const event of HISTORY) {
    const stream = "cameraId" in event.data ? `camera/${event.data.cameraId}` : `site/${event.data.siteId}`;
    await database.pool.query(
      "INSERT INTO events (event_id, stream, type, version, data, occurred_at) VALUES ($1, $2, $3, 1, $4, $5)",
      [event.eventId, stream, event.type, event.data, new Date(event.occurredAtMs)],
    );
  }
  await migrate(server.url);
  const migrated = await sorted();
  assert.equal(migrated.gaps?.length, 1);
  // And it goes on from there.
  assert.deepEqual(await appendEvents(database, HISTORY), []);
  await emptyTables(database);
  await appendEvents(database, HISTORY);
  assert.deepEqual(migrated, await sorted());
});

/** The order of columns differs between a table that was changed and one that was made anew: compared by name. */
async function sorted(): Promise<Record<string, unknown[]>> {
  const dump: Record<string, unknown[]> = {};
  for (const table of ["sites", "cameras", "runs", "segments", "coverage", "gaps"]) {
    dump[table] = (await database.pool.query(`SELECT * FROM ${table} ORDER BY 1, 2`)).rows;
  }
  return dump;
}

test("a first version without rows is brought up to date as well", async () => {
  await goBack(1);
  await migrate(server.url);
  assert.ok((await projections(database)).includes('"backlogs"'));
});
