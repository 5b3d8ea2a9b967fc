import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { NewEvent } from "@rokuga/media/events.ts";
import type { Job, Lane } from "@rokuga/media/job.ts";
import { OUTBOX, openSegmentPath, runDirectory, segmentPath } from "@rokuga/media/spool_layout.ts";
import { GiveUpError, openConsumer } from "@rokuga/queue/consumer.ts";
import { openProducer } from "@rokuga/queue/producer.ts";
import { silentLog } from "@rokuga/runtime/log.ts";
import { type RedisServer, startRedis } from "../../test/fixtures/redis.ts";
import { tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { ChainHeads } from "./chain_heads.ts";
import { Publisher } from "./publisher.ts";
import { restoreRun } from "./recovery.ts";
import { appendToIndex, moveToClosed, writeRunFile } from "./spool.ts";
import { SpoolLedger } from "./spool_ledger.ts";
import { IDENTITY, START } from "./test_run.ts";

let redis: RedisServer;
before(async () => {
  redis = await startRedis({ fsync: "always" });
});
after(async () => {
  await redis[Symbol.asyncDispose]();
});

const describe = (sequence: number) => ({
  ...IDENTITY,
  sequence,
  firstFragment: sequence,
  startMs: START + sequence * 1_000,
  wallDurationMs: 1_000,
  bytes: 100,
  startTicks: sequence * 90_000,
  mediaDurationTicks: 90_000,
  tracks: { video: { codec: "avc1.42c01e", width: 320, height: 180 }, audio: null },
  fragments: [{ bytes: 100, durationTicks: 90_000, keyframeBytes: 50 }],
});

const beat = (heardMs: number): NewEvent => ({
  eventId: `site/home/RelayHeard/${heardMs}`,
  type: "RelayHeard",
  version: 1,
  occurredAtMs: heardMs,
  data: { siteId: "home", heardMs },
});

async function startPublisher() {
  await redis.restart({ wiped: true });
  const cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await tempDirectory("publisher"));
  const spool = directory.path;
  const producer = cleanup.use(openProducer(redis.url, { onError: () => {} }));
  const ledger = new SpoolLedger();
  let reached = 0;
  const publisher = new Publisher({
    ...{ spool, siteId: "home", producer, ledger, isCurrent: () => false, cameraCount: () => 1 },
    onReached: () => void reached++,
    log: silentLog,
  });
  const stopping = new AbortController();
  const keeping = publisher.keepPublishing(stopping.signal);
  cleanup.defer(async () => {
    stopping.abort();
    await keeping;
  });
  await mkdir(join(runDirectory(spool, IDENTITY), "open"), { recursive: true });
  const ended = { endMs: START + 9_000, reason: "stopped" as const };
  const run = { version: 1 as const, siteId: "home", ...IDENTITY, clock: "unknown" as const };
  await writeRunFile(spool, {
    ...run,
    startMs: START,
    startTicks: 0,
    clockSteps: [],
    correctedByMs: 0,
    ended,
  });

  const close = async (sequence: number) => {
    const segment = describe(sequence);
    await writeFile(openSegmentPath(spool, segment), new Uint8Array(100));
    const place = await appendToIndex(spool, segment);
    await moveToClosed(spool, segment);
    return { segment, siteId: "home", place, closedAtMs: START };
  };
  return {
    ...{ spool, producer, ledger, publisher, close, reached: () => reached },
    /** As an earlier relay would have left it. */
    async leave(count: number) {
      for (let sequence = 0; sequence < count; sequence++) await close(sequence);
      const chain = new ChainHeads({ spool, log: silentLog });
      const options = { spool, siteId: "home", chain, nowMs: () => START, log: silentLog };
      publisher.restored((await restoreRun(options, IDENTITY))!);
    },
    waiting: async (lane: Lane) => (await producer.counts())[lane].waiting,
    /** A worker that does everything in an instant, until `most` are done. */
    async work(lane: Lane, most: number) {
      const done: Job[] = [];
      await using _ = openConsumer(redis.url, {
        lane,
        concurrency: 4,
        async process(job) {
          done.push(job);
          if (job.kind === "segment") await rm(segmentPath(spool, job.segment), { force: true });
          else await rm(join(spool, OUTBOX, `${job.outboxId}.jsonl`), { force: true });
        },
        onFailed: () => {},
        onError: () => {},
      });
      await waitFor(() => done.length >= most, { what: `${most} jobs of lane ${lane}` });
      return done;
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
}

test("a closed segment goes to the live lane at once, an event through the outbox to its own", async () => {
  await using site = await startPublisher();
  await site.publisher.segment(await site.close(0));
  await site.publisher.events([beat(START)]);
  await waitFor(async () => (await site.waiting("live")) === 1 && (await site.waiting("events")) === 1, {
    what: "both to be queued",
  });
  assert.equal((await readdir(join(site.spool, OUTBOX))).length, 1);
  assert.equal(await site.waiting("backlog"), 0, "and not to another one");
  const [event] = await site.work("events", 1);
  assert.equal(event?.kind, "events");
});

test("what is stored is forgotten, and an ended run's directory goes with its last segment", async () => {
  await using site = await startPublisher();
  await site.leave(5);
  await waitFor(async () => (await site.waiting("backlog")) === 5, { what: "the backlog to be queued" });
  const done = await site.work("backlog", 5);
  const order = done.map((job) => job.kind === "segment" && job.segment.sequence);
  assert.deepEqual(order, [0, 1, 2, 3, 4], "oldest first");
  await waitFor(() => site.ledger.count === 0, { what: "the ledger to be empty" });
  await waitFor(async () => (await readdir(join(site.spool, "a"))).length === 0, {
    what: "the run to be gone",
  });
});

test("the queue holds a part of a long backlog, and is filled up as it drains", async () => {
  await using site = await startPublisher();
  await site.leave(2_300);
  await waitFor(async () => (await site.waiting("backlog")) === 2_000, { what: "the queue to be filled" });
  const done = await site.work("backlog", 2_300);
  assert.equal(new Set(done.map((job) => job.kind === "segment" && job.segment.sequence)).size, 2_300);
});

test("a queue that was wiped is filled again, live segments and events included", async () => {
  await using site = await startPublisher();
  await site.leave(3);
  await site.publisher.segment(await site.close(3));
  await site.publisher.events([beat(START)]);
  await waitFor(async () => (await site.waiting("live")) === 1 && (await site.waiting("backlog")) === 3, {
    what: "all to be queued",
  });
  const reached = site.reached();
  await redis.restart({ wiped: true });
  await waitFor(async () => (await site.waiting("backlog")) === 4, { what: "the queue to be filled again" });
  await waitFor(async () => (await site.waiting("events")) === 1, { what: "the event to be queued again" });
  assert.ok(site.reached() > reached, "who reports is told");
});

test("while the queue is away segments are kept, and queued when it is back", async () => {
  await using site = await startPublisher();
  await waitFor(() => site.publisher.queue !== null, { what: "the queue to be reached" });
  await redis.kill();
  await site.publisher.segment(await site.close(0));
  await site.publisher.events([beat(START)]);
  await site.publisher.settled();
  assert.equal(site.ledger.count, 1);
  await waitFor(() => site.publisher.queue === null, { what: "the outage to be noticed" });
  await redis.restart();
  await waitFor(async () => (await site.waiting("backlog")) === 1, { what: "the segment to be queued" });
  await waitFor(async () => (await site.waiting("events")) === 1, { what: "the event to be queued" });
});

test("a queue that was emptied under a living connection is filled again after a while", async () => {
  await using site = await startPublisher();
  await site.leave(2);
  await waitFor(async () => (await site.waiting("backlog")) === 2, { what: "the backlog to be queued" });
  execFileSync("redis-cli", ["-p", String(redis.port), "flushall"]);
  await waitFor(async () => (await site.waiting("backlog")) === 2, {
    what: "the backlog to be queued again",
    timeoutMs: 20_000,
  });
});

test("a replay queues what had failed", async () => {
  await using site = await startPublisher();
  await site.leave(1);
  let failing = true;
  await using _ = openConsumer(redis.url, {
    lane: "backlog",
    concurrency: 1,
    async process(job) {
      if (failing) {
        throw new GiveUpError("it cannot be read");
      }
      if (job.kind === "segment") await rm(segmentPath(site.spool, job.segment));
    },
    onFailed: () => {},
    onError: () => {},
  });
  await waitFor(async () => (await site.producer.counts()).backlog.failed === 1, { what: "the job to fail" });
  failing = false;
  assert.deepEqual(await site.publisher.replay(), { failed: 1, segments: 1 });
  await waitFor(() => site.ledger.count === 0, { what: "the segment to be stored" });
});
