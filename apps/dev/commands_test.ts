/**
 * The commands as people run them: beside a launcher that runs, on a state that does not, with a given database.
 * Long, because its tests share what takes seconds to start.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { migrate } from "@rokuga/db/migrate.ts";
import pg from "pg";
import { directories, lockHolder, processes, running, start, stop } from "./fixtures/started.ts";
import { isAlive, killNow, never, stateDirectory, temporaryDirectory, until } from "./fixtures/support.ts";
import { findPort, rememberedPort, rememberPort } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import { APP_ROLE, appUrl, ownerUrl } from "./postgres_roles.ts";

const commander = fileURLToPath(new URL("fixtures/commander.ts", import.meta.url));

type Ended = { code: number; output: string; errors: string };
type Run = { child: ChildProcess; output: () => string; ended: Promise<Ended> };

/** Starts a command; `input` is its standard input. */
function command(t: TestContext, args: string[], environment: NodeJS.ProcessEnv, input = ""): Run {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment };
  const child = spawn(process.execPath, [commander, ...args], { env, detached: true });
  t.after(() => killNow(child.pid));
  let [output, errors] = ["", ""];
  child.stdout.on("data", (text) => {
    output += text;
  });
  child.stderr.on("data", (text) => {
    errors += text;
  });
  child.stdin.end(input);
  const ended = once(child, "close").then(([code, signal]) => ({ code: code ?? signal, output, errors }));
  return { child, output: () => output, ended };
}

const lines = (output: string) =>
  output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** A state directory as the launcher leaves it: with a database that is up to date unless told otherwise. */
async function stopped(t: TestContext, { migrated = true } = {}) {
  const context = stateDirectory(t);
  const { home } = context;
  const port = await findPort([]);
  const server = await startPostgres({ ...context, port });
  t.after(() => killNow(server.pid));
  if (migrated) await migrate(ownerUrl({ home, port }), { appRole: APP_ROLE });
  rememberPort(home, "postgres", port);
  return { home, port, server, environment: { ROKUGA_HOME: home } };
}

