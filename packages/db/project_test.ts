/**
 * The projections, in whatever order events arrive: the property over shuffled histories, and cases of its own for what it
 * found. Long, because they share the histories.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { coverageOf } from "@rokuga/media/coverage.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import fc from "fast-check";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { appendEvents } from "./append.ts";
import { type Database, openDatabase } from "./connect.ts";
import { rebuildProjections } from "./projections.ts";
import { readSegments } from "./read_segments.ts";
import { readTimeline } from "./read_timeline.ts";
import {
  corrected,
  ended,
  expired,
  exported,
  fellSilent,
  locked,
  lost,
  objectsDeleted,
  registered,
  relayHeard,
  relayStarted,
  relayStopped,
  renamed,
  reported,
  retentionSet,
  retired,
  runAt,
  START,
  shared,
  siteNamed,
  started,
  stored,
  unlocked,
} from "./test_events.ts";
import { emptyTables, projections } from "./test_tables.ts";

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

/** Rows of a projection's times, in seconds after START. */
async function rowsOf(table: string, columns: string, order = "1"): Promise<unknown[][]> {
  const { rows } = await database.pool.query({
    text: `SELECT ${columns} FROM ${table} ORDER BY ${order}`,
    rowMode: "array",
  });
  return rows;
}
const time = (column: string) => `((${column} - ${START}) / 1000.0)::float8`;
const coverage = () => rowsOf("coverage", `${time("start_ms")}, ${time("end_ms")}`);

const rebuild = () => rebuildProjections(server.url);

async function checkCoverage(cameraId: string): Promise<void> {
  const { rows } = await database.pool.query(
    `SELECT run_id AS "runId", sequence, start_ms::float8 AS "startMs", end_ms::float8 AS "endMs" FROM segments WHERE camera_id = $1`,
    [cameraId],
  );
  const { rows: found } = await database.pool.query(
    `SELECT start_ms::float8 AS "startMs", end_ms::float8 AS "endMs" FROM coverage WHERE camera_id = $1 ORDER BY 1`,
    [cameraId],
  );
  assert.deepEqual(found, coverageOf(rows));
}

const nearby = fc.integer({ min: -9, max: 9 }).filter((by) => by !== 0);
const runStarts = [0, 1, 2];

/** What may happen to one run: any of its segments is stored, lost, or neither. */
function runHistory(cameraId: string, minutes: number): fc.Arbitrary<NewEvent[]> {
  const runId = runAt(minutes);
  const startMs = START + minutes * MINUTE;
  const segment = (sequence: number) =>
    fc
      .tuple(
        fc.constantFrom("stored", "stored", "stored", "lost", "none"),
        fc.constantFrom(0, 300, 1_900, 2_500),
      )
      .map(([fate, lateMs]) => {
        if (fate === "none") return [];
        if (fate === "lost") return [lost(cameraId, runId, sequence)];
        return [stored(cameraId, runId, sequence, { startMs: startMs + sequence * 10_000 + lateMs })];
      });
  const corrections = fc.array(
    fc.oneof(
      nearby.map((by) => by * 10_000),
      nearby.map((by) => by * 700),
    ),
    {
      maxLength: 2,
    },
  );
  return fc
    .record({
      segments: fc.tuple(...[0, 1, 2, 3, 4, 5, 6, 7].map(segment)),
      corrections,
      known: fc.subarray(["started", "ended", "silent"]),
      // Spans of what may be stored or not, perhaps overlapping.
      expiries: fc.array(
        fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 3 }), fc.boolean()),
        {
          maxLength: 2,
        },
      ),
    })
    .map(({ segments, corrections: byMs, known, expiries }) => [
      ...expiries.flatMap(([fromSequence, more, isDone]) => {
        const event = expired(cameraId, [{ runId, fromSequence, toSequence: fromSequence + more }]);
        return isDone ? [event, objectsDeleted(cameraId, event.eventId)] : [event];
      }),
      ...(known.includes("started") ? [started(cameraId, runId)] : []),
      ...segments.flat(),
      ...(known.includes("silent")
        ? [fellSilent(cameraId, runId, { startMs: startMs + 5_000, endMs: startMs + 8_000 })]
        : []),
      ...(known.includes("ended")
        ? [ended(cameraId, runId, { endMs: startMs + 80_000, reason: "disconnected" })]
        : []),
      ...byMs.map((by, index) => corrected(cameraId, runId, { seenMs: startMs + index + 1, byMs: by })),
    ]);
}

