import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it, type TestContext } from "node:test";
import pg from "pg";
import { isAlive, killNow, murder, never, program, stateDirectory, until } from "./fixtures/support.ts";
import { findPort } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import type { Identity } from "./postgres_files.ts";
import { appUrl, ensureQueueDatabase, ownerUrl } from "./postgres_roles.ts";
import { secretOf } from "./secrets.ts";
import { prepareStateDirectory } from "./state_directory.ts";

async function query<T extends pg.QueryResultRow>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

async function started(t: TestContext, context: ReturnType<typeof stateDirectory>, identity?: Identity) {
  const port = await findPort([]);
  const running = await startPostgres({ ...context, port, ...(identity ? { identity } : {}) });
  t.after(() => killNow(running.pid));
  return { ...running, url: ownerUrl({ home: context.home, port }), port };
}

const templates: string[] = [];

/** A state directory with a database in it: copied, because making one takes a second or many. */
async function withDatabase(t: TestContext) {
  const context = stateDirectory(t);
  let [template] = templates;
  if (template === undefined) {
    template = mkdtempSync(join(tmpdir(), "rokuga-dev-template-"));
    templates.push(template);
    prepareStateDirectory(template);
    const running = await startPostgres({ ...context, home: template, port: await findPort([]) });
    await running.stop(never);
  }
  for (const name of ["postgres", "secrets"]) {
    cpSync(join(template, name), join(context.home, name), { recursive: true });
    chmodSync(join(context.home, name), 0o700);
  }
  return context;
}

/** A program that starts the server and is there to be killed. `guarded`: with a real guard, or one that does nothing. */
function owner(t: TestContext, home: string, { port, guarded }: { port: number; guarded: boolean }) {
  const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  return program(
    t,
    `
    import { startPostgres } from ${url("postgres.ts")};
    import { openLogFile } from ${url("log_file.ts")};
    import { guardChildren } from ${JSON.stringify(import.meta.resolve("@rokuga/runtime/guard.ts"))};
    const none = { pid: undefined, register() {}, unregister() {}, async [Symbol.asyncDispose]() {} };
    const { pid } = await startPostgres({
      home: ${JSON.stringify(home)}, port: ${port}, signal: new AbortController().signal,
      guard: ${guarded ? "guardChildren()" : "none"}, log: openLogFile(${JSON.stringify(join(home, "logs", "owner.log"))}),
    });
    console.log(JSON.stringify({ pid }));
    setInterval(() => {}, 1000);
    `,
  );
}

