import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { NewEvent } from "@rokuga/media/events.ts";
import { DAY_MS } from "@rokuga/media/retention.ts";
import fc from "fast-check";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { batchText } from "./append.ts";
import { type Database, openDatabase } from "./connect.ts";
import { listen } from "./listen.ts";
import { rebuildProjections } from "./projections.ts";
import { ALL_TIME, readLocks } from "./read_locks.ts";
import { readRetention } from "./read_retention.ts";
import { readTimeline } from "./read_timeline.ts";
import { readOverLimit } from "./retention.ts";
import { readRetentionClock } from "./retention_clock.ts";
import {
  corrected,
  fellSilent,
  locked,
  retentionSet,
  runAt,
  START,
  started,
  stored,
  unlocked,
} from "./test_events.ts";
import { appendAt, expireAll } from "./test_retention.ts";
import { emptyTables, projections } from "./test_tables.ts";

const MINUTE = 60_000;
/** What was recorded at START is so many days old. */
const clock = { nowMs: START + 10 * DAY_MS, isTrusted: true };

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
beforeEach(() => emptyTables(database));

const run = runAt(0);
const segments = (sequences: readonly number[], runId = run) =>
  sequences.map((sequence) => stored("a", runId, sequence));
const limits = (days: number | null, bytes: number | null) => retentionSet("a", START, { days, bytes });
const seconds = (ms: number) => (ms - START) / 1_000;

async function kept(): Promise<(number | string)[]> {
  const { rows } = await database.pool.query(
    "SELECT run_id, sequence FROM segments WHERE camera_id = 'a' ORDER BY run_id, sequence",
  );
  return rows.map(({ run_id, sequence }) => (run_id === run ? sequence : `${run_id}/${sequence}`));
}
/** Spans of the events, each as `from-to`, by event. */
async function expiredSpans(): Promise<string[][]> {
  const { rows } = await database.pool.query<{
    data: Extract<NewEvent, { type: "SegmentsExpired" }>["data"];
  }>("SELECT data FROM events WHERE type = 'SegmentsExpired' ORDER BY position");
  return rows.map(({ data }) => [
    data.limit,
    ...data.spans.map(({ fromSequence, toSequence }) => `${fromSequence}-${toSequence}`),
  ]);
}
const expire = (most?: number) => expireAll(database, { cameraId: "a", clock, ...(most ? { most } : {}) });
const dryRun = async () => (await readRetention(database, { cameraId: "a", clock }))[0]!;

test("what is older than the days goes, whole segments only, and the timeline says so", async () => {
  // The cutoff is 25 s after START: two segments end before it.
  const days = 10 - 25_000 / DAY_MS;
  await appendAt(database, START, [started("a", run), ...segments([0, 1, 2, 3]), limits(days, null)]);
  assert.deepEqual(await readOverLimit(database, clock.nowMs), [{ cameraId: "a", byDays: true }]);
  const before = await dryRun();
  assert.deepEqual(before.due, {
    days: { segments: 2, bytes: 3_000 },
    bytes: { segments: 0, bytes: 0 },
    untilMs: START + 20_000,
  });
  assert.deepEqual(before.stored, {
    segments: 4,
    bytes: 6_000,
    range: { startMs: START, endMs: START + 40_000 },
  });
  await expire();
  assert.deepEqual(await kept(), [2, 3]);
  assert.deepEqual(await expiredSpans(), [["days", "0-1"]]);
  const range = { startMs: START, endMs: START + 40_000 };
  const { coverage, gaps } = await readTimeline(database, {
    cameraId: "a",
    range,
    resolutionMs: 0,
    nowMs: clock.nowMs,
  });
  assert.deepEqual(coverage, [{ startMs: START + 20_000, endMs: START + 40_000 }]);
  assert.deepEqual(gaps, [{ startMs: START, endMs: START + 20_000, cause: "expired" }]);
  // Again: nothing more is due.
  assert.deepEqual(await readOverLimit(database, clock.nowMs), []);
  assert.deepEqual((await dryRun()).due.untilMs, null);
  await expire();
  assert.equal((await expiredSpans()).length, 1);
});

