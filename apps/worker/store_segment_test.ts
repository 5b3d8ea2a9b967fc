import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";
import { type Database, openDatabase } from "@rokuga/db/connect.ts";
import { readSegments } from "@rokuga/db/read_segments.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import type { SegmentJob } from "@rokuga/media/job.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import { parseSegment } from "@rokuga/media/segment_parser.ts";
import { outboxPath, segmentPath } from "@rokuga/media/spool_layout.ts";
import { handMadeSegment } from "@rokuga/media/test_data.ts";
import { GiveUpError } from "@rokuga/queue/consumer.ts";
import { silentLog } from "@rokuga/runtime/log.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { type EventSink, PostgresEventSink } from "./event_sink.ts";
import { Outage, OutageError } from "./outage.ts";
import { SegmentReader } from "./read_segment.ts";
import { doJob, type StoreOptions } from "./store_segment.ts";

const START = 1_770_000_000_000;
const never = new AbortController().signal;
const media = handMadeSegment();

let server: PostgresServer;
let database: Database;
let directory: Awaited<ReturnType<typeof tempDirectory>>;
let options: StoreOptions;
let runs = 0;
let runId = "";

before(async () => {
  server = await startPostgresServer();
  database = openDatabase(server.url);
  directory = await tempDirectory("worker");
  await mkdir(join(directory.path, "store"));
  const storage = openStorage(pathToFileURL(join(directory.path, "store")).href);
  options = {
    spool: join(directory.path, "spool"),
    storage,
    reader: new SegmentReader({ most: 2 }),
    sink: new PostgresEventSink(database),
    log: silentLog,
  };
});
after(async () => {
  await options.storage[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  runId = `0mk3x0abcd${String(runs++).padStart(3, "0")}`;
});

/** A closed segment in the spool, and its job. */
async function spooled(sequence: number): Promise<SegmentJob> {
  const parsed = parseSegment(media);
  assert.ok(parsed.ok);
  const id = { cameraId: "a", runId, sequence };
  const startMs = START + runs * 3_600_000 + sequence * 320;
  const path = segmentPath(options.spool, id);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, media);
  const segment = { ...parsed.segment, ...id, firstFragment: sequence * 2, startMs, wallDurationMs: 320 };
  return { kind: "segment", siteId: "home", segment, closedAtMs: startMs + 320 };
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
const storedSegments = ({ segment }: SegmentJob) =>
  readSegments(database, "a", { startMs: segment.startMs, endMs: segment.startMs + 1 });
const eventTypes = async () => {
  const { rows } = await database.pool.query(
    "SELECT type, data FROM events WHERE data->>'runId' = $1 ORDER BY position",
    [runId],
  );
  return rows.map(({ type, data }) => (data.cause ? `${type} ${data.cause}` : type));
};

test("a segment is stored, its event appended, and only then its file deleted", async () => {
  const job = await spooled(0);
  await doJob(options, job, never);
  const [row] = await storedSegments(job);
  assert.equal(row?.key, objectKey({ ...job.segment, siteId: "home" }));
  const stream = await options.storage.get(row.key);
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  assert.deepEqual(
    createHash("sha256").update(bytes).digest("hex"),
    createHash("sha256").update(media).digest("hex"),
  );
  assert.equal(await exists(segmentPath(options.spool, job.segment)), false);
});

test("the same job again changes nothing, whatever its first worker got done before it died", async () => {
  const job = await spooled(0);
  await doJob(options, job, never);
  // It died after the delete, before the job was acknowledged.
  await doJob(options, job, never);
  // It died after the append, before the delete.
  await writeFile(segmentPath(options.spool, job.segment), media);
  await doJob(options, job, never);
  assert.deepEqual(await eventTypes(), ["SegmentStored"]);
  assert.equal(await exists(segmentPath(options.spool, job.segment)), false);
});

test("a file that is gone is given up with a cause, and the others go on", async () => {
  const gone = await spooled(0);
  await rm(segmentPath(options.spool, gone.segment));
  await assert.rejects(doJob(options, gone, never), GiveUpError);
  await doJob(options, await spooled(1), never);
  assert.deepEqual(await eventTypes(), ["SegmentLost deleted", "SegmentStored"]);
});

test("a file that was changed after it was closed is kept, not stored", async () => {
  const job = await spooled(0);
  await writeFile(segmentPath(options.spool, job.segment), media.subarray(0, 1_000));
  await assert.rejects(doJob(options, job, never), /has 1000 bytes, its description says/);
  assert.equal(await exists(segmentPath(options.spool, job.segment)), true);
  assert.deepEqual(await eventTypes(), []);
});

test("while the store or the log is away the file stays, and nothing is half done", async () => {
  const job = await spooled(0);
  // As when a share is not mounted.
  const root = join(directory.path, "store");
  await rename(root, `${root}.away`);
  await assert.rejects(doJob(options, job, never), OutageError);
  await rename(`${root}.away`, root);
  await server.stop();
  await assert.rejects(doJob(options, job, never), OutageError);
  assert.equal(await exists(segmentPath(options.spool, job.segment)), true);
  await server.start();
  await doJob(options, job, never);
  assert.deepEqual(await eventTypes(), ["SegmentStored"]);
});

test("an event of the outbox is appended, then its file deleted", async () => {
  const event: NewEvent = {
    eventId: `a/${runId}/RunStarted`,
    type: "RunStarted",
    version: 1,
    occurredAtMs: START,
    data: { cameraId: "a", runId, startMs: START },
  };
  const path = outboxPath(options.spool, event.eventId);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(event));
  await doJob(options, { kind: "event", siteId: "home", event }, never);
  assert.deepEqual(await eventTypes(), ["RunStarted"]);
  assert.equal(await exists(path), false);
});

test("appends that come together share a transaction; one that is refused does not take the others along", async () => {
  const sink: EventSink = new PostgresEventSink(database);
  const events = [0, 1, 2, 3].map(
    (sequence): NewEvent => ({
      eventId: `a/${runId}/${sequence}/SegmentLost`,
      type: "SegmentLost",
      version: 1,
      occurredAtMs: START,
      data: {
        cameraId: "a",
        runId,
        sequence,
        startMs: START,
        wallDurationMs: 1,
        bytes: 1,
        cause: "corrupt",
        detail: "noise",
      },
    }),
  );
  const wrong = { ...events[2]!, data: { ...events[2]!.data, cameraId: "NOT AN ID" } } as NewEvent;
  const results = await Promise.allSettled(
    [events[0]!, events[1]!, wrong, events[3]!].map((event) => sink.append(event)),
  );
  assert.deepEqual(
    results.map((result) => result.status),
    ["fulfilled", "fulfilled", "rejected", "fulfilled"],
  );
  assert.equal((await eventTypes()).length, 3);
  assert.equal(await sink.has(events[1]!.eventId), true);
  assert.equal(await sink.has(events[2]!.eventId), false);
});

test("all jobs wait for the same probe, and go on when it succeeds", async () => {
  let probes = 0;
  const probe = async () => {
    if (++probes < 3) throw new Error("still away");
  };
  const outage = new Outage({ probe, log: silentLog, firstMs: 1, longestMs: 2 });
  const error = new OutageError("away");
  await Promise.all([1, 2, 3, 4].map(() => outage.waitUntilOver(error, never)));
  assert.equal(probes, 3);
  const stop = new AbortController();
  const waiting = new Outage({
    probe: () => Promise.reject(new Error("away")),
    log: silentLog,
    firstMs: 1,
  }).waitUntilOver(error, stop.signal);
  stop.abort();
  await assert.rejects(waiting);
});