describe("embedded PostgreSQL", () => {
  after(() => {
    for (const template of templates) rmSync(template, { recursive: true, force: true });
  });

  it("keeps its data from one start to the next, for this machine and with a password only", async (t) => {
    const context = stateDirectory(t);
    const first = await started(t, context);
    assert.match(first.details.version, /^18\./);
    await query(first.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    assert.deepEqual(await query(first.url, "SELECT usesuper FROM pg_user WHERE usename = current_user"), [
      { usesuper: false },
    ]);
    const admin = first.url
      .replace(/\/\/.*@/, `//postgres:${secretOf(context.home, "postgres_admin")}@`)
      .replace("/rokuga", "/postgres");
    const settings = await query<{ name: string; setting: string }>(
      admin,
      `SELECT name, setting FROM pg_settings ORDER BY name`,
    );
    const expected = {
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      fsync: "on",
      max_connections: "200",
      server_encoding: "UTF8",
    };
    const found = settings.filter(({ name }) => name in expected).map(({ name, setting }) => [name, setting]);
    assert.deepEqual(Object.fromEntries(found), expected);
    const wrong = first.url.replace(/:[^:@]+@/, ":wrong@");
    await assert.rejects(query(wrong, "SELECT 1"), /password authentication failed/);
    await first.stop(never);
    assert.deepEqual(await first.exited, { code: 0, signal: null });
    assert.ok(
      !existsSync(join(context.home, "postgres", "postmaster.pid")),
      "an orderly stop removes postmaster.pid",
    );

    const second = await started(t, context);
    assert.deepEqual(await query(second.url, "SELECT answer FROM kept"), [{ answer: 42 }]);
    await second.stop(never);
    const password = readFileSync(join(context.home, "secrets", "postgres"), "utf8").trim();
    assert.ok(!readFileSync(context.log.path, "utf8").includes(password), "the log has no password");
    assert.equal(statSync(join(context.home, "secrets", "postgres")).mode & 0o777, 0o600);
  });

  it("has a role for each that uses it, which can enter its own database only", async (t) => {
    const context = await withDatabase(t);
    const { url, port, stop } = await started(t, context);
    const place = { home: context.home, port };
    const [app, queue] = [appUrl(place), await ensureQueueDatabase(place)];
    for (const [address, role, database] of [
      [url, "rokuga", "rokuga"],
      [app, "rokuga_app", "rokuga"],
      [queue, "rokuga_queue", "rokuga_queue"],
    ] as const) {
      const found = await query(
        address,
        `SELECT current_user AS role, current_database() AS database, rolsuper OR rolcreaterole OR rolcreatedb AS more
         FROM pg_roles WHERE rolname = current_user`,
      );
      assert.deepEqual(found, [{ role, database, more: false }]);
    }
    const passwords = [url, app, queue].map((address) => new URL(address).password);
    assert.equal(new Set(passwords).size, 3);
    const elsewhere = [queue.replace(/rokuga_queue$/, "rokuga"), app.replace(/rokuga$/, "rokuga_queue")];
    for (const address of elsewhere)
      await assert.rejects(query(address, "SELECT 1"), /permission denied for database/);
    await assert.rejects(query(app, "CREATE TABLE mine (a integer)"), /permission denied for schema public/);
    await assert.rejects(query(app, "CREATE SCHEMA mine"), /permission denied for database/);
    await stop(never);
    for (const password of passwords)
      assert.ok(!readFileSync(context.log.path, "utf8").includes(password), "the log has no password");
  });

  it("stops at once when forced, and is sound at the next start", async (t) => {
    const context = await withDatabase(t);
    const first = await started(t, context);
    await query(first.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    const client = new pg.Client({ connectionString: first.url });
    client.on("error", () => {});
    await client.connect();
    const before = performance.now();
    await first.stop(AbortSignal.abort());
    assert.ok(performance.now() - before < 4_000);
    assert.ok(!isAlive(first.pid));
    const second = await started(t, context);
    assert.deepEqual(await query(second.url, "SELECT answer FROM kept"), [{ answer: 42 }]);
    await second.stop(never);
  });

  it("goes when its owner is killed, and starts again", async (t) => {
    const context = await withDatabase(t);
    const port = await findPort([]);
    const { child, said } = owner(t, context.home, { port, guarded: true });
    const { pid } = await said();
    t.after(() => killNow(pid));
    await query(ownerUrl({ home: context.home, port }), "CREATE TABLE kept AS SELECT 42 AS answer");
    await murder(child);
    await until(() => !isAlive(pid), "PostgreSQL gone");
    const next = await started(t, context);
    assert.deepEqual(await query(next.url, "SELECT answer FROM kept"), [{ answer: 42 }]);
    await next.stop(never);
  });

  it("ends an orphan that still runs on its data, then starts", async (t) => {
    const context = await withDatabase(t);
    const port = await findPort([]);
    const { child, said } = owner(t, context.home, { port, guarded: false });
    const { pid } = await said();
    t.after(() => killNow(pid));
    await murder(child);
    assert.ok(isAlive(pid), "the orphan is there");
    const next = await started(t, context);
    assert.ok(!isAlive(pid), "the orphan is gone");
    assert.deepEqual(await query(next.url, "SELECT 1 AS one"), [{ one: 1 }]);
    await next.stop(never);
    assert.match(readFileSync(join(context.home, "logs", "owner.log"), "utf8"), /ready to accept/);
  });

  it("is not kept from starting by a postmaster.pid whose number another program has now", async (t) => {
    const context = await withDatabase(t);
    const first = await started(t, context);
    const pidFile = join(context.home, "postgres", "postmaster.pid");
    const content = readFileSync(pidFile, "utf8");
    await first.stop(never);
    const { pid } = program(t, "setInterval(() => {}, 1000)");
    writeFileSync(pidFile, content.replace(/^\d+/, String(pid)));
    const next = await started(t, context);
    await next.stop(never);
    assert.ok(isAlive(pid), "the stranger was left alone");
  });

  it("recovers from a kill of the server itself", async (t) => {
    const context = await withDatabase(t);
    const first = await started(t, context);
    await query(first.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    process.kill(first.pid, "SIGKILL");
    assert.deepEqual(await first.exited, { code: null, signal: "SIGKILL" });
    const next = await started(t, context);
    assert.deepEqual(await query(next.url, "SELECT answer FROM kept"), [{ answer: 42 }]);
    await next.stop(never);
  });

  const root = process.getuid?.() === 0;
  it("runs as an unprivileged user where there are no user namespaces", {
    skip: !root && "needs root",
  }, async (t) => {
    const context = stateDirectory(t);
    const first = await started(t, context, { kind: "user", uid: 65_534, gid: 65_534 });
    assert.equal(statSync(`/proc/${first.pid}`).uid, 65_534);
    await first.stop(never);
    // Whoever owns the data has to run it: found out from now on.
    const second = await started(t, context);
    assert.equal(statSync(`/proc/${second.pid}`).uid, 65_534);
    await second.stop(never);
  });

  it("says in a sentence what is wrong", async (t) => {
    const context = await withDatabase(t);
    const first = await started(t, context);
    await assert.rejects(startPostgres({ ...(await withDatabase(t)), port: first.port }), (error: Error) => {
      assert.match(error.message, /^The embedded PostgreSQL cannot start \(exit code 1\):\n/);
      assert.match(error.message, /Address already in use/);
      assert.match(error.message, /Its log is .*test\.log$/);
      return true;
    });
    await first.stop(never);

    writeFileSync(join(context.home, "postgres", "PG_VERSION"), "12\n");
    await assert.rejects(started(t, context), /was made by PostgreSQL 12; the installed one is 18/);
    writeFileSync(join(context.home, "postgres", "PG_VERSION"), "18\n");
    rmSync(join(context.home, "secrets", "postgres_admin"));
    await assert.rejects(
      started(t, context),
      /The password of the embedded database is lost: .*postgres_admin is missing/,
    );
  });

  it("leaves nothing that looks like a database when the first start is interrupted", async (t) => {
    const context = stateDirectory(t);
    const stop = new AbortController();
    const starting = startPostgres({ ...context, port: await findPort([]), signal: stop.signal });
    await until(() => existsSync(join(context.home, "postgres.new")), "initdb under way");
    stop.abort(new Error("interrupted"));
    await assert.rejects(starting, /interrupted/);
    assert.ok(!existsSync(join(context.home, "postgres")));
    assert.ok(!existsSync(join(context.home, "postgres.new.password")));
    const next = await started(t, context);
    await next.stop(never);
  });
});