const siteHistory = [
  siteNamed("home", "Home", START),
  siteNamed("home", "The house", START + 1_000),
  relayStarted("home", START - MINUTE, null),
  relayHeard("home", START + MINUTE),
  relayStopped("home", START + 2 * MINUTE),
  relayStarted("home", START + 3 * MINUTE, START + 2 * MINUTE),
  registered("a", "Front"),
  renamed("a", "Front door", START + 1_000),
  renamed("a", "Back door", START + 2_000),
  reported("a", START + MINUTE, [{ startMs: START, endMs: START + 20_000 }]),
  reported("a", START + 2 * MINUTE, []),
  registered("b", "Other"),
  retired("b", START + 4 * MINUTE),
  retired("b", START + 5 * MINUTE),
  retentionSet("a", START, { days: 30, bytes: null }),
  retentionSet("a", START + 1_000, { days: null, bytes: 10 ** 12 }),
  locked("a", "one", { startMs: START, endMs: START + MINUTE }),
  unlocked("a", "one"),
  locked("a", "two", { startMs: START, endMs: START + MINUTE, untilMs: START + 9 * MINUTE }),
  exported("a", "one", { startMs: START, endMs: START + MINUTE }),
  exported("a", "two", { startMs: START, endMs: START + MINUTE }, 1_000),
  exported("b", "two", { startMs: START, endMs: START + MINUTE }),
  ...shared("a", "one", { startMs: START, endMs: START + MINUTE }),
];

const history = fc
  .tuple(
    fc.shuffledSubarray(siteHistory),
    ...["a", "b"].flatMap((cameraId) => runStarts.map((minutes) => runHistory(cameraId, minutes))),
  )
  // Two expiries of the same span are the same event.
  .map((parts) => [...new Map(parts.flat().map((event) => [event.eventId, event])).values()]);

/** Any order, some twice, in batches of any size. */
const arrival = history.chain((events) =>
  fc.record({
    events: fc.constant(events),
    order: fc.shuffledSubarray([...events.keys()], { minLength: events.length }),
    repeats: fc.array(fc.nat(Math.max(0, events.length - 1)), { maxLength: 10 }),
    sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
  }),
);

test("any order of arrival, with repeats and in any batches, gives the same projections", async () => {
  await fc.assert(
    fc.asyncProperty(arrival, async ({ events, order, repeats, sizes }) => {
      await emptyTables(database);
      for (const event of events) await appendEvents(database, [event]);
      const expected = await projections(database);
      await checkCoverage("a");
      await checkCoverage("b");
      await emptyTables(database);
      const all = order.map((index) => events[index]!);
      if (events.length > 0) for (const index of repeats) all.splice(index, 0, events[index]!);
      const batches: NewEvent[][] = [];
      while (all.length > 0) batches.push(all.splice(0, sizes[batches.length % sizes.length]));
      // Two writers at once.
      const half = Math.ceil(batches.length / 2);
      const write = async (mine: NewEvent[][]) => {
        for (const batch of mine) await appendEvents(database, batch);
      };
      await Promise.all([write(batches.slice(0, half)), write(batches.slice(half))]);
      assert.equal(await projections(database), expected);
      await rebuild();
      assert.equal(await projections(database), expected);
    }),
    { numRuns: 30 },
  );
});

