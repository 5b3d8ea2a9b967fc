/** The queue's contract: the same tests on Redis and on PostgreSQL. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Job } from "@rokuga/media/job.ts";
import { type Consumer, type FailedJob, GiveUpError, openConsumer } from "@rokuga/queue/consumer.ts";
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

const sequenceOf = (job: Job) => (job.kind === "segment" ? job.segment.sequence : -1);

const SERVERS = { Redis: () => startRedis(), PostgreSQL: () => startPostgresServer() };

for (const [name, startServer] of Object.entries(SERVERS)) {
  describe(`the queue on ${name}`, () => {
    let server: { url: string } & AsyncDisposable;
    let producer: Producer;
    const errors: Error[] = [];

    before(async () => {
      server = await startServer();
      producer = openProducer(server.url, { onError: (error) => errors.push(error) });
    });
    after(async () => {
      await producer[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });

    const consume = (
      process: (job: Job) => Promise<void>,
      concurrency = 1,
    ): { consumer: Consumer; failed: FailedJob[] } => {
      const failed: FailedJob[] = [];
      const onError = (error: Error) => errors.push(error);
      return {
        consumer: openConsumer(server.url, {
          concurrency,
          process,
          onFailed: (job) => failed.push(job),
          onError,
        }),
        failed,
      };
    };
    const untilEmpty = () =>
      waitFor(async () => Object.values(await producer.counts()).every((count) => count === 0), {
        what: "an empty queue",
      });

    test("live jobs come before the backlog, newest first; the backlog oldest first", async () => {
      await producer.add([1, 2, 3].map(segmentJob), { live: false });
      for (const sequence of [10, 11, 12]) await producer.add([segmentJob(sequence)], { live: true });
      await producer.add([segmentJob(4)], { live: false });
      const seen: number[] = [];
      const { consumer } = consume(async (job) => void seen.push(sequenceOf(job)));
      await untilEmpty();
      await consumer[Symbol.asyncDispose]();
      assert.deepEqual(seen, [12, 11, 10, 1, 2, 3, 4]);
    });

    test("a job that is queued already is not queued twice", async () => {
      for (const live of [true, false, true]) await producer.add([segmentJob(20), segmentJob(21)], { live });
      assert.equal((await producer.counts()).waiting, 2);
      let done = 0;
      const { consumer } = consume(async () => void done++, 4);
      await untilEmpty();
      await consumer[Symbol.asyncDispose]();
      assert.equal(done, 2);
    });

    test("a job that fails is tried again; one that cannot succeed goes to the failed set at once", async () => {
      await producer.add([segmentJob(30), segmentJob(31)], { live: true });
      let tries = 0;
      const { consumer, failed } = consume(async (job) => {
        if (sequenceOf(job) === 31) throw new GiveUpError("the file is gone");
        if (tries++ === 0) throw new Error("try again");
      }, 2);
      await waitFor(
        async () => {
          const { waiting, active, delayed } = await producer.counts();
          return waiting + active + delayed === 0;
        },
        { what: "both jobs to be settled" },
      );
      await consumer[Symbol.asyncDispose]();
      assert.equal(tries, 2);
      assert.equal((await producer.counts()).failed, 1);
      const told = failed.map(({ jobId, reason, final }) => ({ jobId, reason, final }));
      assert.deepEqual(
        told.sort((a, b) => a.jobId.localeCompare(b.jobId)),
        [
          { jobId: `a_${RUN}_30`, reason: "try again", final: false },
          { jobId: `a_${RUN}_31`, reason: "the file is gone", final: true },
        ],
      );
    });

    test("a payload of a wrong shape is set aside with the reason, and the next one is done", async () => {
      const before = (await producer.counts()).failed;
      const wrong = { kind: "segment", siteId: "home", segment: { cameraId: "a", runId: RUN, sequence: 40 } };
      await producer.add([wrong as unknown as Job, segmentJob(41)], { live: false });
      const seen: number[] = [];
      const { consumer, failed } = consume(async (job) => void seen.push(sequenceOf(job)));
      await waitFor(() => seen.length === 1 && failed.length === 1, { what: "one done and one failed" });
      await consumer[Symbol.asyncDispose]();
      assert.deepEqual(seen, [41]);
      assert.match(failed[0]!.reason, /not of the agreed shape: .*segment\.startMs/);
      assert.equal((await producer.counts()).failed, before + 1);
    });

    test("closing while a job waits gives the job back, without losing an attempt", async () => {
      await producer.add([segmentJob(50)], { live: true });
      const { promise: started, resolve } = Promise.withResolvers<void>();
      const waiting = openConsumer(server.url, {
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
      assert.equal((await producer.counts()).waiting, 1);
      const seen: number[] = [];
      const { consumer } = consume(async (job) => void seen.push(sequenceOf(job)));
      await waitFor(() => seen.length === 1, { what: "the job to be done after all" });
      await consumer[Symbol.asyncDispose]();
      assert.deepEqual(seen, [50]);
    });

    test("the jobs of a worker that is killed are taken up by another", async () => {
      await producer.add([segmentJob(60)], { live: true });
      const killed: ChildProcess = spawn(
        process.execPath,
        [fileURLToPath(new URL("../fixtures/stuck_consumer.ts", import.meta.url))],
        { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, QUEUE: server.url } },
      );
      await once(killed.stdout!, "data");
      killed.kill("SIGKILL");
      const seen: number[] = [];
      const { consumer } = consume(async (job) => void seen.push(sequenceOf(job)));
      await waitFor(() => seen.length === 1, { what: "the dead worker's job", timeoutMs: 40_000 });
      await consumer[Symbol.asyncDispose]();
      assert.deepEqual(seen, [60]);
    });

    test("none of this disturbed a connection", () => {
      assert.deepEqual(
        errors.map((error) => error.message),
        [],
      );
    });
  });
}

test("a queue that is away refuses at once, and says so", async () => {
  for (const url of ["redis://127.0.0.1:1", "postgres://nobody:secret@127.0.0.1:1/none"]) {
    await using producer = openProducer(url, { onError: () => {} });
    const error = await producer.add([segmentJob(1)], { live: true }).catch((cause) => cause);
    assert.match(errorChain(error), /The queue cannot be reached/);
    assert.doesNotMatch(errorChain(error), /secret/);
    // An attempt that failed does not spoil the next one: it is made anew.
    await assert.rejects(producer.counts(), /The queue cannot be reached/);
  }
  assert.throws(
    () => openProducer("http://127.0.0.1", { onError: () => {} }),
    /REDIS_URL must begin with redis/,
  );
});