test("of bytes the oldest go until the limit is kept; the newest segment stays however small it is", async () => {
  await appendAt(database, START, [...segments([0, 1, 2, 3, 4, 5]), limits(null, 4_000)]);
  assert.deepEqual(await readOverLimit(database, clock.nowMs), [{ cameraId: "a", byDays: false }]);
  assert.deepEqual((await dryRun()).due.bytes, { segments: 4, bytes: 6_000 });
  await expire();
  assert.deepEqual(await kept(), [4, 5]);
  await appendAt(database, START, [retentionSet("a", START + 1, { days: null, bytes: 1 })]);
  assert.deepEqual((await dryRun()).due.bytes, { segments: 1, bytes: 1_500 });
  assert.equal((await dryRun()).excessBytes, 1_499);
  const batches = await expire();
  assert.deepEqual(await kept(), [5]);
  assert.equal(batches.at(-1)!.excessBytes, 1_499);
  // By days it goes too.
  await appendAt(database, START, [retentionSet("a", START + 2, { days: 1, bytes: 1 })]);
  await expire();
  assert.deepEqual(await kept(), []);
  assert.deepEqual(await expiredSpans(), [
    ["bytes", "0-3"],
    ["bytes", "4-4"],
    ["days", "5-5"],
  ]);
});

test("both limits: first by days, then what is still too much; without a limit all stays", async () => {
  const days = 10 - 10_000 / DAY_MS;
  await appendAt(database, START, segments([0, 1, 2, 3]));
  await expire();
  assert.deepEqual(await kept(), [0, 1, 2, 3]);
  await appendAt(database, START, [limits(days, 3_000)]);
  const { due } = await dryRun();
  assert.deepEqual([due.days.segments, due.bytes.segments], [1, 1]);
  await expire();
  assert.deepEqual(await kept(), [2, 3]);
  assert.deepEqual(await expiredSpans(), [
    ["days", "0-0"],
    ["bytes", "1-1"],
  ]);
  // Limits that are taken away.
  await appendAt(database, START, [retentionSet("a", START + 1, { days: null, bytes: null })]);
  assert.deepEqual(await readOverLimit(database, clock.nowMs), []);
  await expire();
  assert.deepEqual(await kept(), [2, 3]);
});

