import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ExportView } from "@rokuga/media/clip_api.ts";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { appendEvents } from "./append.ts";
import { type Database, openDatabase } from "./connect.ts";
import { readCameras } from "./read_cameras.ts";
import { readExports } from "./read_exports.ts";
import { exported, registered, START } from "./test_events.ts";

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

test("what was handed out is listed by the footage it holds, and does not make the site heard of", async () => {
  const minute = (from: number, to: number) => ({
    startMs: START + from * 60_000,
    endMs: START + to * 60_000,
  });
  await appendEvents(database, [registered("a", "Front")]);
  const heard = async () => (await database.pool.query("SELECT last_heard_ms FROM cameras")).rows;
  const before = await heard();
  await appendEvents(database, [
    exported("a", "one", minute(0, 10)),
    exported("a", "two", minute(5, 20), 12_345),
    exported("b", "three", minute(0, 10)),
  ]);
  // Fetched again: the same export.
  assert.deepEqual(await appendEvents(database, [exported("a", "two", minute(5, 20), 12_345)]), []);
  assert.deepEqual(await heard(), before, "neither heard later, nor a camera b that no site has told of");
  assert.equal((await readCameras(database, START + 60_000)).length, 1);

  const ids = async (from: number, to: number) =>
    (await readExports(database, "a", minute(from, to))).map(({ exportId }) => exportId);
  assert.deepEqual(await ids(0, 5), ["one"]);
  assert.deepEqual(await ids(9, 10), ["two", "one"]);
  assert.deepEqual(await ids(10, 30), ["two"]);
  assert.deepEqual(await ids(20, 30), []);
  const [two, one] = (await readExports(database, "a", minute(9, 10))).map((view) => ExportView.parse(view));
  assert.deepEqual(one, {
    exportId: "one",
    ...minute(0, 10),
    exportedMs: START + 5_000,
    by: null,
    format: "mp4",
    bytes: null,
    shareId: null,
  });
  assert.equal(two?.bytes, 12_345);
});
