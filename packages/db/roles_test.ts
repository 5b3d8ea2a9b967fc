/** Who may do what: with the embedded server, and with a plain PostgreSQL 15 whose owner is no superuser. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import pg from "pg";
import { noPlainPostgres, startPlainPostgres } from "../../test/fixtures/plain_postgres.ts";
import { startPostgresServer } from "../../test/fixtures/postgres.ts";
import { appendEvents, knownEvents } from "./append.ts";
import { checkSchema } from "./check_schema.ts";
import { type Database, openDatabase } from "./connect.ts";
import { migrate } from "./migrate.ts";
import { PROJECTIONS, rebuildProjections } from "./projections.ts";
import { LOG_START, readLog } from "./read_log.ts";
import { registered, runAt, stored } from "./test_events.ts";
import { emptyTables, projections } from "./test_tables.ts";

type Server = AsyncDisposable & { url: string; appUrl: string };

const SERVERS: { name: string; start: () => Promise<Server>; skip: string | false }[] = [
  { name: "the embedded PostgreSQL", start: startPostgresServer, skip: false },
  { name: "a plain PostgreSQL 15", start: startPlainPostgres, skip: noPlainPostgres },
];

const EVENTS = [registered("a", "Front"), stored("a", runAt(0), 0), stored("a", runAt(0), 1)];
const CHANGES = [
  "UPDATE events SET type = 'Other'",
  "DELETE FROM events",
  "TRUNCATE events",
  "ALTER TABLE events DISABLE TRIGGER events_are_kept",
  "DROP TABLE events CASCADE",
  "DROP FUNCTION refuse_change CASCADE",
  "CREATE TABLE another (a integer)",
  "SELECT setval('events_position_seq', 1)",
];

for (const { name, start, skip } of SERVERS) {
  describe(`roles on ${name}`, { skip }, () => {
    let server: Server;
    let owner: Database;
    let app: Database;

    before(async () => {
      server = await start();
      await migrate(server.url, { appRole: "rokuga_app" });
      owner = openDatabase(server.url);
      app = openDatabase(server.appUrl);
    });
    after(async () => {
      await app[Symbol.asyncDispose]();
      await owner[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });
    const refused = (statement: string) =>
      assert.rejects(
        app.pool.query(statement),
        (error: { code?: string }) => error.code === "42501",
        statement,
      );

    test("migrating as an owner that is no superuser, and the grants, as often as one likes", async () => {
      const { rows } = await owner.pool.query("SELECT usesuper FROM pg_user WHERE usename = current_user");
      assert.deepEqual(rows, [{ usesuper: false }]);
      for (let times = 0; times < 2; times++) {
        const { appCanChangeLog } = await migrate(server.url, { appRole: "rokuga_app" });
        assert.equal(appCanChangeLog, false);
        await checkSchema(app.pool);
      }
    });

    test("the application appends, projects, reads and follows", async () => {
      await emptyTables(owner);
      assert.equal((await appendEvents(app, EVENTS)).length, EVENTS.length);
      assert.equal((await knownEvents(app, [EVENTS[0]!.eventId])).size, 1);
      assert.equal((await readLog(app.pool, { after: LOG_START, limit: 10 })).events.length, EVENTS.length);
      const cursor =
        "INSERT INTO cursors VALUES ('test', '3', 1) ON CONFLICT (name) DO UPDATE SET position = 2";
      for (const statement of [cursor, cursor, "DELETE FROM cursors WHERE name = 'test'"])
        await app.pool.query(statement);
    });

    test("the application changes no event: neither while the trigger keeps the log nor without it", async () => {
      await emptyTables(owner);
      await appendEvents(app, EVENTS);
      for (const statement of CHANGES) await refused(statement);
      await owner.pool.query("ALTER TABLE events DISABLE TRIGGER events_are_kept");
      for (const statement of CHANGES) await refused(statement);
      await owner.pool.query("ALTER TABLE events ENABLE TRIGGER events_are_kept");
      const { rows } = await app.pool.query(
        "SELECT count(*)::int AS count FROM events WHERE type <> 'Other'",
      );
      assert.equal(rows[0].count, EVENTS.length);
    });

    test("what was given too much is taken back", async () => {
      await owner.pool.query("GRANT ALL ON events TO rokuga_app");
      await migrate(server.url, { appRole: "rokuga_app" });
      await refused("DELETE FROM events");
    });

    test("rebuilt tables are the application's too, and those of whoever else could read them", async () => {
      await emptyTables(owner);
      await appendEvents(app, EVENTS);
      await owner.pool.query("GRANT SELECT ON segments TO PUBLIC");
      const before = await projections(owner);
      await rebuildProjections(server.url);
      assert.equal(await projections(app), before);
      await appendEvents(app, [stored("a", runAt(0), 2)]);
      for (const table of PROJECTIONS) {
        const { rows } = await owner.pool.query(
          `SELECT has_table_privilege('rokuga_app', $1::text, 'SELECT')
             AND has_table_privilege('rokuga_app', $1::text, 'INSERT')
             AND has_table_privilege('rokuga_app', $1::text, 'UPDATE')
             AND has_table_privilege('rokuga_app', $1::text, 'DELETE') AS all,
             has_table_privilege('public', $1::text, 'SELECT') AS anyone`,
          [table],
        );
        assert.deepEqual(rows, [{ all: true, anyone: table === "segments" }], table);
      }
      await owner.pool.query("REVOKE SELECT ON segments FROM PUBLIC");
    });

    test("where there is nothing to migrate any role may ask for it", async () => {
      const { applied, rebuilt } = await migrate(server.appUrl);
      assert.deepEqual([applied, rebuilt], [[], undefined]);
    });
  });
}

test("a role that can change the log all the same is told", { skip: noPlainPostgres }, async () => {
  await using server = await startPlainPostgres();
  const { appCanChangeLog } = await migrate(server.url, { appRole: "postgres" });
  assert.equal(appCanChangeLog, true);
  const app = new pg.Client(server.appUrl);
  await app.connect();
  await assert.rejects(checkSchema(app), {
    name: "OlderSchemaError",
    message:
      "The role of DATABASE_URL was not given what it needs of this database. Run: npx pnpm db:migrate",
  });
  await app.end();
});
