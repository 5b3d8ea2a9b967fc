import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { NewEvent } from "@rokuga/media/events.ts";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { appendEvents, knownEvents } from "./append.ts";
import { NewerSchemaError } from "./check_schema.ts";
import { type Database, isUnreachable, openDatabase } from "./connect.ts";
import { listen } from "./listen.ts";
import { migrate } from "./migrate.ts";
import { readCameras } from "./read_cameras.ts";
import { readLiveSegments, readNearest, readSegments } from "./read_segments.ts";
import { readTimeline } from "./read_timeline.ts";
import {
  ended,
  lost,
  registered,
  relayHeard,
  reported,
  runAt,
  START,
  started,
  stored,
} from "./test_events.ts";
import { emptyTables } from "./test_tables.ts";

const MINUTE = 60_000;

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

const empty = () => emptyTables(database);

const coverageOf = async (cameraId: string) => {
  const { rows } = await database.pool.query(
    "SELECT start_ms::float8 AS s, end_ms::float8 AS e FROM coverage WHERE camera_id = $1 ORDER BY 1",
    [cameraId],
  );
  return rows.map(({ s, e }) => [(s - START) / 1000, (e - START) / 1000]);
};

test("an event is appended once, however often and by however many it is sent", async () => {
  await empty();
  const event = stored("a", runAt(0), 0);
  const results = await Promise.all([1, 2, 3, 4].map(() => appendEvents(database, [event, event])));
  assert.equal(results.flat().length, 1);
  const { rows } = await database.pool.query("SELECT count(*)::int AS count FROM events");
  assert.equal(rows[0].count, 1);
  assert.deepEqual([...(await knownEvents(database, [event.eventId, "other"]))], [event.eventId]);
});

test("a payload of a wrong shape is refused, and its batch with it", async () => {
  await empty();
  const wrong = { ...stored("a", runAt(0), 0), data: { cameraId: "a" } } as unknown as NewEvent;
  await assert.rejects(appendEvents(database, [stored("a", runAt(0), 1), wrong]));
  assert.deepEqual(await coverageOf("a"), []);
});

test("writers that append neighbours at the same time leave one range", async () => {
  await empty();
  const run = runAt(0);
  const sequences = Array.from({ length: 120 }, (_, index) => index);
  // Each writer takes every fourth segment, so that what one joins another is joining too.
  const writers = [0, 1, 2, 3].map(async (writer) => {
    for (const sequence of sequences.filter((candidate) => candidate % 4 === writer)) {
      await appendEvents(database, [stored("a", run, sequence)]);
    }
  });
  await Promise.all(writers);
  assert.deepEqual(await coverageOf("a"), [[0, 1_200]]);
});

test("batches that name the same cameras in opposite order do not lock each other out", async () => {
  await empty();
  const write = async (order: readonly string[], writer: number) => {
    for (let index = 0; index < 40; index++) {
      await appendEvents(
        database,
        order.map((cameraId) => stored(cameraId, runAt(writer), index)),
      );
    }
  };
  await Promise.all([write(["a", "b", "c"], 0), write(["c", "b", "a"], 20), write(["b", "c", "a"], 40)]);
  assert.equal((await coverageOf("a")).length, 3);
});

test("the timeline has coverage and, for every hole of the camera's life, a cause", async () => {
  await empty();
  const run = runAt(0);
  const next = runAt(2);
  await appendEvents(database, [
    registered("a", "Front"),
    started("a", run),
    stored("a", run, 0),
    lost("a", run, 1),
    stored("a", run, 3),
    ended("a", run, { endMs: START + 40_000, reason: "stopped" }),
    started("a", next),
    stored("a", next, 0),
  ]);
  const range = { startMs: START - MINUTE, endMs: START + 10 * MINUTE };
  const nowMs = START + 4 * MINUTE;
  const timeline = await readTimeline(database, { cameraId: "a", range, resolutionMs: 0, nowMs });
  const seconds = (r: { startMs: number; endMs: number }) => [
    (r.startMs - START) / 1000,
    (r.endMs - START) / 1000,
  ];
  assert.deepEqual(timeline.coverage.map(seconds), [
    [0, 10],
    [30, 40],
    [120, 130],
  ]);
  assert.deepEqual(
    timeline.gaps.map((gap) => [...seconds(gap), gap.cause]),
    [
      [10, 20, "corrupt"],
      [20, 30, "waiting-on-site"],
      [40, 120, "relay-stopped"],
      [130, 190, "waiting-on-site"],
      [190, 240, "unknown"],
    ],
  );
  const inside = { startMs: START + 32_000, endMs: START + 50_000 };
  const clipped = await readTimeline(database, { cameraId: "a", range: inside, resolutionMs: 0, nowMs });
  assert.deepEqual(clipped.coverage.map(seconds), [[32, 40]]);
  assert.deepEqual(
    clipped.gaps.map((gap) => [...seconds(gap), gap.cause]),
    [[40, 50, "relay-stopped"]],
  );
});

test("a range's segments include the one that contains its start", async () => {
  await empty();
  const run = runAt(0);
  await appendEvents(
    database,
    [0, 1, 2].map((sequence) => stored("a", run, sequence)),
  );
  const sequences = async (from: number, to: number) =>
    (await readSegments(database, "a", { startMs: START + from, endMs: START + to })).map(
      (segment) => segment.sequence,
    );
  assert.deepEqual(await sequences(9_999, 10_000), [0]);
  assert.deepEqual(await sequences(10_000, 10_001), [1]);
  assert.deepEqual(await sequences(15_000, 25_000), [1, 2]);
  assert.deepEqual(await sequences(30_000, 40_000), []);
  assert.deepEqual(await readNearest(database, "a", { startMs: START + 90_000, endMs: START + 99_000 }), {
    startMs: START,
    endMs: START + 30_000,
  });
});