test("what a lock in force touches stays, and goes once it is unlocked or has run out", async () => {
  const lockOf = (id: string, fromS: number, toS: number, untilMs: number | null = null) =>
    locked("a", id, { startMs: START + fromS * 1_000, endMs: START + toS * 1_000, untilMs });
  await appendAt(database, START, [
    ...segments([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    limits(1, null),
    // It touches 1 and 2, and ends where 3 begins.
    lockOf("one", 19.9, 30),
    lockOf("two", 55, 56, clock.nowMs + 1),
    lockOf("over", 80, 100, clock.nowMs),
    lockOf("three", 72, 75),
    unlocked("a", "three"),
    // Unlocked, and never locked as far as is known.
    unlocked("a", "four"),
    locked("b", "other", { startMs: START, endMs: START + MINUTE }),
  ]);
  const report = await dryRun();
  assert.deepEqual(report.locked, { segments: 3, bytes: 4_500 });
  assert.equal(report.due.days.segments, 7);
  await expire();
  assert.deepEqual(await kept(), [1, 2, 5]);
  assert.deepEqual(await expiredSpans(), [
    ["days", "0-0"],
    ["days", "3-4"],
    ["days", "6-9"],
  ]);
  await appendAt(database, START, [unlocked("a", "one")]);
  await expire();
  assert.deepEqual(await kept(), [5]);
  await expireAll(database, { cameraId: "a", clock: { ...clock, nowMs: clock.nowMs + 1 } });
  assert.deepEqual(await kept(), []);
  const locks = await readLocks(database, { cameraId: "a", range: ALL_TIME });
  assert.deepEqual(
    locks.map(({ lockId, startMs, endMs, unlocked }) => [lockId, seconds(startMs), seconds(endMs), unlocked]),
    [
      ["one", 19.9, 30, true],
      ["two", 55, 56, false],
      ["three", 72, 75, true],
      ["over", 80, 100, false],
    ],
  );
  const within = { startMs: START + 30_000, endMs: START + 72_001 };
  assert.deepEqual(
    (await readLocks(database, { cameraId: "a", range: within })).map(({ lockId }) => lockId),
    ["two", "three"],
  );
});

test("what is locked counts as stored, and is passed over by the limit of bytes", async () => {
  await appendAt(database, START, [
    ...segments([0, 1, 2, 3, 4]),
    limits(null, 3_000),
    locked("a", "one", { startMs: START, endMs: START + 20_000 }),
  ]);
  assert.deepEqual((await dryRun()).locked, { segments: 2, bytes: 3_000 });
  await expire();
  assert.deepEqual(await kept(), [0, 1, 4]);
  assert.deepEqual(await expiredSpans(), [["bytes", "2-3"]]);
  const report = await dryRun();
  assert.deepEqual([report.excessBytes, report.locked.segments], [1_500, 2]);
});

test("a number that is not stored is no part of what went: it may still come, and goes later", async () => {
  await appendAt(database, START, [...segments([0, 1, 3, 4]), limits(1, null)]);
  await expire();
  assert.deepEqual(await expiredSpans(), [["days", "0-1", "3-4"]]);
  // It was on the site all the time: it can be played, for a day at least.
  await appendAt(database, clock.nowMs - DAY_MS + 1, segments([2]));
  assert.deepEqual(await kept(), [2]);
  assert.deepEqual((await dryRun()).recent, { segments: 1, bytes: 1_500 });
  await expire();
  assert.deepEqual(await kept(), [2]);
  await expireAll(database, { cameraId: "a", clock: { ...clock, nowMs: clock.nowMs + 1 } });
  assert.deepEqual(await kept(), []);
  assert.deepEqual((await expiredSpans())[1], ["days", "2-2"]);
});

test("a limit of less than a day is kept to the hour", async () => {
  const hour = 3_600_000;
  const runs = [13, 11].map((hours) => runAt((clock.nowMs - START - hours * hour) / MINUTE));
  for (const [index, runId] of runs.entries())
    await appendAt(database, clock.nowMs - [13, 11][index]! * hour + 10_000, [stored("a", runId, 0)]);
  // It came an hour ago, from a site that was cut off.
  await appendAt(database, clock.nowMs - hour, [stored("a", runs[0]!, 1), limits(0.5, null)]);
  await expire();
  assert.deepEqual(await kept(), [`${runs[0]}/1`, `${runs[1]}/0`]);
});

test("a run is as old as its corrected clock says, and its spans are told as it was recorded", async () => {
  // By the clock of the site it was recorded fifty days before.
  const wrong = runAt(-50 * 24 * 60);
  await appendAt(database, START, [
    started("a", wrong),
    ...segments([0, 1, 2], wrong),
    fellSilent("a", wrong, { startMs: START - 50 * DAY_MS + 9_000, endMs: START - 50 * DAY_MS + 9_500 }),
    limits(10 - 25_000 / DAY_MS, null),
    corrected("a", wrong, { seenMs: START, byMs: 50 * DAY_MS }),
  ]);
  await expire();
  assert.deepEqual(await kept(), [`${wrong}/2`]);
  const { rows } = await database.pool.query("SELECT data FROM events WHERE type = 'SegmentsExpired'");
  const startMs = START - 50 * DAY_MS;
  assert.deepEqual(rows[0].data.spans, [
    { runId: wrong, fromSequence: 0, toSequence: 1, startMs, endMs: startMs + 20_000 },
  ]);
  const { rows: gaps } = await database.pool.query(
    "SELECT start_ms::float8 AS s, end_ms::float8 AS e FROM gaps WHERE cause = 'expired'",
  );
  assert.deepEqual(gaps, [{ s: START, e: START + 20_000 }]);
  const rows1 = await projections(database);
  await rebuildProjections(server.url);
  assert.equal(await projections(database), rows1);
});

test("footage with very many holes goes in several events, none with more spans than it may hold", async () => {
  const sequences = Array.from({ length: 3_300 }, (_, index) => index).filter((one) => one % 3 !== 2);
  await appendAt(database, START, [...segments(sequences), limits(1, null)]);
  assert.equal((await dryRun()).due.days.segments, 2_200);
  await expire();
  assert.deepEqual(await kept(), []);
  assert.deepEqual(
    (await expiredSpans()).map((spans) => spans.length - 1),
    [1_000, 100],
  );
});

test("a lock that is being put is waited for, and holds", async () => {
  await appendAt(database, START, [...segments([0, 1, 2]), limits(1, null)]);
  const other = await database.pool.connect();
  try {
    await other.query("BEGIN");
    const lock = locked("a", "one", { startMs: START + 10_000, endMs: START + 20_000 });
    await other.query("SELECT append_locked($1::jsonb, ARRAY['camera/a'])", [batchText([lock])]);
    const expiring = expire();
    const isWaiting = async () =>
      (await database.pool.query("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).rows
        .length > 0;
    await waitFor(isWaiting, { what: "retention to wait for its turn" });
    await other.query("COMMIT");
    await expiring;
  } finally {
    other.release();
  }
  assert.deepEqual(await kept(), [1]);
});

test("the earlier of two clocks counts, and only with footage to show for the day before the last one", async () => {
  const nowMs = Date.now();
  const runId = `${(nowMs - 1.5 * DAY_MS).toString(36).slice(0, 9).padStart(9, "0")}aaaa`;
  const read = async (ownMs: number) => {
    const { databaseMs, ...found } = await readRetentionClock(database, ownMs);
    assert.ok(Math.abs(databaseMs - Date.now()) < 60_000);
    return found;
  };
  assert.equal((await read(nowMs)).isTrusted, false, "nothing is known");
  const day = Math.floor(nowMs - 1.5 * DAY_MS);
  await appendAt(database, day, [
    stored("a", runId, 0, { startMs: day }),
    retentionSet("a", day, { days: 1, bytes: null }),
  ]);
  assert.deepEqual(await read(nowMs), { nowMs, isTrusted: true });
  // Both are ahead: of the days before that moment there is nothing.
  assert.equal((await read(nowMs - 3 * DAY_MS)).isTrusted, false);
  const ahead = await read(nowMs + 365 * DAY_MS);
  assert.ok(ahead.nowMs >= nowMs && ahead.nowMs < nowMs + 60_000, "one that is ahead does not count");
  // What has expired still vouches.
  await expireAll(database, { cameraId: "a", clock: { nowMs, isTrusted: true } });
  assert.deepEqual(await kept(), []);
  assert.deepEqual(await read(nowMs), { nowMs, isTrusted: true });
});

test("who waits for news of a camera hears that its footage went", async () => {
  await appendAt(database, START, [...segments([0]), limits(1, null)]);
  await using listener = listen(server.url, { onError: (error) => assert.fail(String(error)) });
  await listener.ready();
  const startedMs = performance.now();
  const woken = listener.next("a", { timeoutMs: 20_000 });
  await expire();
  await woken;
  assert.ok(performance.now() - startedMs < 20_000);
});

test("by a clock that is not trusted nothing is too old; bytes need no clock", async () => {
  await appendAt(database, START, [...segments([0, 1, 2, 3]), limits(1, 3_000)]);
  await expireAll(database, { cameraId: "a", clock: { ...clock, isTrusted: false } });
  assert.deepEqual(await kept(), [2, 3]);
  assert.deepEqual(await expiredSpans(), [["bytes", "0-1"]]);
});

type One = { sequence: number; run: 0 | 1; recent: boolean; startMs: number };
const SPACE_S = 10;

const anyCamera = fc.record({
  segments: fc.uniqueArray(
    fc.record({
      run: fc.constantFrom(0 as const, 1 as const),
      sequence: fc.integer({ min: 0, max: 11 }),
      recent: fc.boolean(),
    }),
    { selector: ({ run, sequence }) => `${run}/${sequence}`, maxLength: 20 },
  ),
  /** Of the second run, so that the runs lie over each other. */
  byS: fc.integer({ min: -60, max: 60 }).filter((by) => by !== 0),
  locks: fc.array(
    fc.record({
      fromS: fc.integer({ min: -5, max: 125 }),
      lengthS: fc.integer({ min: 1, max: 40 }),
      ends: fc.constantFrom("never", "later", "before", "unlocked"),
    }),
    { maxLength: 4 },
  ),
  cutoffS: fc.option(fc.integer({ min: -10, max: 150 }), { nil: null }),
  bytes: fc.option(fc.integer({ min: 1, max: 30_000 }), { nil: null }),
  most: fc.integer({ min: 1, max: 6 }),
});

test("what stays is what a simple reading of the rules says, whatever is stored, locked and limited", async () => {
  await fc.assert(
    fc.asyncProperty(anyCamera, async ({ segments, byS, locks, cutoffS, bytes, most }) => {
      await emptyTables(database);
      const runIds = [run, runAt(0).replace("aaaa", "bbbb")];
      const days = cutoffS === null ? null : (clock.nowMs - (START + cutoffS * 1_000)) / DAY_MS;
      const all = segments.map(
        (one): One => ({
          ...one,
          startMs: START + one.sequence * SPACE_S * 1_000 + (one.run === 1 ? byS * 1_000 : 0),
        }),
      );
      for (const recent of [false, true])
        await appendAt(database, recent ? clock.nowMs - 1_000 : START, [
          ...all
            .filter((one) => one.recent === recent)
            .map((one) => stored("a", runIds[one.run]!, one.sequence)),
          ...(recent ? [] : [retentionSet("a", START, { days, bytes })]),
        ]);
      await appendAt(database, START, [
        corrected("a", runIds[1]!, { seenMs: START, byMs: byS * 1_000 }),
        ...locks.flatMap(({ fromS, lengthS, ends }, index) => {
          const startMs = START + fromS * 1_000;
          const untilMs = { never: null, unlocked: null, later: clock.nowMs + 1, before: clock.nowMs }[ends];
          const lock = locked("a", `l${index}`, { startMs, endMs: startMs + lengthS * 1_000, untilMs });
          return ends === "unlocked" ? [lock, unlocked("a", `l${index}`)] : [lock];
        }),
      ]);
      const isLocked = ({ startMs }: One) =>
        locks.some(
          ({ fromS, lengthS, ends }) =>
            (ends === "never" || ends === "later") &&
            startMs < START + (fromS + lengthS) * 1_000 &&
            startMs + 10_000 > START + fromS * 1_000,
        );
      const isOld = ({ startMs, recent }: One) =>
        cutoffS !== null && !recent && startMs + 10_000 <= START + cutoffS * 1_000;
      const byAge = [...all].sort(
        (a, b) => a.startMs - b.startMs || a.run - b.run || a.sequence - b.sequence,
      );
      let left = byAge.filter((one) => isLocked(one) || !isOld(one));
      const goneByDays = byAge.length - left.length;
      for (const one of left.slice(0, -1)) {
        if (bytes === null || left.length * 1_500 <= bytes) break;
        if (!isLocked(one)) left = left.filter((other) => other !== one);
      }
      const report = await dryRun();
      assert.equal(report?.due.days.segments ?? 0, goneByDays);
      assert.equal(report?.due.bytes.segments ?? 0, all.length - goneByDays - left.length);
      await expire(most);
      const expected = left.map(({ run, sequence }) => `${runIds[run]}/${sequence}`).sort();
      const { rows } = await database.pool.query("SELECT run_id || '/' || sequence AS name FROM segments");
      assert.deepEqual(rows.map(({ name }) => name).sort(), expected);
      const dump = await projections(database);
      await expire(most);
      assert.equal(await projections(database), dump, "once more changes nothing");
      await rebuildProjections(server.url);
      assert.equal(await projections(database), dump);
    }),
    {
      numRuns: 30,
      // What is newest goes by days, and what stays of its age is small.
      examples: [
        [
          {
            segments: [
              { run: 0, sequence: 0, recent: true },
              { run: 0, sequence: 1, recent: false },
            ],
            ...{ byS: 1, locks: [], cutoffS: 20, bytes: 1, most: 1 },
          },
        ],
      ],
    },
  );
});
