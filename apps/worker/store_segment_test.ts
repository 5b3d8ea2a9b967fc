import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";
import type { Lane, SegmentJob } from "@rokuga/media/job.ts";
import { packFragments } from "@rokuga/media/packed_fragments.ts";
import { tracksText } from "@rokuga/media/segment.ts";
import { quarantinePath, segmentPath } from "@rokuga/media/spool_layout.ts";
import { GiveUpError } from "@rokuga/queue/consumer.ts";
import type { PutOptions } from "@rokuga/storage/storage.ts";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { type TempDirectory, tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { doJob, type JobParts } from "./do_job.ts";
import {
  exists,
  inOutbox,
  keyOf,
  media,
  mediaSha256,
  openTestParts,
  overflowed,
  spooled,
  type TestParts,
} from "./test_parts.ts";

const never = new AbortController().signal;
let server: PostgresServer;
let directory: TempDirectory;
let fixture: TestParts;
let parts: JobParts;
let runs = 0;
let runId = "";

before(async () => {
  server = await startPostgresServer();
  directory = await tempDirectory("worker");
  fixture = await openTestParts({ databaseUrl: server.appUrl, directory: directory.path });
  parts = fixture.parts;
});
after(async () => {
  for (const one of [fixture, directory, server]) await one[Symbol.asyncDispose]();
});
beforeEach(() => {
  runId = `0mk3x0abcd${String(runs++).padStart(3, "0")}`;
  fixture.logged.length = 0;
  fixture.puts.length = 0;
});

const segment = (sequence: number) => spooled(parts.spool, { cameraId: "a", runId, sequence });
const pathOf = (job: SegmentJob) => segmentPath(parts.spool, job.segment);
const run = (
  job: SegmentJob,
  { lane = "live", signal = never }: { lane?: Lane; signal?: AbortSignal } = {},
) => doJob(parts, job, { lane, signal });
const eventsOfRun = async () => {
  const { rows } = await fixture.database.pool.query(
    "SELECT type, data FROM events WHERE data->>'runId' = $1 ORDER BY position",
    [runId],
  );
  return rows as { type: string; data: Record<string, unknown> }[];
};
const eventTypes = async () =>
  (await eventsOfRun()).map(({ type, data }) => (data.cause ? `${type} ${data.cause}` : type));
const levels = () => fixture.logged.map(({ level }) => level);

test("a segment is stored, its event appended, and only then its file deleted", async () => {
  const job = await segment(0);
  const stored: number[] = [];
  await doJob({ ...parts, onStored: (bytes) => void stored.push(bytes) }, job, {
    lane: "live",
    signal: never,
  });
  const [event] = await eventsOfRun();
  assert.equal(event?.type, "SegmentStored");
  assert.deepEqual(event.data, {
    ...job.segment,
    siteId: "home",
    tracks: tracksText(job.segment.tracks),
    fragments: packFragments(job.segment.fragments),
    sha256: mediaSha256,
    previous: null,
  });
  const bytes = await new Response(await parts.storage.get(keyOf(job))).arrayBuffer();
  assert.equal(createHash("sha256").update(new Uint8Array(bytes)).digest("hex"), mediaSha256);
  assert.equal(await exists(pathOf(job)), false);
  assert.deepEqual(stored, [media.length]);
});

test("the same job again changes nothing, whatever its first worker got done before it died", async () => {
  const job = await segment(0);
  await run(job);
  // It died after the delete, before the job was acknowledged.
  await run(job);
  // It died after the append, before the delete.
  await writeFile(pathOf(job), media);
  await run(job, { lane: "backlog" });
  assert.deepEqual(await eventTypes(), ["SegmentStored"]);
  assert.equal(await exists(pathOf(job)), false);
  // It died after the append, and what it left was damaged by the crash.
  await writeFile(pathOf(job), media.subarray(0, 100));
  await run(job);
  assert.deepEqual(await eventTypes(), ["SegmentStored"]);
  assert.equal(await exists(pathOf(job)), false);
});

test("a job that is done several times at once, in both lanes, stores its segment once", async () => {
  const jobs = await Promise.all([0, 1, 2, 3].map(segment));
  const lanes: Lane[] = ["live", "backlog", "live"];
  await Promise.all(jobs.flatMap((job) => lanes.map((lane) => run(job, { lane }))));
  assert.deepEqual(await eventTypes(), Array(4).fill("SegmentStored"));
  for (const job of jobs) {
    assert.equal(await exists(pathOf(job)), false);
    assert.equal((await parts.storage.head(keyOf(job)))?.bytes, media.length);
  }
  assert.deepEqual([...new Set(levels())], ["info"]);
});

test("a file that someone deleted is a loss with a cause, and the job is done", async () => {
  const gone = await segment(0);
  await rm(pathOf(gone));
  const startedMs = performance.now();
  await run(gone);
  assert.ok(performance.now() - startedMs >= parts.missingMs);
  await run(await segment(1));
  assert.deepEqual(await eventTypes(), ["SegmentLost deleted", "SegmentStored"]);
  assert.deepEqual(levels(), ["warn", "info"]);
  await run(gone);
  assert.equal((await eventTypes()).length, 2);
});

test("a file that the relay gave up is explained by the outbox, in whatever file it says so", async () => {
  const jobs = await Promise.all([0, 1, 2].map(segment));
  const events = await inOutbox(parts.spool, jobs.map(overflowed));
  for (const job of jobs) await rm(pathOf(job));
  await run(jobs[0]!);
  assert.deepEqual(await eventTypes(), []);
  await doJob(parts, events, { lane: "events", signal: never });
  for (const job of jobs) await run(job);
  assert.deepEqual(await eventTypes(), Array(3).fill("SegmentLost spool-overflow"));
  assert.deepEqual(levels(), []);
});

test("a file that the relay gives up while the log is away keeps its cause", async () => {
  const job = await segment(0);
  await server.stop();
  await rm(pathOf(job));
  // What the outbox does not tell, the log is asked for: so it waits.
  const running = run(job);
  await waitFor(() => parts.breakers.log.status.awaySinceMs !== null, { what: "the outage" });
  const events = await inOutbox(parts.spool, [overflowed(job)]);
  await server.start();
  await running;
  await doJob(parts, events, { lane: "events", signal: never });
  assert.deepEqual(await eventTypes(), ["SegmentLost spool-overflow"]);
});

test("a spool that is not there is not taken for one whose files were deleted", async () => {
  const job = await segment(0);
  await rename(parts.spool, `${parts.spool}.away`);
  await assert.rejects(run(job), /its directory is missing\. Mount its disk/);
  await rename(`${parts.spool}.away`, parts.spool);
  assert.deepEqual(await eventTypes(), []);
  await run(job);
  assert.deepEqual(await eventTypes(), ["SegmentStored"]);
});

test("a file that was changed after it was closed is a loss with a cause, and kept in quarantine", async () => {
  const [shorter, empty, longer, noise] = await Promise.all([0, 1, 2, 3].map(segment));
  const sha256 = createHash("sha256").update(media).digest("hex");
  await truncate(pathOf(shorter!), 1_000);
  await truncate(pathOf(empty!), 0);
  await writeFile(pathOf(longer!), new Uint8Array(media.length + 1));
  await writeFile(pathOf(noise!), new Uint8Array(media.length).fill(7));
  for (const one of [shorter!, empty!, longer!, noise!]) {
    const job = { ...one, segment: { ...one.segment, sha256, previous: mediaSha256 } };
    const bytes = await readFile(pathOf(job));
    await run(job);
    assert.equal(await exists(pathOf(job)), false);
    assert.deepEqual(await readFile(quarantinePath(parts.spool, job.segment)), bytes);
    assert.equal(await parts.storage.head(keyOf(job)), undefined);
    // Again: as when its worker died after it.
    await run(job);
  }
  assert.deepEqual(await eventTypes(), Array(4).fill("SegmentLost corrupt"));
  assert.deepEqual(levels(), ["error", "error", "error", "error"]);
  const [first] = await eventsOfRun();
  // What comes after it in the chain can be checked without it.
  assert.deepEqual([first?.data.sha256, first?.data.previous], [sha256, mediaSha256]);
  assert.equal(
    first?.data.detail,
    `The segment was changed in the spool after it was closed: the file has 1000 bytes, when it was closed it had ${media.length}`,
  );
});

test("a file that cannot be read is tried again, and nothing is said of it", async () => {
  const job = await segment(0);
  await rm(pathOf(job));
  // Not EACCES: a test may run as root, who may read everything.
  await symlink(pathOf(job), pathOf(job));
  await assert.rejects(run(job), (error: Error) => {
    assert.match(error.message, /^Cannot read a segment in the spool \(ELOOP\): check its disk/);
    return !(error instanceof GiveUpError);
  });
  assert.deepEqual(await eventTypes(), []);
  assert.equal(parts.breakers.store.status.awaySinceMs, null);
});

test("while the store is away the job waits and the file stays; then it is stored", async () => {
  const job = await segment(0);
  await fixture.unmount();
  const running = run(job);
  await waitFor(() => parts.breakers.store.status.awaySinceMs !== null, { what: "the outage" });
  await waitFor(() => fixture.logged.length > 0, { what: "word of it" });
  assert.equal(await exists(pathOf(job)), true);
  assert.deepEqual(await eventTypes(), []);
  await fixture.mount();
  await running;
  assert.deepEqual(await eventTypes(), ["SegmentStored"]);
  assert.deepEqual(levels(), ["warn", "info", "info"]);
});

test("a file that is given up while the store is away is not stored any more", async () => {
  const job = await segment(0);
  await fixture.unmount();
  const running = run(job);
  await waitFor(() => parts.breakers.store.status.awaySinceMs !== null, { what: "the outage" });
  await inOutbox(parts.spool, [overflowed(job)]);
  await rm(pathOf(job));
  await fixture.mount();
  await running;
  assert.equal(await parts.storage.head(keyOf(job)), undefined);
  assert.deepEqual(await eventTypes(), []);
});

test("while the log is away the job waits and the file stays; the object is not put again", async () => {
  const jobs = await Promise.all([0, 1].map(segment));
  await server.stop();
  const running = Promise.all(jobs.map((job) => run(job)));
  await waitFor(() => parts.breakers.log.status.awaySinceMs !== null, { what: "the outage" });
  await waitFor(() => fixture.puts.length === 2, { what: "both objects" });
  assert.equal(parts.breakers.store.status.awaySinceMs, null);
  for (const job of jobs) assert.equal(await exists(pathOf(job)), true);
  await server.start();
  await running;
  assert.deepEqual(await eventTypes(), ["SegmentStored", "SegmentStored"]);
  assert.deepEqual(fixture.puts.filter((key) => key.endsWith(".ts")).sort(), jobs.map(keyOf).sort());
  for (const job of jobs) assert.equal(await exists(pathOf(job)), false);
});

test("a job that waits for an outage to end stops with its signal", async () => {
  const job = await segment(0);
  await fixture.unmount();
  const stop = new AbortController();
  const reason = new Error("stopping");
  const running = run(job, { signal: stop.signal });
  await waitFor(() => parts.breakers.store.status.awaySinceMs !== null, { what: "the outage" });
  stop.abort(reason);
  await assert.rejects(running, reason);
  assert.equal(await exists(pathOf(job)), true);
  await fixture.mount();
  await waitFor(() => parts.breakers.store.status.awaySinceMs === null, { what: "the store" });
});

test("what is old, or of the backlog, makes room for what is live", async () => {
  const paced: boolean[] = [];
  const put = parts.storage.put.bind(parts.storage);
  const watched = Object.assign(Object.create(parts.storage) as typeof parts.storage, {
    put: (key: string, body: Uint8Array, options: PutOptions) => {
      paced.push(options.pace !== undefined);
      return put(key, body, options);
    },
  });
  const now = { closedAtMs: Date.now() };
  for (const [sequence, lane, closedAtMs] of [
    [0, "live", now.closedAtMs],
    [1, "live", now.closedAtMs - 61_000],
    [2, "backlog", now.closedAtMs],
  ] as const) {
    const job = { ...(await segment(sequence)), closedAtMs };
    await doJob({ ...parts, storage: watched }, job, { lane, signal: never });
  }
  assert.deepEqual(paced, [false, true, true]);
});
