/** The queue's contract: the same tests on Redis and on PostgreSQL. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Job, Lane } from "@rokuga/media/job.ts";
import { type Consumer, GiveUpError, type JobFailure, openConsumer } from "@rokuga/queue/consumer.ts";
import { openProducer, type Producer } from "@rokuga/queue/producer.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import { startPostgresServer } from "../fixtures/postgres.ts";
import { startRedis } from "../fixtures/redis.ts";
import { waitFor } from "../fixtures/wait_for.ts";

const RUN = "0mk3x0abcd123";

function segmentJob(sequence: number): Job {
  return {
    kind: "segment",
    siteId: "home",
    closedAtMs: 1_770_000_000_000,
    segment: {
      cameraId: "a",
      runId: RUN,
      sequence,
      firstFragment: sequence,
      startMs: 1_770_000_000_000 + sequence,
      wallDurationMs: 10_000,
      bytes: 1_000,
      startTicks: 0,
      mediaDurationTicks: 900_000,
      tracks: { video: { codec: "avc1.64001f", width: 1280, height: 720 }, audio: null },
      fragments: [{ bytes: 1_000, durationTicks: 900_000, keyframeBytes: 100 }],
    },
  };
}

function eventsJob(number: number): Job {
  return { kind: "events", siteId: "home", outboxId: number.toString(16).padStart(32, "0") };
}

const sequenceOf = (job: Job) =>
  job.kind === "segment" ? job.segment.sequence : Number.parseInt(job.outboxId, 16);
const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

type QueueServer = AsyncDisposable & {
  url: string;
  /** Ends it and starts it again, with what was queued. */
  restart(): Promise<void>;
};