test("a corrected clock moves all of a run, what is there and what arrives later, and nothing else", async () => {
  await emptyTables(database);
  const wrong = runAt(0);
  const right = runAt(2);
  await appendEvents(database, [
    started("a", wrong),
    stored("a", wrong, 0),
    stored("a", wrong, 1),
    lost("a", wrong, 2),
    // It reaches into where the other one was placed by mistake.
    started("a", right),
    stored("a", right, 0),
    stored("a", right, 1),
  ]);
  assert.deepEqual(await coverage(), [
    [0, 20],
    [120, 140],
  ]);
  await appendEvents(database, [corrected("a", wrong, { seenMs: START + MINUTE, byMs: 110_000 })]);
  assert.deepEqual(await coverage(), [[110, 140]]);
  await appendEvents(database, [corrected("a", wrong, { seenMs: START + 2 * MINUTE, byMs: -50_000 })]);
  await appendEvents(database, [
    stored("a", wrong, 3),
    lost("a", wrong, 4),
    fellSilent("a", wrong, { startMs: START + 50_000, endMs: START + 55_000 }),
    ended("a", wrong, { endMs: START + 55_000, reason: "failed" }),
  ]);
  assert.deepEqual(await coverage(), [
    [60, 80],
    [90, 100],
    [120, 140],
  ]);
  assert.deepEqual(await rowsOf("gaps", `${time("start_ms")}, ${time("end_ms")}, cause`), [
    [80, 90, "corrupt"],
    [100, 110, "corrupt"],
    [110, 115, "camera-unreachable"],
  ]);
  assert.deepEqual(await rowsOf("runs", `${time("start_ms")}, ${time("end_ms")}, corrected_by_ms::int`), [
    [60, 115, 60_000],
    [120, null, 0],
  ]);
  // Objects stay where they are.
  const [first] = await readSegments(database, "a", { startMs: START + 60_000, endMs: START + 61_000 });
  const before = { cameraId: "a", runId: wrong, sequence: 0, startMs: START, wallDurationMs: 10_000 };
  assert.equal(first?.key, objectKey({ ...before, siteId: "home" }));
});

test("a site whose clock is ahead is heard of when it was recorded, also after a rebuild", async () => {
  await emptyTables(database);
  const aheadMs = Date.now() + 3_600_000;
  const before = Date.now();
  await appendEvents(database, [
    relayHeard("home", aheadMs),
    relayStarted("home", aheadMs, null),
    registered("a", "Front"),
    renamed("a", "Back", aheadMs),
    reported("a", aheadMs, []),
  ]);
  const after = Date.now();
  const heard = async () =>
    (
      await database.pool.query(
        `SELECT last_heard_ms::float8 AS ms FROM sites UNION ALL SELECT last_heard_ms FROM cameras
         UNION ALL SELECT reported_ms FROM backlogs UNION ALL SELECT at_ms FROM relay_moments`,
      )
    ).rows.map(({ ms }) => Number(ms));
  const times = await heard();
  assert.equal(times.length, 4);
  for (const ms of times)
    assert.ok(ms >= before - 1 && ms <= after, `${ms} is not within ${before} to ${after}`);
  const rows = await projections(database);
  await rebuild();
  assert.equal(await projections(database), rows);
});