async function query(url: string, statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

const isQuiet = ({ home }: { home: string }) => {
  assert.equal(lockHolder(home), undefined, "the lock is free");
  assert.deepEqual(processes(home).filter(isAlive), [], "no server is left");
  assert.ok(!existsSync(join(home, "postgres", "postmaster.pid")), "the database was stopped in order");
};

describe("commands", () => {
  it("start the embedded database for as long as they take, and give the program what it needs only", async (t) => {
    const state = await stopped(t);
    await state.server.stop(never);
    const given = { AWS_ACCESS_KEY_ID: "key", GITHUB_TOKEN: "token", MEDIA_SECRET: "secret", TERM: "xterm" };
    const run = command(
      t,
      ["verify", "--", "a b", "--exit", "3"],
      { ...state.environment, ...given },
      "some input",
    );
    const { code, output, errors } = await run.ended;
    assert.equal(code, 3, errors);
    assert.equal(errors, "a word on standard error\n");
    const [{ environment, pid, ...said }] = lines(output);
    const expected = {
      role: "rokuga_app",
      events: 0,
      owns: false,
      args: ["a b", "--exit", "3"],
      input: "some input",
    };
    assert.deepEqual(said, expected);
    assert.deepEqual(environment, {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, TERM: "xterm", LOG_LEVEL: "info" },
      AWS_ACCESS_KEY_ID: "key",
      DATABASE_URL: appUrl(state),
      STORAGE_URL: `file://${join(state.home, "store")}`,
    });
    assert.equal(rememberedPort(state.home, "postgres"), state.port);
    assert.ok(!isAlive(pid));
    isQuiet(state);
  });

  it("use the database of a launcher that runs, and disturb nothing", async (t) => {
    const { home, environment } = directories(t);
    const launcher = start(t, environment);
    const pids = await running(launcher, home);
    const before = readFileSync(join(home, "lock"), "utf8");
    const [retention, rebuild, restore] = await Promise.all(
      ["retention", "db:rebuild", "db:restore"].map((name) => command(t, [name], environment).ended),
    );
    assert.equal(lines(retention!.output)[0].role, "rokuga_app");
    assert.match(rebuild!.output, /^Built the tables anew from 1 events in \d+ s\.\n$/);
    const [{ role, environment: given }] = lines(restore!.output);
    assert.deepEqual([role, given.DATABASE_APP_ROLE], ["rokuga", "rokuga_app"]);
    assert.deepEqual(
      [retention, rebuild, restore].map((ended) => ended!.code),
      [0, 0, 0],
    );
    assert.equal(readFileSync(join(home, "lock"), "utf8"), before);
    assert.ok(pids.every(isAlive));
    assert.doesNotMatch(launcher.output(), /warn|error/);
    assert.equal(await stop(launcher), 0);
  });

  it("use a given database as the user that each needs, and make no state", async (t) => {
    const state = await stopped(t, { migrated: false });
    const home = join(temporaryDirectory(t), "state");
    const environment = {
      ROKUGA_HOME: home,
      DATABASE_URL: appUrl(state),
      DATABASE_OWNER_URL: ownerUrl(state),
      STORAGE_URL: "s3://bucket?region=x",
    };
    const early = await command(t, ["verify"], environment).ended;
    assert.equal(early.code, 2);
    assert.match(
      early.errors,
      /^Cannot use the database at 127\.0\.0\.1:\d+\/rokuga: This database has no tables .*Run: npx pnpm db:migrate\n$/,
    );
    const migrated = await command(t, ["db:migrate"], environment).ended;
    assert.equal(migrated.code, 0, migrated.errors);
    assert.match(
      migrated.output,
      /\nApplied 0000_initial, [\s\S]*\nrokuga_app may read.*cannot change an event\.\n$/,
    );
    const [verify] = lines((await command(t, ["verify"], environment).ended).output);
    assert.deepEqual([verify.role, verify.environment.STORAGE_URL], ["rokuga_app", "s3://bucket?region=x"]);
    const [restore] = lines((await command(t, ["db:restore"], environment).ended).output);
    assert.deepEqual([restore.role, restore.environment.DATABASE_URL], ["rokuga", ownerUrl(state)]);
    assert.ok(!existsSync(home));

    await query(ownerUrl(state), "CREATE SCHEMA other");
    const alone = { ROKUGA_HOME: home, DATABASE_URL: ownerUrl(state) };
    const [one] = lines((await command(t, ["db:restore"], alone).ended).output);
    assert.deepEqual([one.role, one.environment.DATABASE_APP_ROLE], ["rokuga", undefined]);
  });

  it("make a database to restore into when it is lost", async (t) => {
    const home = temporaryDirectory(t);
    mkdirSync(join(home, "store"));
    const { code, output, errors } = await command(t, ["db:restore"], { ROKUGA_HOME: home }).ended;
    assert.equal(code, 0, errors);
    const [{ role, events }] = lines(output);
    assert.deepEqual([role, events], ["rokuga", 0]);
    isQuiet({ home });
    const [verify] = lines((await command(t, ["verify"], { ROKUGA_HOME: home }).ended).output);
    assert.equal(verify.role, "rokuga_app");
  });

  it("say in a sentence what is not there, and make nothing", async (t) => {
    const directory = temporaryDirectory(t);
    const home = join(directory, "state");
    const nowhere = "postgres://u:hunter2@127.0.0.1:1/x";
    const state = await stopped(t);
    const none = ownerUrl(state).replace(/rokuga$/, "none");
    const other = `${ownerUrl(state).replace(/rokuga$/, "postgres")}`;
    const cases: [string[], NodeJS.ProcessEnv, RegExp][] = [
      [
        [],
        {},
        /^There is no command ''\. There are: db:migrate, db:rebuild, db:restore, verify, retention, tokens, people\.\n$/,
      ],
      [["db:drop"], {}, /^There is no command 'db:drop'\. There are: /],
      [
        ["verify"],
        {},
        /^There is no database in .*state: npx pnpm dev makes it\. If it is elsewhere, set ROKUGA_HOME/,
      ],
      [["db:restore"], {}, /^There is no database in .*state: npx pnpm dev makes it\./],
      [
        ["db:migrate"],
        { DATABASE_URL: nowhere },
        /^Cannot use the database at 127\.0\.0\.1:1\/x \(DATABASE_URL\): /,
      ],
      [
        ["db:migrate"],
        { DATABASE_URL: none },
        /\/none \(DATABASE_URL\): database "none" does not exist\. Start it/,
      ],
      [
        ["db:migrate"],
        { DATABASE_URL: appUrl(state), DATABASE_OWNER_URL: nowhere },
        /^Cannot use the database at 127\.0\.0\.1:1\/x \(DATABASE_OWNER_URL\): .*the user of DATABASE_URL has to own/,
      ],
      [
        ["db:migrate"],
        { DATABASE_URL: appUrl(state), DATABASE_OWNER_URL: other },
        /^DATABASE_URL and DATABASE_OWNER_URL name two databases, 127\.0\.0\.1:\d+\/rokuga and .*\/postgres\. Both must/,
      ],
      [
        ["verify"],
        { DATABASE_URL: "hunter2" },
        /^Cannot start because of its settings: DATABASE_URL: must be a URL/,
      ],
    ];
    for (const [args, wrong, sentence] of cases) {
      const { code, output, errors } = await command(t, args, { ROKUGA_HOME: home, ...wrong }).ended;
      assert.deepEqual([code, output], [2, ""], errors);
      assert.match(errors, sentence);
      assert.doesNotMatch(errors, /hunter2|\n.*\n/);
    }
    assert.deepEqual(readdirSync(directory), []);
  });

  it("have the state to themselves: another command and the launcher are told who has it", async (t) => {
    const state = await stopped(t);
    await state.server.stop(never);
    const first = command(t, ["verify", "--wait"], state.environment);
    await until(() => first.output().includes("\n"), "the program runs", 60_000);
    const told = `^pnpm verify is at work in .* \\(process ${first.child.pid}\\)\\. Wait until it has ended, then start again\\.\n$`;
    const second = await command(t, ["db:rebuild"], state.environment).ended;
    assert.equal(second.code, 2);
    assert.match(second.errors, new RegExp(told));
    const cameras = join(state.home, "cameras.yaml");
    const launcher = start(t, { ...state.environment, CAMERAS_FILE: cameras });
    assert.equal(await launcher.ended, 1);
    assert.match(launcher.output().trimStart(), new RegExp(told));
    first.child.kill("SIGINT");
    assert.equal((await first.ended).code, 0);
    isQuiet(state);
  });

  it("pass a Ctrl-C on, once, and wait for the program's orderly end", async (t) => {
    const state = await stopped(t);
    await state.server.stop(never);
    for (const [signal, expected] of [
      ["SIGINT", ["SIGINT"]],
      ["SIGTERM", ["SIGTERM"]],
    ] as const) {
      const run = command(t, ["verify", "--wait", "--exit", "7"], state.environment);
      await until(() => run.output().includes("\n"), "the program runs", 60_000);
      // As in a terminal, where it comes to the whole group and once more from npx.
      process.kill(-run.child.pid!, signal);
      process.kill(-run.child.pid!, signal);
      const { code, output, errors } = await run.ended;
      assert.equal(code, 7, errors);
      assert.deepEqual(lines(output)[1], { signals: expected });
      isQuiet(state);
    }
  });

  it("leave nothing when they are killed", async (t) => {
    const state = await stopped(t);
    await state.server.stop(never);
    const run = command(t, ["verify", "--wait"], state.environment);
    await until(() => run.output().includes("\n"), "the program runs", 60_000);
    const pids = [lines(run.output())[0].pid, ...processes(state.home)];
    assert.ok(pids.length >= 2 && pids.every(isAlive));
    run.child.kill("SIGKILL");
    await until(() => !pids.some(isAlive), "nothing is left", 60_000);
    assert.equal((await command(t, ["verify"], state.environment).ended).code, 0);
  });

  it("rebuild a database that does not run; interrupted, its tables are as they were", async (t) => {
    const state = await stopped(t);
    const url = ownerUrl(state);
    await query(
      url,
      `INSERT INTO events (event_id, stream, type, version, data, occurred_at, recorded_at)
       SELECT 'e' || n, 'site/s' || n, 'SiteRegistered', 1, jsonb_build_object('siteId', 's' || n, 'name', 'x'), now(), now()
       FROM generate_series(1, 60000) AS n`,
    );
    await query(url, "INSERT INTO sites SELECT 's' || n, 'as it was', 1, 1 FROM generate_series(1, 7) AS n");
    await state.server.stop(never);
    const run = command(t, ["db:rebuild"], state.environment);
    const unfinished = () =>
      query(url, "SELECT to_regclass('rokuga_rebuild.sites') IS NOT NULL AS found").then(
        ({ rows }) => rows[0].found,
        () => false, // It is not up yet.
      );
    await until(unfinished, "the rebuild is at work", 60_000);
    run.child.kill("SIGINT");
    const { code, output, errors } = await run.ended;
    assert.deepEqual([code, output], [130, ""], errors);
    assert.match(errors, /^\nStopping \(Ctrl-C\); Ctrl-C again to force\nInterrupted\.\n$/);
    isQuiet(state);
    const names = "SELECT name, count(*)::int AS count FROM sites GROUP BY name";
    const context = stateDirectory(t);
    const looked = await startPostgres({ ...context, home: state.home, port: state.port });
    assert.deepEqual((await query(url, names)).rows, [{ name: "as it was", count: 7 }]);
    await looked.stop(never);
    const again = await command(t, ["db:rebuild"], state.environment).ended;
    assert.match(again.output, /^Built the tables anew from 60,000 events in \d+ s\.\n$/);
    const after = await startPostgres({ ...context, home: state.home, port: state.port });
    assert.deepEqual((await query(url, names)).rows, [{ name: "x", count: 60_000 }]);
    await after.stop(never);
  });
});
