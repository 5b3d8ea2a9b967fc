import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { appendEvents } from "./append.ts";
import { type Database, openDatabase } from "./connect.ts";
import { rebuildProjections } from "./projections.ts";
import { readFragments, readSegments } from "./read_segments.ts";
import { readRecordedSegments, readWholeSegments } from "./read_whole_segments.ts";
import { corrected, runAt, START, stored } from "./test_events.ts";
import { emptyTables } from "./test_tables.ts";

const DAY = { startMs: START, endMs: START + 86_400_000 };

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

/** Two runs that overlap, the second of them corrected; one segment has a key of its own, another camera too much. */
async function fill(): Promise<void> {
  await emptyTables(database);
  const own = stored("a", runAt(0), 3);
  await appendEvents(database, [
    ...[0, 1, 2].map((sequence) => stored("a", runAt(0), sequence)),
    { ...own, data: { ...own.data, key: "elsewhere/3.ts" } } as typeof own,
    ...[0, 1].map((sequence) => stored("a", runAt(600), sequence)),
    corrected("a", runAt(600), { seenMs: START, byMs: -36_000_000 + 15_000 }),
    stored("b", runAt(0), 0),
  ]);
}

test("without their index segments are those that readSegments gives, in the same order", async () => {
  await fill();
  for (const range of [DAY, { startMs: START + 10_000, endMs: START + 15_000 }]) {
    const expected = await readSegments(database, "a", range);
    const found = await readWholeSegments(database, "a", range);
    assert.deepEqual(
      found.map(({ recordedMs: _, ...segment }: (typeof found)[number] & { recordedMs?: number }) => segment),
      expected.map(({ fragments: _, firstFragment: __, ...segment }) => segment),
    );
    assert.ok(found.length > 0);
  }
  const moved = (await readWholeSegments(database, "a", DAY)).find(({ runId }) => runId === runAt(600));
  assert.equal(moved?.beganMs, START + 15_000);
  assert.deepEqual(await readWholeSegments(database, "c", DAY), []);
});

test("indexes of some segments", async () => {
  await fill();
  const [first, second] = await readSegments(database, "a", DAY);
  const fragmentsOf = await readFragments(database, "a", [first!, { runId: runAt(0), sequence: 99 }]);
  assert.deepEqual(fragmentsOf(first!), first!.fragments);
  assert.equal(fragmentsOf(second!), undefined);
  assert.equal(fragmentsOf({ runId: runAt(0), sequence: 99 }), undefined);
});

test("when a segment was recorded is told by the database's clock, and survives a rebuild", async () => {
  await fill();
  const { segments, nowMs } = await readRecordedSegments(database, "a", DAY);
  assert.equal(segments.length, 6);
  assert.ok(segments.every(({ recordedMs }) => recordedMs <= nowMs && recordedMs > nowMs - 60_000));
  await rebuildProjections(server.url);
  assert.deepEqual((await readRecordedSegments(database, "a", DAY)).segments, segments);
});

test("a day is read from the index alone, also after a rebuild", async () => {
  await fill();
  for (const rebuilt of [false, true]) {
    if (rebuilt) await rebuildProjections(server.url);
    const { rows } = await database.pool.query<{ reloptions: string[]; indexdef: string }>(
      `SELECT reloptions, pg_get_indexdef('segments_start'::regclass) AS indexdef FROM pg_class WHERE oid = 'segments'::regclass`,
    );
    assert.match(rows[0]!.reloptions.join(), /autovacuum_vacuum_insert_threshold=50000/);
    assert.match(rows[0]!.indexdef, /INCLUDE \(end_ms, .*key\)/);
  }
});