test("the timeline tells what waits, what was deleted, when the relay was off and when the site fell silent", async () => {
  await emptyTables(database);
  const run = runAt(0);
  await appendEvents(database, [
    registered("a", "Front"),
    relayStarted("home", START - 1_000, null),
    started("a", run),
    stored("a", run, 0),
    stored("a", run, 3),
    ended("a", run, { endMs: START + 60_000, reason: "relay-died" }),
    relayStarted("home", START + 5 * MINUTE, START + 61_000),
    reported("a", START + 6 * MINUTE, [{ startMs: START + 20_000, endMs: START + 30_000 }]),
    relayHeard("home", START + 7 * MINUTE),
    // Another site is off: no concern of this one.
    relayStopped("other", START),
  ]);
  const gapsUntil = async (range: { startMs: number; endMs: number }, nowMs: number) =>
    (await readTimeline(database, { cameraId: "a", range, resolutionMs: 0, nowMs })).gaps.map((gap) => [
      (gap.startMs - START) / 1000,
      (gap.endMs - START) / 1000,
      gap.cause,
    ]);
  const all = { startMs: START - 60 * MINUTE, endMs: START + 60 * MINUTE };
  assert.deepEqual(await gapsUntil(all, START + 10 * MINUTE), [
    [10, 20, "deleted"],
    [20, 30, "waiting-on-site"],
    [40, 60, "deleted"],
    [60, 300, "relay-stopped"],
    [300, 480, "camera-unreachable"],
    [480, 600, "unknown"],
  ]);
  // The relay is off, and stays so however long nothing is heard.
  await appendEvents(database, [relayStopped("home", START + 8 * MINUTE)]);
  assert.deepEqual(
    await gapsUntil({ startMs: START + 20 * MINUTE, endMs: START + 30 * MINUTE }, START + 60 * MINUTE),
    [[1_200, 1_800, "relay-stopped"]],
  );
  // A window in which nothing happened is explained by what was before and comes after.
  assert.deepEqual(
    await gapsUntil({ startMs: START + 100_000, endMs: START + 200_000 }, START + 60 * MINUTE),
    [[100, 200, "relay-stopped"]],
  );
  // Also when only the start that comes after says so: the run had ended because of the camera.
  await appendEvents(database, [
    registered("b", "Back"),
    started("b", run),
    ended("b", run, { endMs: START + 1_000, reason: "disconnected" }),
  ]);
  const inside = { startMs: START + 100_000, endMs: START + 200_000 };
  const nowMs = START + 60 * MINUTE;
  const { gaps } = await readTimeline(database, { cameraId: "b", range: inside, resolutionMs: 0, nowMs });
  assert.deepEqual(gaps, [{ ...inside, cause: "relay-stopped" }]);
  // It was retired: nothing is missing after that.
  await appendEvents(database, [retired("a", START + 9 * MINUTE)]);
  assert.deepEqual((await gapsUntil(all, START + 60 * MINUTE)).slice(-1), [[480, 540, "relay-stopped"]]);
});

test("of runs that a wrong clock laid over each other, the one that ended last explains what follows", async () => {
  await emptyTables(database);
  const long = runAt(0);
  const short = runAt(1);
  await appendEvents(database, [
    started("a", long),
    ended("a", long, { endMs: START + 10 * MINUTE, reason: "disconnected" }),
    started("a", short),
    ended("a", short, { endMs: START + 2 * MINUTE, reason: "stopped" }),
    relayHeard("home", START + 20 * MINUTE),
    registered("a", "Front"),
  ]);
  const causeIn = async (fromMinute: number, toMinute: number) => {
    const range = { startMs: START + fromMinute * MINUTE, endMs: START + toMinute * MINUTE };
    const nowMs = START + 20 * MINUTE;
    return (await readTimeline(database, { cameraId: "a", range, resolutionMs: 0, nowMs })).gaps.map(
      ({ cause }) => cause,
    );
  };
  assert.deepEqual(await causeIn(5, 6), ["waiting-on-site"]);
  assert.deepEqual(await causeIn(12, 13), ["camera-unreachable"]);
});

test("a camera that is known by its id only has the name that was given to it, whenever that was", async () => {
  const unnamed: NewEvent = {
    ...registered("a", "a"),
    eventId: "camera/a/CameraRegistered/restored",
    occurredAtMs: START + MINUTE,
  };
  const named = registered("a", "Front");
  const name = () => rowsOf("cameras", `name, ${time("registered_ms")}`);
  for (const events of [
    [unnamed, named],
    [named, unnamed],
  ]) {
    await emptyTables(database);
    for (const event of events) await appendEvents(database, [event]);
    assert.deepEqual(await name(), [["Front", 0]]);
  }
  await emptyTables(database);
  await appendEvents(database, [unnamed]);
  assert.deepEqual(await name(), [["a", 60]]);
  // Named after its id by somebody, it is.
  await appendEvents(database, [renamed("a", "Back", START + 1), renamed("a", "a", START + 2)]);
  assert.deepEqual(await name(), [["a", 60]]);
});