test("live lists the newest run without a missing number, whatever the backlog brings later", async () => {
  await empty();
  const run = runAt(5);
  await appendEvents(
    database,
    [0, 2, 3, 4].map((sequence) => stored("a", run, sequence)),
  );
  await appendEvents(database, [stored("a", runAt(0), 0)]);
  const { segments: live, earlierRuns } = await readLiveSegments(database, "a", 6);
  assert.equal(earlierRuns, 0);
  assert.deepEqual(
    live.map((segment) => [segment.runId, segment.sequence]),
    [2, 3, 4].map((sequence) => [run, sequence]),
  );
  await appendEvents(database, [started("a", runAt(0)), started("a", run), started("a", runAt(9))]);
  assert.equal((await readLiveSegments(database, "a", 6)).earlierRuns, 1);
});

test("a camera's state follows from its runs and from when it was last heard of", async () => {
  await empty();
  const run = runAt(0);
  await appendEvents(database, [registered("a", "Front"), started("a", run), stored("a", run, 0)]);
  const stateAt = async (nowMs: number) => (await readCameras(database, nowMs))[0];
  assert.equal((await stateAt(START + 20_000))?.state, "recording");
  assert.equal((await stateAt(START + 5 * MINUTE))?.state, "waiting");
  // The site is heard again, though nothing of this camera is.
  await appendEvents(database, [relayHeard("home", START + 5 * MINUTE)]);
  assert.equal((await stateAt(START + 5 * MINUTE))?.state, "recording");
  assert.deepEqual(
    [(await stateAt(START + 7 * MINUTE))?.state, (await stateAt(START + 7 * MINUTE))?.sinceMs],
    ["waiting", START + 5 * MINUTE],
  );
  await appendEvents(database, [ended("a", run, { endMs: START + 10_000, reason: "disconnected" })]);
  assert.deepEqual(await stateAt(START + 20_000), {
    id: "a",
    name: "Front",
    siteId: "home",
    state: "offline",
    sinceMs: START + 10_000,
    firstMs: START,
    lastMs: START + 10_000,
    tracks: { video: { codec: "avc1.64001f", width: 1280, height: 720 }, audio: null },
    backlog: null,
  });
});

test("what a site says it holds is shown until it says that nothing waits", async () => {
  await empty();
  await appendEvents(database, [registered("a", "Front"), registered("b", "Back")]);
  const backlogs = async () => (await readCameras(database, START + MINUTE)).map(({ backlog }) => backlog);
  assert.deepEqual(await backlogs(), [null, null]);
  const range = { startMs: START - 60_000, endMs: START };
  // A report that was held up does not take the place of a later one.
  await appendEvents(database, [reported("a", START + 2, [range])]);
  await appendEvents(database, [reported("a", START + 1, [])]);
  const backlog = { reportedMs: START + 2, segments: 6, bytes: 9_000, oldestMs: START - 60_000 };
  // Back, then Front.
  assert.deepEqual(await backlogs(), [null, backlog]);
  await appendEvents(database, [reported("a", START + 3, [])]);
  assert.deepEqual(await backlogs(), [null, null]);
});

test("a batch of more cameras than one notification can name wakes the last of them", async () => {
  await empty();
  await using listener = listen(server.url, { onError: (error) => assert.fail(String(error)) });
  await listener.ready();
  const name = (index: number) => `${"c".repeat(58)}${String(index).padStart(4, "0")}`;
  const batch = Array.from({ length: 1_200 }, (_, index) => stored(name(index), runAt(0), 0));
  const before = performance.now();
  const woken = listener.next(name(1_199), { timeoutMs: 20_000 });
  assert.equal((await appendEvents(database, batch)).length, batch.length);
  await woken;
  assert.ok(performance.now() - before < 20_000);
});

test("a commit wakes those who wait for its camera, and only those", async () => {
  await empty();
  await using listener = listen(server.url, { onError: (error) => assert.fail(String(error)) });
  await listener.ready();
  let otherWoke = false;
  const stop = new AbortController();
  const other = listener.next("b", { timeoutMs: 60_000, signal: stop.signal }).then(() => {
    otherWoke = !stop.signal.aborted;
  });
  const woken = listener.next("a", { timeoutMs: 60_000 });
  await appendEvents(database, [stored("a", runAt(0), 0)]);
  await woken;
  stop.abort();
  await other;
  assert.equal(otherWoke, false);
});

test("a database that is away is told apart from one that refuses, and is found again", async () => {
  await empty();
  await server.stop();
  const away = await appendEvents(database, [stored("a", runAt(0), 0)]).catch((error) => error);
  assert.ok(away instanceof Error && isUnreachable(away), String(away));
  await server.start();
  assert.equal((await appendEvents(database, [stored("a", runAt(0), 0)])).length, 1);
  const refused = await database.pool.query("SELECT nonsense").catch((error) => error);
  assert.equal(isUnreachable(refused), false);
});

test("migrating again changes nothing; a newer schema is refused", async () => {
  assert.match((await migrate(server.url)).version, /^18\./);
  const next =
    "INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('newer', 9999999999999) RETURNING id";
  const { rows } = await database.pool.query(next);
  await assert.rejects(migrate(server.url), NewerSchemaError);
  await database.pool.query("DELETE FROM drizzle.__drizzle_migrations WHERE id = $1", [rows[0].id]);
});
