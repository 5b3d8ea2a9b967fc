/** The retention command as a process of its own, on a real database. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Database, openDatabase } from "@rokuga/db/connect.ts";
import { registered, retentionSet, stored } from "@rokuga/db/test_events.ts";
import { appendAt } from "@rokuga/db/test_retention.ts";
import { projections } from "@rokuga/db/test_tables.ts";
import { DAY_MS } from "@rokuga/media/retention.ts";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";

const SCRIPT = fileURLToPath(new URL("./retention_command.ts", import.meta.url));

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

type Outcome = { code: unknown; stdout: string; stderr: string };

const command = (args: string[], databaseUrl = server.appUrl): Promise<Outcome> =>
  new Promise((resolve) => {
    const env = { ...process.env, DATABASE_URL: databaseUrl };
    execFile(process.execPath, [SCRIPT, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });

test("it says what would go, for people and for programs, and changes nothing", async () => {
  const empty = await command([]);
  assert.deepEqual([empty.code, empty.stderr], [0, ""]);
  assert.match(empty.stdout, /There is no camera yet/);
  for (const [cameraId, daysAgo] of [
    ["a", 5],
    ["a", 1.5],
    ["b", 5],
  ] as const) {
    const startMs = Math.floor(Date.now() - daysAgo * DAY_MS);
    const runId = `${startMs.toString(36).padStart(9, "0")}aaaa`;
    await appendAt(database, startMs, [
      registered(cameraId, cameraId),
      ...[0, 1].map((sequence) => stored(cameraId, runId, sequence)),
    ]);
  }
  await appendAt(database, Date.now(), [retentionSet("a", Date.now(), { days: 2, bytes: null })]);
  const rows = await projections(database);
  const { rows: events } = await database.pool.query("SELECT count(*) FROM events");

  const table = await command([]);
  assert.equal(table.code, 0);
  assert.match(table.stdout, /^a: 2 segments \(3\.0 KB\) would go: older than 2 days\.$/m);
  assert.match(table.stdout, /^b +for ever +2 /m);
  const json = await command(["--", "--json", "--camera", "a"]);
  const { cameras, isTrusted, hasArchive } = JSON.parse(json.stdout);
  assert.deepEqual([isTrusted, hasArchive, cameras.length], [true, false, 1]);
  assert.deepEqual(cameras[0].due.days, { segments: 2, bytes: 3_000 });

  assert.equal(await projections(database), rows);
  assert.deepEqual((await database.pool.query("SELECT count(*) FROM events")).rows, events);
});

test("what cannot be done is said in a sentence, without a password, and ends with 2", async () => {
  const unknown = await command(["--camera", "nobody"]);
  assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
  assert.equal(unknown.stderr, "There is no camera 'nobody'. Without --camera all are shown.\n");
  const usage = await command(["--delete"]);
  assert.equal(usage.code, 2);
  assert.match(usage.stderr, /'--delete'.*Usage: npx pnpm retention/s);
  const setting = await command([], "mysql://h");
  assert.equal(setting.code, 2);
  assert.match(setting.stderr, /DATABASE_URL: must begin with postgres:\/\//);
  const away = await command([], "postgres://user:secret@127.0.0.1:1/rokuga");
  assert.equal(away.code, 2);
  assert.match(
    away.stderr,
    /^Cannot read the event log: connect ECONNREFUSED 127\.0\.0\.1:1\. Check DATABASE_URL/,
  );
  assert.doesNotMatch(away.stderr, /secret/);
});
