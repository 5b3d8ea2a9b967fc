/** The restore on a disk's store: what it makes of less, of worse and of half of what it needs. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Database, openDatabase } from "@rokuga/db/connect.ts";
import { readCameras } from "@rokuga/db/read_cameras.ts";
import { expired, lost, registered, relayHeard, renamed, siteNamed, stored } from "@rokuga/db/test_events.ts";
import { emptyTables, projections } from "@rokuga/db/test_tables.ts";
import { archiveKey, archiveText, HOUR_MS } from "@rokuga/media/archive.ts";
import { type Linked, linkOf } from "@rokuga/media/chain.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import { ffmpegSegments, noFfmpeg } from "@rokuga/media/test_data.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import type { Storage } from "@rokuga/storage/storage.ts";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { type TempDirectory, tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { restoreDatabase } from "./restore_database.ts";
import {
  archiveAll,
  eventsOf,
  goOn,
  makeHistory,
  type Place,
  record,
  runStartedId,
  T,
  TestCamera,
  whatPlays,
} from "./test_history.ts";

const never = new AbortController().signal;

let server: PostgresServer;
let directory: TempDirectory;
let database: Database;
let root: string;
let storage: Storage;
let place: Place;
let round = 0;

before(async () => {
  server = await startPostgresServer();
  directory = await tempDirectory("restore");
  database = openDatabase(server.url);
});
after(async () => {
  await database[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
/** Each test has an empty database and an empty store. */
beforeEach(async () => {
  root = join(directory.path, String(round++));
  await mkdir(root);
  storage = openStorage(pathToFileURL(root).href);
  place = { database, storage };
  await loseDatabase();
});

async function loseDatabase(): Promise<void> {
  await emptyTables(database);
  await database.pool.query("DELETE FROM cursors");
}

const restore = (from: Storage = storage, signal: AbortSignal = never) =>
  restoreDatabase({ databaseUrl: server.url, storage: from, signal, say: () => {} });

async function put(key: string, body: string | Uint8Array): Promise<void> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await storage.put(key, bytes, { contentType: "text/plain", sha256 });
}

async function keysBelow(prefix: string): Promise<string[]> {
  const keys = [];
  for await (const { key } of storage.list(prefix)) keys.push(key);
  return keys;
}

const cursorNames = async () =>
  (await database.pool.query("SELECT name FROM cursors ORDER BY name")).rows.map(({ name }) => name);

