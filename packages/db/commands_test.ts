/** `db:migrate` and `db:rebuild` as the processes that they are. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { REBUILD_LOCK } from "./advisory_lock.ts";
import { appendEvents } from "./append.ts";
import { type Database, openDatabase } from "./connect.ts";
import { duration, progressText, summary } from "./rebuild_progress.ts";
import { registered, runAt, stored } from "./test_events.ts";
import { emptyTables, projections } from "./test_tables.ts";

const SEGMENTS = 20_000;

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

type Command = { child: ChildProcess; ended: Promise<{ code: number; output: string; errors: string }> };

function start(name: "migrate" | "rebuild", environment: Record<string, string> = {}): Command {
  const program = fileURLToPath(new URL(`${name}_command.ts`, import.meta.url));
  const env = { PATH: process.env.PATH, DATABASE_URL: server.url, ...environment };
  const child = spawn(process.execPath, [program], { env, stdio: ["ignore", "pipe", "pipe"] });
  const said = { output: "", errors: "" };
  child.stdout.on("data", (text) => (said.output += text));
  child.stderr.on("data", (text) => (said.errors += text));
  return { child, ended: once(child, "close").then(([code]) => ({ code, ...said })) };
}

async function unreadable(): Promise<number> {
  const { rows } = await database.pool.query(
    `INSERT INTO events (event_id, stream, type, version, data, occurred_at, recorded_at)
     VALUES ('odd', 'camera/a', 'CameraAte', 1, '{}', now(), now()) RETURNING position`,
  );
  return Number(rows[0].position);
}

test("a rebuild says what it took, and what could not be read", async () => {
  await emptyTables(database);
  await appendEvents(database, [registered("a", "Front"), stored("a", runAt(0), 0)]);
  const position = await unreadable();
  const before = await projections(database);
  await database.pool.query("DELETE FROM segments");
  const { code, output, errors } = await start("rebuild").ended;
  assert.equal(code, 0, errors);
  assert.match(
    output,
    /^Built the tables anew from 2 events in \d+ s\. 1 more cannot be read: they stay in the log/,
  );
  assert.match(errors, new RegExp(`^Event ${position} \\(odd\\) cannot be read: .*\n$`));
  assert.equal(await projections(database), before);
});

test("a rebuild that is interrupted leaves the tables as they were, and nothing of its own", async () => {
  await emptyTables(database);
  for (let first = 0; first < SEGMENTS; first += 2_000) {
    const batch = Array.from({ length: 2_000 }, (_, index) => stored("a", runAt(0), first + index));
    await appendEvents(database, batch);
  }
  await database.pool.query("UPDATE cameras SET name = 'as it was'");
  const tables = async () => {
    const { rows } = await database.pool.query("SELECT 'cameras'::regclass::oid AS oid, name FROM cameras");
    return rows;
  };
  const before = await tables();
  const { child, ended } = start("rebuild");
  const unfinished = async () =>
    (await database.pool.query("SELECT to_regnamespace('rokuga_rebuild') IS NOT NULL AS found")).rows[0]
      .found;
  await waitFor(unfinished, { what: "the tables that are being filled", intervalMs: 2 });
  child.kill("SIGINT");
  const { code, output, errors } = await ended;
  assert.deepEqual([code, output, errors], [130, "", "Interrupted.\n"]);
  assert.equal(await unfinished(), false);
  assert.deepEqual(await tables(), before);
  const again = await start("rebuild").ended;
  assert.match(again.output, /^Built the tables anew from 20,000 events in \d+ s\.\n$/);
  assert.notDeepEqual(await tables(), before);
});

test("a rebuild is refused while another one runs, and of a schema that is not ours", async () => {
  const other = await database.pool.connect();
  await other.query("SELECT pg_advisory_lock($1)", [REBUILD_LOCK]);
  const { code, errors } = await start("rebuild").ended;
  assert.deepEqual([code, errors], [2, "The projections are being rebuilt already: wait for that to end\n"]);
  await other.query("SELECT pg_advisory_unlock($1)", [REBUILD_LOCK]);
  other.release();
  const newer = "INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('newer', 9999999999999)";
  await database.pool.query(newer);
  for (const name of ["rebuild", "migrate"] as const) {
    const refused = await start(name).ended;
    assert.equal(refused.code, 2);
    assert.match(
      refused.errors,
      /^This database was migrated by a newer version of Rokuga\. Update this program.*\n$/,
    );
  }
  await database.pool.query("DELETE FROM drizzle.__drizzle_migrations WHERE hash = 'newer'");
});

test("a migration says what it did", async () => {
  const again = await start("migrate", { DATABASE_APP_ROLE: "rokuga_app" }).ended;
  assert.equal(again.code, 0, again.errors);
  assert.match(
    again.output,
    /^PostgreSQL 18\.\d+\nThe schema is up to date\.\nrokuga_app may read.*, and cannot change an event\.\n$/,
  );
  await database.pool.query("DROP SCHEMA public, drizzle, people CASCADE; CREATE SCHEMA public");
  const first = await start("migrate").ended;
  assert.equal(first.code, 0, first.errors);
  assert.match(
    first.output,
    /^PostgreSQL .*\nApplied 0000_initial, .*\.\nBuilt the tables anew from 0 events in \d+ s\.\n$/,
  );
});

test("what cannot work is told in a sentence, without the password", async () => {
  const wrong = server.url.replace(/:[^:@]+@/, ":hunter2@");
  const cases = [
    [{ DATABASE_URL: "" }, 2, /^Cannot start because of its settings: DATABASE_URL: /],
    [{ DATABASE_URL: wrong }, 1, /^password authentication failed for user "rokuga"\n$/],
    [{ DATABASE_URL: server.url.replace(/rokuga$/, "none") }, 1, /^database "none" does not exist\n$/],
    [{ DATABASE_URL: "postgres://u:hunter2@127.0.0.1:1/x" }, 1, /^connect ECONNREFUSED 127\.0\.0\.1:1\n$/],
  ] as const;
  for (const [environment, expected, sentence] of cases) {
    const { code, output, errors } = await start("migrate", environment).ended;
    assert.deepEqual([code, output], [expected, ""]);
    assert.match(errors, sentence);
    assert.doesNotMatch(errors, /hunter2/);
  }
});

test("how far a rebuild has come", () => {
  assert.equal(
    progressText({ events: 12_345, ofAbout: 1_200_000 }, 45_678.9),
    "12,345 of about 1,200,000 events (1 %), 45,679 a second, 26 s left",
  );
  assert.equal(progressText({ events: 5, ofAbout: 5 }, Number.NaN), "5 of about 5 events (100 %)");
  assert.deepEqual([119, 120, 7_199, 7_500].map(duration), ["119 s", "2 min", "2 h 0 min", "2 h 5 min"]);
  assert.equal(
    summary({ events: 1_234, unreadable: 0 }, 1),
    "Built the tables anew from 1,234 events in 1 s.",
  );
});
