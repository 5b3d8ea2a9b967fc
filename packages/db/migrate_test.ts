import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { NewEvent } from "@rokuga/media/events.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import { migrate as runMigrations } from "drizzle-orm/node-postgres/migrator";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { appendEvents } from "./append.ts";
import { type Database, openDatabase } from "./connect.ts";
import { migrate } from "./migrate.ts";
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
  await database.pool.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA drizzle CASCADE");
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
    const stream = "cameraId" in event.data ? `camera/${event.data.cameraId}` : `site/${event.data.siteId}`;
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