test("without any archive, keys and contents are enough for what they can say", async () => {
  const history = await makeHistory(place);
  const { a, d } = await goOn(place, history);
  const e = new TestCamera(place, { siteId: "home", cameraId: "e" });
  if (!noFfmpeg) {
    const hls = ["-t", "6", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac"];
    await e.begin(T);
    await e.store(
      ffmpegSegments([...hls, "-f", "segment", "-segment_time", "2", "-segment_format", "mpegts"]),
    );
  }
  const cameras = ["c", "d", "e"];
  const plays = await whatPlays(place, cameras);
  const events = await eventsOf(place);
  assert.deepEqual(await keysBelow("log/"), []);
  await loseDatabase();
  const report = await restore();
  assert.deepEqual(await whatPlays(place, cameras), plays);
  assert.equal(report.rebuilt, (await keysBelow("sites/")).length);

  // Of a segment all is as it was told, but for what depends on segments before it that are not known: the chain is
  // one from the first that is.
  const rebuilt = await eventsOf(place);
  const segments = [...rebuilt].filter(([eventId]) => /^[cde]\/.*SegmentStored$/.test(eventId));
  assert.ok(segments.length >= 9);
  for (const [eventId, { data, ...event }] of segments) {
    const { data: told, ...asTold } = events.get(eventId)!;
    assert.deepEqual(event, asTold, eventId);
    assert.deepEqual({ ...data, previous: null }, { ...told, previous: null }, eventId);
    const before = rebuilt.get(
      eventId.replace(/\d+(?=\/SegmentStored$)/, (sequence) => `${Number(sequence) - 1}`),
    );
    assert.equal(data.previous, before ? linkOf(before.data as Linked) : null, eventId);
  }
  for (const runId of [a.runId, d.runId]) {
    const id = runStartedId(runId === a.runId ? "a" : "d", runId);
    assert.deepEqual(rebuilt.get(id), events.get(id));
  }
  const shown = (await readCameras(database, T)).map(({ id, name, siteId }) => `${id} ${name} ${siteId}`);
  assert.deepEqual(shown.slice(0, 4), ["a a home", "b b home", "c c shop", "d d shop"]);

  // The relay tells the names again, as at each of its starts: they hold, although they were given before.
  await record(place, [
    siteNamed("home", "Home", T - HOUR_MS),
    { ...registered("a", "Front"), occurredAtMs: T - HOUR_MS },
  ]);
  assert.ok((await readCameras(database, T)).some(({ id, name }) => id === "a" && name === "Front"));
  const { rows } = await database.pool.query("SELECT name FROM sites WHERE site_id = 'home'");
  assert.deepEqual(rows, [{ name: "Home" }]);
});

/** The same store, whose reads end a restore when `isTime`. */
function interrupting(stop: AbortController, isTime: (key: string) => boolean): Storage {
  const same = openStorage(pathToFileURL(root).href);
  same.get = (key, options) => {
    if (isTime(key)) stop.abort(new Error("pulled the plug"));
    return storage.get(key, options);
  };
  return same;
}

test("interrupted anywhere and run again it gives the same, and nothing is archived before its end", async () => {
  const history = await makeHistory(place);
  await archiveAll(place);
  await goOn(place, history);
  const plays = await whatPlays(place, ["a", "b", "c", "d"]);
  const events = await eventsOf(place);
  await loseDatabase();
  await restore();
  const whole = (await eventsOf(place)).size;

  await loseDatabase();
  const files = await keysBelow("log/");
  for (const isTime of [
    (key: string) => key === files[0],
    (key: string) => key === files.at(-1),
    (key: string) => key.startsWith("sites/home/cameras/b/"),
    (key: string) => key.startsWith("sites/shop/cameras/d/"),
  ]) {
    const stop = new AbortController();
    await assert.rejects(restore(interrupting(stop, isTime), stop.signal), /pulled the plug/);
    assert.deepEqual(await cursorNames(), ["restore"]);
  }
  await assert.rejects(archiveAll(place), /not archived: restoring/);
  // A worker is not forbidden to go on meanwhile.
  await record(place, [relayHeard("shop", T + 3 * HOUR_MS)]);
  await restore();
  assert.deepEqual(await whatPlays(place, ["a", "b", "c", "d"]), plays);
  assert.equal((await eventsOf(place)).size, whole + 1);
  assert.deepEqual(await cursorNames(), ["archive"]);
  // What follows on segments of the archive is the same event, with its place in the chain.
  const tails = [2, 3, 4].map((sequence) => `b/${history.b.runId}/${sequence}/SegmentStored`);
  const restored = await eventsOf(place);
  for (const eventId of tails) assert.deepEqual(restored.get(eventId), events.get(eventId));

  // Of what was archived nothing is written again; what was not is.
  const puts: string[] = [];
  const { put: original } = storage;
  storage.put = async (key, ...rest) => {
    puts.push(key);
    await original.call(storage, key, ...rest);
  };
  await archiveAll(place);
  const hourMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const now = ["home", "shop"].map((siteId) => archiveKey({ siteId, hourMs }));
  assert.deepEqual(puts, now);
  const archived = await textOf(now[1]!);
  assert.match(archived, /RelayHeard/);
  assert.match(archived, /"d\/\w+\/2\/SegmentStored"/);
});

const textOf = async (key: string) => text(await storage.get(key));

test("what cannot be read is told, left alone, and keeps nothing else out", async () => {
  await makeHistory(place);
  await archiveAll(place);
  const plays = await whatPlays(place, ["b", "c"]);
  await loseDatabase();
  const [first] = await keysBelow("log/");
  const torn = (await textOf(first!)).split("\n");
  await put(first!, [...torn.slice(0, -1), torn[0]!.slice(0, 50)].join("\n"));
  await put("log/notes.txt", "not ours");
  // The database refuses it, although it is an event.
  const recordedAtMs = T + 5 * HOUR_MS;
  const usual = stored("b", "0mk3x0abcd000", 0);
  const big = { ...usual, data: { ...usual.data, bytes: 3_000_000_000 } };
  const good = renamed("b", "Yard", recordedAtMs);
  const lines = [big, good].map((event) => ({ ...event, recordedAtMs }));
  const late = archiveKey({ siteId: "home", hourMs: Math.floor(recordedAtMs / HOUR_MS) * HOUR_MS });
  await put(late, archiveText(lines));
  const id = { siteId: "home", cameraId: "b", runId: "0mk3x0abcd000", sequence: 0, startMs: T };
  const noise = objectKey({ ...id, wallDurationMs: 10_000 });
  await put(noise, "no video");
  await put("sites/home/rokuga-probe", "rokuga-probe");
  await put("sites/home/cameras/b/thumb.jpg", "a picture");
  const report = await restore();
  assert.deepEqual(
    report.unreadable.named.toSorted(),
    [
      `${first}, line ${torn.length}: it is not JSON, as when it was cut off`,
      `${late}, event 1: value "3000000000" is out of range for type integer`,
      "log/notes.txt: it is no file of the archive",
    ].toSorted(),
  );
  assert.deepEqual(report.foreign.named, [
    `${noise}: It holds no whole MPEG-TS packet.`,
    "sites/home/cameras/b/thumb.jpg: its key is not one of a segment",
  ]);
  assert.equal(report.missing.count, 0);
  assert.deepEqual(await whatPlays(place, ["b", "c"]), plays);
  assert.ok((await readCameras(database, T)).some(({ name }) => name === "Yard"));
  assert.equal(await textOf(noise), "no video");
});

test("what the log has given up stays given up, although its object is there", async () => {
  const a = new TestCamera(place, { siteId: "home", cameraId: "a" });
  await a.begin(T);
  await a.store(4);
  await loseDatabase();
  const expiredSpan = { runId: a.runId, fromSequence: 2, toSequence: 2 };
  await record(place, [lost("a", a.runId, 1), expired("a", [expiredSpan])], T + HOUR_MS);
  await archiveAll(place);
  await loseDatabase();
  const report = await restore();
  assert.deepEqual([report.rebuilt, report.missing.count], [2, 0]);
  const { rows } = await database.pool.query("SELECT sequence FROM segments ORDER BY sequence");
  assert.deepEqual(rows, [{ sequence: 0 }, { sequence: 3 }]);
});

type Ended = { code: number | null; stdout: string; stderr: string };

function startProgram(): { ended: Promise<Ended>; kill: (signal: NodeJS.Signals) => void } {
  const child = spawn(process.execPath, [fileURLToPath(new URL("./restore.ts", import.meta.url))], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DATABASE_URL: server.url, STORAGE_URL: pathToFileURL(root).href },
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]).then(
    ([stdout, stderr, [code]]) => ({ code, stdout, stderr }),
  );
  return { ended, kill: (signal) => child.kill(signal) };
}

