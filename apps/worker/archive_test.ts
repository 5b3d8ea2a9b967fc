import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";
import { appendArguments } from "@rokuga/db/append.ts";
import { type Database, openDatabase } from "@rokuga/db/connect.ts";
import {
  lost,
  registered,
  relayHeard,
  renamed,
  runAt,
  START,
  started,
  stored,
} from "@rokuga/db/test_events.ts";
import { emptyTables } from "@rokuga/db/test_tables.ts";
import { HOUR_MS, readArchive } from "@rokuga/media/archive.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import type { Storage } from "@rokuga/storage/storage.ts";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { type TempDirectory, tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { Archiver, type ArchiverOptions } from "./archive.ts";
import { openTestParts, type TestParts } from "./test_parts.ts";

const never = new AbortController().signal;
const MINUTE = 60_000;

let server: PostgresServer;
let directory: TempDirectory;
let opened: TestParts;
let database: Database;
let storage: Storage;
/** Of the role that owns the tables: it can empty the log. */
let owner: Database;
let place: string;
let round = 0;

before(async () => {
  server = await startPostgresServer();
  owner = openDatabase(server.url);
  directory = await tempDirectory("archive");
});
after(async () => {
  await opened?.[Symbol.asyncDispose]();
  await owner[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
/** Each test has an empty log and an empty store. */
beforeEach(async () => {
  await opened?.[Symbol.asyncDispose]();
  place = join(directory.path, String(round++));
  await mkdir(place);
  opened = await openTestParts({ databaseUrl: server.appUrl, directory: place });
  ({ database } = opened);
  ({ storage } = opened.parts);
  await emptyTables(owner);
  await database.pool.query("DELETE FROM cursors");
});

function archiver(options: Partial<ArchiverOptions> = {}): Archiver {
  const { breakers, pacer, log } = opened.parts;
  const own = { databaseUrl: server.appUrl, storage, breakers, pacer, log, intervalMs: 20 };
  return new Archiver({ ...own, ...options });
}

/** The same store with another way to put. */
function sameStorage(putting: (put: () => Promise<void>) => Promise<void>): Storage {
  const same = openStorage(pathToFileURL(join(place, "store")).href);
  same.put = (...args) => putting(() => storage.put(...args));
  return same;
}

/** Appends events as if the log had taken them at a time. */
async function record(recordedAtMs: number, ...events: NewEvent[]): Promise<void> {
  await database.pool.query(
    "SELECT append_locked($1, $2)",
    appendArguments(events.map((event) => ({ ...event, recordedAtMs }))),
  );
}

async function files(): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for await (const { key } of storage.list("log/")) {
    found[key] = [...readArchive(await text(await storage.get(key)))].map((line) =>
      line.ok ? line.event.eventId : line.problem,
    );
  }
  return found;
}
const textOf = async (key: string) => await text(await storage.get(key));
const cursor = async () =>
  (await database.pool.query("SELECT transaction_id, position FROM cursors WHERE name = 'archive'")).rows[0];
const logged = () => opened.logged.map(({ level, message }) => `${level} ${message}`);

const RUN = runAt(0);
const [NINE, TEN] = ["log/home/2026/01/31/09.jsonl", "log/home/2026/01/31/10.jsonl"];
const idOf = (sequence: number, type = "SegmentStored") => `a/${RUN}/${sequence}/${type}`;

test("each site and hour has its file, in the order of the log, as it was appended", async () => {
  await record(START + 1, relayHeard("shop", START), registered("a", "Front"), started("a", RUN));
  await record(START + HOUR_MS - 1, stored("a", RUN, 1));
  await record(START + HOUR_MS - 1, stored("a", RUN, 0));
  await record(START + HOUR_MS, lost("a", RUN, 2), lost("nowhere", RUN, 0));
  assert.equal(await archiver().cycle(never), "archived");
  assert.deepEqual(await files(), {
    "log/shop/2026/01/31/09.jsonl": [`site/shop/RelayHeard/${START}`],
    [NINE]: ["camera/a/CameraRegistered", `a/${RUN}/RunStarted`, idOf(1), idOf(0)],
    [TEN]: [idOf(2, "SegmentLost")],
    "log/unknown/2026/01/31/10.jsonl": [`nowhere/${RUN}/0/SegmentLost`],
  });
  const { data, ...rest } = stored("a", RUN, 1);
  const line = JSON.parse((await textOf(NINE)).split("\n")[2]!);
  assert.deepEqual(line, { ...rest, data, recordedAtMs: START + HOUR_MS - 1 });
});

test("a repeat changes nothing, and writes nothing; what is new rewrites its hour only", async () => {
  await record(START, registered("a", "Front"), stored("a", RUN, 0));
  await record(START + HOUR_MS, stored("a", RUN, 1));
  const first = archiver();
  await first.cycle(never);
  const [nine, ten] = [await textOf(NINE), await textOf(TEN)];
  assert.deepEqual(opened.puts.splice(0), [NINE, TEN]);
  await first.cycle(never);
  await archiver().cycle(never);
  assert.deepEqual(opened.puts, []);
  // Also when the cursor was lost: the same bytes.
  await database.pool.query("DELETE FROM cursors");
  await archiver().cycle(never);
  assert.deepEqual(opened.puts.splice(0), [NINE, TEN]);
  assert.deepEqual([await textOf(NINE), await textOf(TEN)], [nine, ten]);
  await record(START + HOUR_MS + 5, stored("a", RUN, 2));
  await first.cycle(never);
  assert.deepEqual(opened.puts, [TEN]);
  assert.ok((await textOf(TEN)).startsWith(ten));
  assert.deepEqual((await files())[TEN], [idOf(1), idOf(2)]);
});

test("what is committed late, in an hour that was archived before, is archived", async () => {
  await record(START, stored("a", RUN, 0));
  const late = await database.pool.connect();
  try {
    await late.query("BEGIN");
    const event = { ...stored("b", RUN, 0), recordedAtMs: START + 1 };
    await late.query("SELECT append_locked($1, $2)", appendArguments([event]));
    await record(START + HOUR_MS, stored("a", RUN, 1));
    const one = archiver();
    await one.cycle(never);
    // Not past the transaction that is open.
    assert.deepEqual(await files(), { [NINE]: [idOf(0)] });
    await late.query("COMMIT");
    await one.cycle(never);
    assert.deepEqual(await files(), { [NINE]: [idOf(0), `b/${RUN}/0/SegmentStored`], [TEN]: [idOf(1)] });
  } finally {
    late.release();
  }
});

test("a crash between the file and the cursor costs a repetition", async () => {
  await record(START, stored("a", RUN, 0));
  const stop = new AbortController();
  const dying = sameStorage(async (put) => {
    await put();
    stop.abort(new Error("killed"));
    stop.signal.throwIfAborted();
  });
  await assert.rejects(archiver({ storage: dying }).cycle(stop.signal), /killed/);
  const written = await textOf(NINE);
  assert.equal(await cursor(), undefined);
  await archiver().cycle(never);
  assert.equal(await textOf(NINE), written);
  assert.notEqual(await cursor(), undefined);
});

test("a long log is archived page by page, goes on after an interruption, and is never all in memory", async () => {
  const events = Array.from({ length: 40 }, (_, sequence) => stored("a", RUN, sequence));
  for (const [index, event] of events.entries()) await record(START + index * 20 * MINUTE, event);
  const stop = new AbortController();
  const put = storage.put;
  storage.put = async (key, body, options) => {
    assert.ok(body.byteLength < 2_500, "an hour, not more");
    await put(key, body, options);
    if (opened.puts.length === 5) stop.abort(new Error("enough"));
  };
  await assert.rejects(archiver({ pageEvents: 7 }).cycle(stop.signal), /enough/);
  const first = await cursor();
  assert.equal(Object.keys(await files()).length, 5);
  await archiver({ pageEvents: 7 }).cycle(never);
  assert.ok(Number((await cursor()).position) > Number(first.position));
  const all = await files();
  assert.equal(Object.keys(all).length, 14);
  assert.deepEqual(Object.values(all).flat().sort(), events.map(({ eventId }) => eventId).sort());
});

test("of two archivers at once one does it", async () => {
  await record(START, registered("a", "Front"), stored("a", RUN, 0));
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const put = storage.put;
  storage.put = async (...args) => {
    await held;
    await put(...args);
  };
  const one = archiver().cycle(never);
  await waitFor(
    async () => (await database.pool.query("SELECT FROM pg_locks WHERE locktype = 'advisory'")).rowCount,
    { what: "the turn to be taken" },
  );
  let second: unknown;
  const other = archiver()
    .cycle(never)
    .then((outcome) => {
      second = outcome;
    });
  await waitFor(() => second, { what: "the other to see it" }).finally(release);
  await other;
  assert.equal(second, "elsewhere");
  assert.equal(await one, "archived");
  assert.deepEqual(opened.puts, [NINE]);
  assert.equal(await archiver().cycle(never), "archived");
});

test("one that has lost its turn in the middle of a put does not undo what another has archived", async () => {
  await record(START, stored("a", RUN, 0));
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let isPutting = false;
  const slow = sameStorage(async (put) => {
    isPutting = true;
    await held;
    await put();
  });
  const losing = archiver({ storage: slow }).cycle(never);
  await waitFor(() => isPutting, { what: "the put" });
  await database.pool.query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");
  await record(START + 1, stored("a", RUN, 1));
  const other = archiver();
  await waitFor(async () => (await other.cycle(never)) === "archived", { what: "the other's turn" });
  assert.deepEqual(await files(), { [NINE]: [idOf(0), idOf(1)] });
  release();
  assert.equal(await losing, "archived");
  assert.deepEqual(await files(), { [NINE]: [idOf(0), idOf(1)] });
});

test("an event stays in the file in which it was, when its camera turns out to be elsewhere", async () => {
  const one = archiver();
  await record(START, lost("a", RUN, 0));
  await one.cycle(never);
  await record(START + 1, registered("a", "Front"), lost("b", RUN, 0));
  await one.cycle(never);
  assert.deepEqual(await files(), {
    [NINE]: [idOf(0, "SegmentLost"), "camera/a/CameraRegistered"],
    "log/unknown/2026/01/31/09.jsonl": [`b/${RUN}/0/SegmentLost`, idOf(0, "SegmentLost")],
  });
});

test("what another database has archived in the same hour is kept", async () => {
  await record(START, registered("a", "Front"), stored("a", RUN, 0));
  await archiver().cycle(never);
  await emptyTables(owner);
  await database.pool.query("DELETE FROM cursors");
  await record(START + 1, stored("a", RUN, 1));
  const one = archiver();
  await one.cycle(never);
  const kept = ["camera/a/CameraRegistered", idOf(0)];
  assert.deepEqual(await files(), { [NINE]: [idOf(1), ...kept] });
  await record(START + 2, renamed("a", "Back", START + 2));
  await record(START + 2, stored("a", RUN, 2));
  await one.cycle(never);
  assert.deepEqual((await files())[NINE], [idOf(1), idOf(2), ...kept]);
  await one.cycle(never);
});

test("what cannot be read is archived as it is", async () => {
  await database.pool.query(
    `INSERT INTO events (event_id, stream, type, version, data, occurred_at, recorded_at) VALUES
     ('x', 'camera/a', 'CameraPainted', 3, '{"siteId": "../etc", "colour": "red"}', now(), to_timestamp($1 / 1000.0))`,
    [START],
  );
  await archiver().cycle(never);
  const line = JSON.parse(await textOf("log/unknown/2026/01/31/09.jsonl"));
  assert.deepEqual(
    [line.eventId, line.type, line.version, line.data],
    ["x", "CameraPainted", 3, { siteId: "../etc", colour: "red" }],
  );
});

test("outages are waited for, and only changes are said", async () => {
  await record(START, stored("a", RUN, 0));
  await opened.unmount();
  const one = archiver().start();
  await waitFor(() => opened.parts.breakers.store.status.awaySinceMs !== null, { what: "the outage" });
  await opened.mount();
  await waitFor(async () => (await files())[NINE]?.length === 1, { what: "the file" });
  await waitFor(() => logged().includes("info the log is archived in the store"), { what: "the word of it" });
  await server.stop();
  await waitFor(() => opened.parts.breakers.log.status.awaySinceMs !== null, { what: "the other outage" });
  await server.start();
  await waitFor(() => opened.parts.breakers.log.status.awaySinceMs === null, { what: "its end" });
  await record(START, stored("a", RUN, 1));
  await waitFor(async () => (await files())[NINE]?.length === 2, { what: "the second event" });
  // The last event is archived at the end.
  await record(START, stored("a", RUN, 2));
  await one[Symbol.asyncDispose]();
  assert.equal((await files())[NINE]?.length, 3);
  assert.deepEqual(logged(), [
    "warn a destination is away; footage waits in the spool",
    "info a destination works again",
    "info the log is archived in the store",
    "warn a destination is away; footage waits in the spool",
    "info a destination works again",
  ]);
});

test("while a restore is not at its end nothing is archived, which is said once", async () => {
  await record(START, stored("a", RUN, 0));
  await database.pool.query("INSERT INTO cursors VALUES ('restore', '0', 1)");
  assert.equal(await archiver().cycle(never), "restoring");
  const one = archiver().start();
  await waitFor(() => logged().length > 0, { what: "a word of it" });
  await database.pool.query("DELETE FROM cursors");
  await waitFor(() => logged().length > 1, { what: "the end of it" });
  await one[Symbol.asyncDispose]();
  assert.deepEqual(logged(), [
    "warn nothing is archived: this database is being restored; if that was interrupted, run it again",
    "info the log is archived in the store",
  ]);
});

test("what a person has to cure is said once, and it goes on when they have acted", async () => {
  await record(START, stored("a", RUN, 0));
  await owner.pool.query("ALTER TABLE cursors RENAME TO hidden");
  const one = archiver().start();
  await waitFor(() => logged().length > 0, { what: "a word of it" });
  await waitFor(async () => (await database.pool.query("SELECT 1")).rowCount, { what: "another look" });
  await owner.pool.query("ALTER TABLE hidden RENAME TO cursors");
  await waitFor(() => logged().length > 1, { what: "the end of it" });
  await one[Symbol.asyncDispose]();
  assert.deepEqual(logged(), [
    "error the log cannot be archived; recording goes on, and a person must act",
    "info the log is archived in the store",
  ]);
});
