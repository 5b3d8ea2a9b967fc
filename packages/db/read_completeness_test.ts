import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { CameraDay } from "@rokuga/media/api.ts";
import { CameraDay as CameraDaySchema } from "@rokuga/media/api.ts";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { appendEvents } from "./append.ts";
import { type Database, openDatabase } from "./connect.ts";
import { readCompleteness } from "./read_completeness.ts";
import { readPosition, readSitesHeard } from "./read_sites.ts";
import {
  ended,
  lost,
  registered,
  relayHeard,
  retired,
  runAt,
  START,
  started,
  stored,
} from "./test_events.ts";
import { emptyTables } from "./test_tables.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** START is at nine o'clock of this day. */
const TODAY = START - 9 * HOUR_MS;

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

const range = { startMs: TODAY - DAY_MS, endMs: TODAY + DAY_MS };

async function daysOf(cameraId: string, { zone = "UTC", nowMs }: { zone?: string; nowMs: number }) {
  const days = (await readCompleteness(database, { cameraIds: [cameraId], range, zone, nowMs })).get(
    cameraId,
  )!;
  for (const day of days) check(CameraDaySchema.parse(day));
  return days.map(({ day, expectedMs, coveredMs, missingMs }) => [day, expectedMs, coveredMs, missingMs]);
}

function check({ expectedMs, coveredMs, missingMs, completeness }: CameraDay): void {
  const missing = Object.values(missingMs).reduce((sum, ms) => sum + ms, 0);
  assert.equal(coveredMs + missing, expectedMs);
  assert.equal(completeness, expectedMs === 0 ? null : coveredMs / expectedMs);
}

test("a day's time in the camera's life is covered or missing for a cause", async () => {
  await emptyTables(database);
  const run = runAt(0);
  await appendEvents(database, [
    registered("a", "Front"),
    started("a", run),
    stored("a", run, 0),
    stored("a", run, 1),
    lost("a", run, 2),
    ended("a", run, { endMs: START + 40_000, reason: "disconnected" }),
    relayHeard("home", START + 100_000),
  ]);
  const today = { "camera-unreachable": 120_000, corrupt: 10_000, "waiting-on-site": 10_000 };
  assert.deepEqual(await daysOf("a", { nowMs: START + 160_000 }), [
    ["2026-01-30", 0, 0, {}],
    ["2026-01-31", 160_000, 20_000, today],
  ]);
  assert.deepEqual(await daysOf("a", { nowMs: START + DAY_MS }), [
    ["2026-01-30", 0, 0, {}],
    ["2026-01-31", 15 * HOUR_MS, 20_000, { ...today, unknown: 15 * HOUR_MS - 160_000 }],
  ]);
  await appendEvents(database, [retired("a", START + 50_000)]);
  assert.deepEqual((await daysOf("a", { nowMs: START + DAY_MS })).slice(1), [
    ["2026-01-31", 50_000, 20_000, { ...today, "camera-unreachable": 10_000 }],
  ]);
});

test("days are those of the asked zone, also where one range reaches over midnight", async () => {
  await emptyTables(database);
  // 23:59:30 to 00:00:10 in Tokyo.
  const midnight = Date.UTC(2026, 0, 31, 15);
  const run = runAt((midnight - 30_000 - START) / 60_000);
  await appendEvents(database, [
    started("a", run),
    ...[0, 1, 2, 3].map((sequence) => stored("a", run, sequence)),
  ]);
  assert.deepEqual(await daysOf("a", { zone: "Asia/Tokyo", nowMs: midnight + 10_000 }), [
    ["2026-01-30", 0, 0, {}],
    ["2026-01-31", 30_000, 30_000, {}],
    ["2026-02-01", 10_000, 10_000, {}],
  ]);
});

test("many cameras are read at once, and none that is not known", async () => {
  await emptyTables(database);
  await appendEvents(database, [stored("a", runAt(0), 0), registered("b", "Other")]);
  const all = await readCompleteness(database, {
    cameraIds: ["a", "b", "nobody"],
    range,
    nowMs: START + 20_000,
  });
  assert.deepEqual([...all.keys()], ["a", "b"]);
  assert.equal(all.get("a")!.at(-1)!.completeness, 0.5);
  assert.equal(all.get("b")!.at(-1)!.completeness, 0);
  assert.deepEqual(await readSitesHeard(database), [{ siteId: "home", lastHeardMs: START }]);
  assert.ok((await readPosition(database)) >= 2);
});