test("the program says what it did, and ends with 1 when objects are missing", async () => {
  const history = await makeHistory(place);
  await archiveAll(place);
  await goOn(place, history);
  await loseDatabase();
  const first = await startProgram().ended;
  assert.deepEqual(
    { ...first, stderr: first.stderr.replace(/\d+(?=\/s)/, "N") },
    {
      code: 0,
      stdout:
        "Restored: 47 events from 6 files of the archive, 14 segments from objects that it did not know.\n",
      stderr: "archive: 6 files, 47 events (N/s)\nobjects: 31 listed, 14 were unknown and are rebuilt\n",
    },
  );
  const again = await startProgram().ended;
  assert.equal(again.code, 1);
  assert.match(again.stderr, /^Cannot restore: the log of this database is not empty.*Make a new database/);

  // One of a camera's day, and all of another's, also of a run whose clock was corrected by more than a day.
  await loseDatabase();
  const gone = [history.a.keys[4]!, ...history.b.keys.slice(0, 5)];
  await storage.delete(gone);
  const { code, stdout, stderr } = await startProgram().ended;
  assert.equal(code, 1);
  assert.match(stdout, /, 6 objects missing\.\n$/);
  assert.match(stderr, /6 that the log has is not in the store/);
  for (const key of gone) assert.ok(stderr.includes(`  ${key}\n`), key);
  assert.equal(stderr.match(/ {2}sites\//g)?.length, 6);
});

test("Ctrl-C ends the program at once, and it goes on when it is run again", async () => {
  await makeHistory(place);
  await archiveAll(place);
  const all = await projections(database);
  await loseDatabase();
  const holding = await database.pool.connect();
  await holding.query("BEGIN; LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE");
  const program = startProgram();
  const waiting = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'events'::regclass";
  await waitFor(async () => (await database.pool.query(waiting)).rowCount, {
    what: "the append",
    timeoutMs: 20_000,
  });
  program.kill("SIGINT");
  const { code, stderr } = await program.ended;
  assert.equal(code, 130);
  assert.match(stderr, /Interrupted. What was restored stays; run this again and it goes on\.\n$/);
  await holding.query("ROLLBACK");
  holding.release();
  const { code: second, stderr: said } = await startProgram().ended;
  assert.equal(second, 0);
  assert.match(said, /^a restore of this database was interrupted: it goes on/);
  assert.equal(await projections(database), all);
});

test("what is not to be restored into, or from, is refused, and left as it was", async () => {
  await assert.rejects(restore(), /There is nothing to restore: .* Check that STORAGE_URL/);
  assert.deepEqual(await cursorNames(), []);
  const holding = await database.pool.connect();
  await holding.query("SELECT pg_advisory_lock($1)", [0x726f6c61]);
  await assert.rejects(restore(), /another program restores or archives this database just now\. Stop it/);
  await holding.query("SELECT pg_advisory_unlock_all()");
  holding.release();
  await record(place, [registered("a", "Front")]);
  await assert.rejects(restore(), /the log of this database is not empty/);
  assert.deepEqual(await cursorNames(), []);
  await database.pool.query("ALTER TABLE cursors RENAME TO hidden");
  await assert.rejects(restore(), /the database has not been migrated\. Do that first/);
  await database.pool.query("ALTER TABLE hidden RENAME TO cursors");
});

test("events that an earlier version has written are restored as this one knows them", async () => {
  const data = {
    cameraId: "a",
    runId: "0mk3x0abcd000",
    sequence: 0,
    firstFragment: 0,
    startMs: T,
    wallDurationMs: 10_000,
    bytes: 1_000,
    startTicks: 0,
    mediaDurationTicks: 900_000,
    tracks: { video: { codec: "avc1.64001f", width: 1280, height: 720 }, audio: null },
    fragments: [{ bytes: 1_000, durationTicks: 900_000, keyframeBytes: 300 }],
    key: "sites/home/elsewhere/0.ts",
    sha256: "0".repeat(64),
  };
  const event = {
    eventId: "a/0mk3x0abcd000/0/SegmentStored",
    type: "SegmentStored",
    version: 1,
    occurredAtMs: T,
    data,
  };
  await put(
    archiveKey({ siteId: "unknown", hourMs: T - (T % HOUR_MS) }),
    archiveText([{ ...event, recordedAtMs: T }]),
  );
  // Its key is none that follows from the rest: there it is, and there it is not.
  await mkdir(dirname(join(root, data.key)), { recursive: true });
  await writeFile(join(root, data.key), "x".repeat(1_000));
  assert.deepEqual([(await restore()).foreign.count, await cursorNames()], [0, ["archive"]]);
  await loseDatabase();
  await storage.delete([data.key]);
  assert.deepEqual((await restore()).missing.named, [data.key]);
});
