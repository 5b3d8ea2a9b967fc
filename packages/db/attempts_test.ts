import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { countAttempt, forgetTries } from "./attempts.ts";
import { type Database, openDatabase } from "./connect.ts";

const START = Date.UTC(2026, 2, 12);

let server: PostgresServer;
let database: Database;

before(async () => {
  server = await startPostgresServer();
  database = openDatabase(server.appUrl);
});
after(async () => {
  await database[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test("of many at once no more are let through than may be, until the window or what was right ends it", async () => {
  const waitAt = async (nowMs: number) =>
    (await countAttempt(database, ["a"], { most: 3, windowMs: 1_000, nowMs })).waitMs;
  const passed = (waits: readonly (number | undefined)[]) =>
    waits.filter((wait) => wait === undefined).length;
  assert.equal(passed(await Promise.all(Array.from({ length: 20 }, () => waitAt(START)))), 3);
  assert.equal(await waitAt(START + 999), 1, "the window begins with the first");
  assert.equal(await waitAt(START + 1_000), undefined);
  await forgetTries(database, "a");
  assert.equal(passed(await Promise.all(Array.from({ length: 5 }, () => waitAt(START + 1_001)))), 3);
  const other = await countAttempt(database, ["b"], { most: 3, windowMs: 1_000, nowMs: START + 1_001 });
  assert.equal(other.waitMs, undefined, "of something else");
});