const SERVERS: Record<string, () => Promise<QueueServer>> = {
  Redis: () => startRedis({ fsync: "always" }),
  async PostgreSQL() {
    const server = await startPostgresServer();
    return {
      url: await server.queueUrl(),
      async restart() {
        await server.stop();
        await server.start();
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

for (const [name, startServer] of Object.entries(SERVERS)) {
  describe(`the queue on ${name}`, () => {
    let server: QueueServer;
    let producer: Producer;
    let errors: Error[] = [];

    before(async () => {
      server = await startServer();
      producer = openProducer(server.url, { onError: (error) => errors.push(error) });
    });
    after(async () => {
      await producer[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });

    type Taking = { lane?: Lane; concurrency?: number };
    const consume = (
      process: (job: Job) => Promise<void>,
      { lane = "live", concurrency = 1 }: Taking = {},
    ): AsyncDisposable & { consumer: Consumer; failures: JobFailure[] } => {
      const failures: JobFailure[] = [];
      const consumer = openConsumer(server.url, {
        lane,
        concurrency,
        process,
        onFailed: (failure) => failures.push(failure),
        onError: (error) => errors.push(error),
      });
      return { consumer, failures, [Symbol.asyncDispose]: () => consumer[Symbol.asyncDispose]() };
    };
    const untilDone = () =>
      waitFor(
        async () =>
          Object.values(await producer.counts()).every(
            ({ waiting, active, delayed }) => waiting + active + delayed === 0,
          ),
        { what: "all jobs to be settled" },
      );
    /** The order in which a lane's jobs are taken, one after the other. */
    const taken = async (lane: Lane) => {
      const seen: number[] = [];
      await using _taking = consume(async (job) => void seen.push(sequenceOf(job)), { lane });
      await waitFor(async () => (await producer.counts())[lane].waiting === 0, { what: "an empty lane" });
      await waitFor(async () => (await producer.counts())[lane].active === 0, { what: "an idle lane" });
      return seen;
    };

    test("the newest live job is taken first, however old jobs wait; the others in their order", async () => {
      for (const sequence of [1, 2]) await producer.add([segmentJob(sequence)], { lane: "live" });
      await producer.add([3, 4].map(segmentJob), { lane: "live" });
      const many = range(1, 60);
      await producer.add(many.slice(0, 40).map(segmentJob), { lane: "backlog" });
      await producer.add(many.slice(40).map(segmentJob), { lane: "backlog" });
      await producer.add(many.map(eventsJob), { lane: "events" });
      const waiting = Object.values(await producer.counts()).map((counts) => counts.waiting);
      assert.deepEqual(waiting, [4, 60, 60]);
      assert.deepEqual(await taken("live"), [4, 3, 2, 1]);
      assert.deepEqual(await taken("backlog"), many);
      assert.deepEqual(await taken("events"), many);
    });

    test("no lane waits for another", async () => {
      await producer.add(range(1, 4).map(segmentJob), { lane: "backlog" });
      const { promise: stuck, resolve: release } = Promise.withResolvers<void>();
      await using _backlog = consume(() => stuck, { lane: "backlog", concurrency: 2 });
      await waitFor(async () => (await producer.counts()).backlog.active === 2, { what: "a busy backlog" });
      await producer.add([segmentJob(5)], { lane: "live" });
      await producer.add([eventsJob(5)], { lane: "events" });
      assert.deepEqual([await taken("live"), await taken("events")], [[5], [5]]);
      release();
      await untilDone();
    });

    test("a job that is in its lane already is not queued twice; in another lane it is", async () => {
      for (const _ of range(1, 3)) {
        await producer.add([segmentJob(20), segmentJob(21)], { lane: "live" });
        await producer.add([eventsJob(20)], { lane: "events" });
      }
      await producer.add([segmentJob(20)], { lane: "backlog" });
      await producer.add([], { lane: "live" });
      const waiting = Object.values(await producer.counts()).map((counts) => counts.waiting);
      assert.deepEqual(waiting, [2, 1, 1]);
      const done = [await taken("live"), await taken("backlog"), await taken("events")];
      assert.deepEqual(done, [[21, 20], [20], [20]]);
    });

    test("a job is done by one worker, however many there are", async () => {
      const seen: number[] = [];
      const see = async (job: Job) => void seen.push(sequenceOf(job));
      await using _one = consume(see, { lane: "backlog", concurrency: 4 });
      await using _other = consume(see, { lane: "backlog", concurrency: 4 });
      await producer.add(range(1, 200).map(segmentJob), { lane: "backlog" });
      await waitFor(() => seen.length >= 200, { what: "200 jobs" });
      await untilDone();
      assert.deepEqual(
        seen.sort((a, b) => a - b),
        range(1, 200),
      );
    });

    test("a job that fails is tried again; one that cannot succeed goes to the failed set at once", async () => {
      await producer.add([segmentJob(30), segmentJob(31)], { lane: "live" });
      let tries = 0;
      await using taking = consume(
        async (job) => {
          if (sequenceOf(job) === 31) throw new GiveUpError("the file is gone");
          if (tries++ === 0) throw new Error("try again");
        },
        { concurrency: 2 },
      );
      await untilDone();
      assert.equal(tries, 2);
      assert.equal((await producer.counts()).live.failed, 1);
      const told = taking.failures.map(({ jobId, reason, final }) => ({ jobId, reason, final }));
      assert.deepEqual(
        told.sort((a, b) => a.jobId.localeCompare(b.jobId)),
        [
          { jobId: `a_${RUN}_30`, reason: "try again", final: false },
          { jobId: `a_${RUN}_31`, reason: "the file is gone", final: true },
        ],
      );
      await producer.clearFailed();
    });

    test("a payload of a wrong shape is set aside with the reason, and the next one is done", async () => {
      const wrong = { kind: "segment", siteId: "home", segment: { cameraId: "a", runId: RUN, sequence: 40 } };
      await producer.add([wrong as unknown as Job, segmentJob(41)], { lane: "backlog" });
      const seen: number[] = [];
      await using taking = consume(async (job) => void seen.push(sequenceOf(job)), { lane: "backlog" });
      await waitFor(() => seen.length === 1 && taking.failures.length === 1, {
        what: "one done and one failed",
      });
      assert.deepEqual(seen, [41]);
      assert.match(taking.failures[0]!.reason, /not of the agreed shape: .*segment\.startMs/);
      assert.equal((await producer.counts()).backlog.failed, 1);
      await producer.clearFailed();
    });

    test("what failed is shown newest first, stays failed, and can be queued anew once it is cleared", async () => {
      const beforeMs = Date.now();
      await using live = consume(() => Promise.reject(new GiveUpError("no sense in redis://u:secret@h")));
      await using _events = consume(() => Promise.reject(new GiveUpError("line 1 is not an event")), {
        lane: "events",
      });
      for (const sequence of [50, 51]) {
        await producer.add([segmentJob(sequence)], { lane: "live" });
        await untilDone();
        await waitFor(async () => (await producer.failed(10)).length === sequence - 49, {
          what: "a failure",
        });
      }
      await producer.add([eventsJob(7)], { lane: "events" });
      await waitFor(async () => (await producer.failed(10)).length === 3, { what: "three failures" });
      const failed = await producer.failed(10);
      assert.ok(failed.every(({ failedMs }) => failedMs! >= beforeMs && failedMs! <= Date.now()));
      const [events, second, first] = failed.map(({ failedMs: _, ...job }) => job);
      assert.deepEqual(events, {
        lane: "events",
        jobId: "events_00000000000000000000000000000007",
        reason: "line 1 is not an event",
        attempts: 1,
        segment: null,
      });
      assert.deepEqual(second, {
        lane: "live",
        jobId: `a_${RUN}_51`,
        reason: "no sense in redis://***@h",
        attempts: 1,
        segment: { cameraId: "a", runId: RUN, sequence: 51 },
      });
      assert.equal(first?.segment?.sequence, 50);
      assert.deepEqual(
        (await producer.failed(2)).map(({ jobId }) => jobId),
        [events!.jobId, second!.jobId],
      );
      assert.deepEqual(await producer.failed(0), []);

      await producer.add([segmentJob(50)], { lane: "live" });
      assert.equal((await producer.counts()).live.waiting, 0);
      await live[Symbol.asyncDispose]();
      assert.equal(await producer.clearFailed(), 3);
      assert.equal(await producer.clearFailed(), 0);
      assert.deepEqual(await producer.failed(10), []);
      await producer.add([segmentJob(50)], { lane: "live" });
      assert.deepEqual(await taken("live"), [50]);
    });

    test("jobs that failed by a clock that was ahead are cleared too", async (t) => {
      await using _taking = consume(() => Promise.reject(new GiveUpError("no")), { lane: "backlog" });
      await producer.add([segmentJob(55)], { lane: "backlog" });
      await waitFor(async () => (await producer.counts()).backlog.failed === 1, { what: "a failure" });
      t.mock.timers.enable({ apis: ["Date"], now: Date.now() - 3_600_000 });
      assert.equal(await producer.clearFailed(), 1);
    });

    test("closing while a job waits gives the job back, without losing an attempt", async () => {
      await producer.add([segmentJob(60)], { lane: "live" });
      const { promise: started, resolve } = Promise.withResolvers<void>();
      const waiting = openConsumer(server.url, {
        lane: "live",
        concurrency: 1,
        process: async (_job, { signal }) => {
          resolve();
          await once(signal, "abort");
          signal.throwIfAborted();
        },
        onFailed: () => assert.fail("an interrupted job has not failed"),
        onError: (error) => errors.push(error),
      });
      await started;
      await waiting[Symbol.asyncDispose]();
      assert.equal((await producer.counts()).live.waiting, 1);
      assert.deepEqual(await taken("live"), [60]);
    });

    test("the jobs of a worker that is killed are taken up by another", async () => {
      await producer.add([segmentJob(61)], { lane: "live" });
      const killed: ChildProcess = spawn(
        process.execPath,
        [fileURLToPath(new URL("../fixtures/stuck_consumer.ts", import.meta.url))],
        { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, QUEUE: server.url } },
      );
      await once(killed.stdout!, "data");
      killed.kill("SIGKILL");
      const seen: number[] = [];
      await using _taking = consume(async (job) => void seen.push(sequenceOf(job)));
      await waitFor(() => seen.length === 1, { what: "the dead worker's job", timeoutMs: 40_000 });
      await untilDone();
      assert.deepEqual(seen, [61]);
    });

    test("none of this disturbed a connection", () => {
      assert.deepEqual(
        errors.map((error) => error.message),
        [],
      );
      assert.equal(producer.connections, 1);
    });

    test("after the server was away both sides go on, and the producer knows", async () => {
      errors = [];
      const seen: number[] = [];
      await using _taking = consume(async (job) => void seen.push(sequenceOf(job)), { lane: "backlog" });
      await producer.add([segmentJob(70)], { lane: "backlog" });
      await waitFor(() => seen.length === 1, { what: "the first job" });
      await server.restart();
      if (name === "Redis") {
        await waitFor(() => producer.connections === 2, {
          what: "the connection to be seen, without a call",
        });
      } else {
        await waitFor(() => producer.counts(), { what: "the queue to answer" });
        assert.equal(producer.connections, 2);
      }
      await producer.counts();
      await producer.counts();
      assert.equal(producer.connections, 2);
      await producer.add([segmentJob(71)], { lane: "backlog" });
      await waitFor(() => seen.length === 2, { what: "the second job", timeoutMs: 20_000 });
      assert.deepEqual(seen, [70, 71]);
    });
  });
}

test("a queue that is away refuses at once, and says so", async () => {
  for (const url of ["redis://127.0.0.1:1", "postgres://nobody:secret@127.0.0.1:1/none"]) {
    await using producer = openProducer(url, { onError: () => {} });
    const calls = [
      () => producer.add([segmentJob(1)], { lane: "live" }),
      () => producer.counts(),
      () => producer.failed(10),
      () => producer.clearFailed(),
    ];
    for (const call of calls) {
      const startedMs = performance.now();
      const error = await call().catch((cause: unknown) => cause);
      assert.match(errorChain(error), /^The queue cannot be reached/);
      assert.doesNotMatch(errorChain(error), /secret/);
      assert.ok(performance.now() - startedMs < 3_000);
    }
    assert.equal(producer.connections, 0);
  }
  assert.throws(
    () => openProducer("http://127.0.0.1", { onError: () => {} }),
    /REDIS_URL must begin with redis/,
  );
});

test("a Redis that comes later is reached, and one that was wiped is known to have been away", async () => {
  await using redis = await startRedis();
  await redis.kill();
  await using producer = openProducer(redis.url, { onError: () => {} });
  await assert.rejects(producer.add([segmentJob(1)], { lane: "backlog" }), /The queue cannot be reached/);
  assert.equal(producer.connections, 0);
  await redis.restart();
  await waitFor(() => producer.connections === 1, { what: "the first connection" });
  await producer.add([segmentJob(1)], { lane: "backlog" });
  await redis.restart({ wiped: true });
  await waitFor(() => producer.connections === 2, { what: "the second connection" });
  assert.equal((await producer.counts()).backlog.waiting, 0);
  await producer.add([segmentJob(1)], { lane: "backlog" });
  assert.equal((await producer.counts()).backlog.waiting, 1);
});

test("a consumer whose queue is away can be closed", async () => {
  await using redis = await startRedis();
  await using producer = openProducer(redis.url, { onError: () => {} });
  await producer.add([segmentJob(1)], { lane: "live" });
  const { promise: started, resolve } = Promise.withResolvers<void>();
  const consumer = openConsumer(redis.url, {
    lane: "live",
    concurrency: 1,
    process: async (_job, { signal }) => {
      resolve();
      await once(signal, "abort");
      signal.throwIfAborted();
    },
    onFailed: () => {},
    onError: () => {},
  });
  await started;
  await redis.kill();
  const startedMs = performance.now();
  await consumer[Symbol.asyncDispose]();
  assert.ok(performance.now() - startedMs < 10_000);
});
