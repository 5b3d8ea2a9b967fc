import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { appendEvents } from "./append.ts";
import { type Database, openDatabase } from "./connect.ts";
import { readCameras } from "./read_cameras.ts";
import { readShare, readShares } from "./read_shares.ts";
import { putShare, readShareSecret } from "./share_secrets.ts";
import { registered, START, shared } from "./test_events.ts";

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

const range = { startMs: START, endMs: START + 60_000 };

test("a share is listed with what became of it, in whatever order that was told", async () => {
  const [begun, first, second, revoked] = shared("a", "one", range);
  await appendEvents(database, [registered("a", "Front"), revoked!]);
  const list = async (nowMs: number) => await readShares(database, { cameraId: "a", nowMs });
  assert.deepEqual(await list(START), [], "not before it is known what was shared");
  await appendEvents(database, [first!]);
  await appendEvents(database, [second!, begun!]);
  await appendEvents(database, [first!]);
  const one = {
    ...{ shareId: "one", cameraId: "a", ...range, sharedMs: START, by: "Ada", note: "For the insurance" },
    ...{ expiresMs: START + 60_000, download: true, password: false, state: "revoked" },
    ...{ revokedMs: START + 3_000, opened: 2, openedMs: START + 2_000 },
  };
  assert.deepEqual(await list(START), [one]);
  assert.deepEqual(await readShare(database, { shareId: "one", nowMs: START + 99_000 }), one);

  await appendEvents(database, shared("b", "two", range).slice(0, 2));
  const stateAt = async (nowMs: number) => (await readShare(database, { shareId: "two", nowMs }))?.state;
  assert.deepEqual([await stateAt(START + 59_999), await stateAt(START + 60_000)], ["open", "expired"]);
  assert.equal((await readCameras(database, START)).length, 1, "no camera b that no site has told of");
});

test("a share and what opens it are kept together or not at all", async () => {
  const event = shared("a", "three", range)[0]!;
  const secret = { shareId: "three", secretHash: "hash", passwordHash: null };
  await putShare(database, { secret, event });
  assert.deepEqual(await readShareSecret(database, "three"), secret);
  const broken = { ...event, data: { ...event.data, endMs: START } } as typeof event;
  await assert.rejects(putShare(database, { secret: { ...secret, shareId: "four" }, event: broken }));
  assert.equal(await readShareSecret(database, "four"), undefined);
  const { rows } = await database.pool.query("SELECT data::text FROM events WHERE data::text LIKE '%hash%'");
  assert.deepEqual(rows, [], "nothing of it is in the log");
});
