/** The worker: composes, starts and stops its parts. */
import { openDatabase } from "@rokuga/db/connect.ts";
import type { Job } from "@rokuga/media/job.ts";
import { openConsumer } from "@rokuga/queue/consumer.ts";
import { aborted, atMostEvery } from "@rokuga/runtime/abort.ts";
import { createLog, type Log } from "@rokuga/runtime/log.ts";
import { runMain } from "@rokuga/runtime/main.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import { type Storage, StorageUnreachableError } from "@rokuga/storage/storage.ts";
import { readWorkerEnvironment, type WorkerEnvironment } from "./env.ts";
import { type EventSink, PostgresEventSink } from "./event_sink.ts";
import { Outage, OutageError } from "./outage.ts";
import { SegmentReader } from "./read_segment.ts";
import { doJob, type StoreOptions } from "./store_segment.ts";

const log = createLog("worker", process.env.LOG_LEVEL);
await runMain(log, async ({ signal, ready }) => {
  await runWorker(readWorkerEnvironment(process.env), { log, signal, ready });
});

type WorkerOptions = { log: Log; signal: AbortSignal; ready: (details: Record<string, unknown>) => void };

async function runWorker(
  environment: WorkerEnvironment,
  { log, signal, ready }: WorkerOptions,
): Promise<void> {
  await using database = openDatabase(environment.DATABASE_URL, {
    onIdleError: (error) => log.warn("a connection to the database was lost", { error }),
  });
  await using storage = openStorage(environment.STORAGE_URL);
  const sink = new PostgresEventSink(database);
  const outage = new Outage({
    log,
    probe: async (options) => {
      await storage.check(options);
      await sink.check();
    },
  });
  const reader = new SegmentReader({ most: environment.WORKER_CONCURRENCY });
  const store: StoreOptions = { spool: environment.SPOOL_DIR, reader, storage, sink, log };
  await checkAtStart({ storage, sink, log, signal });
  await using consumer = openConsumer(environment.REDIS_URL, {
    concurrency: environment.WORKER_CONCURRENCY,
    process: (job, options) => doThroughOutages(job, { store, outage, signal: options.signal }),
    onFailed: ({ final, ...failed }) =>
      final
        ? log.error("a job cannot be done; it is kept in the failed set", failed)
        : log.warn("a job failed and will be tried again", failed),
    onError: atMostEvery(60_000, (error: Error) =>
      log.warn("the queue does not answer; storing waits for it", { error }),
    ),
  });
  await consumer.ready();
  ready({ concurrency: environment.WORKER_CONCURRENCY });
  await aborted(signal);
}

/**
 * What cannot work at all (a wrong password, no such bucket) is said at start, not with every segment. What is
 * only away will come back: the worker starts, and waits with its first job.
 */
async function checkAtStart(parts: {
  storage: Storage;
  sink: EventSink;
  log: Log;
  signal: AbortSignal;
}): Promise<void> {
  const { storage, sink, log, signal } = parts;
  for (const check of [() => storage.check({ signal }), () => sink.check()]) {
    await check().catch((error) => {
      if (!(error instanceof StorageUnreachableError || error instanceof OutageError)) throw error;
      log.warn("an outage at start; footage waits in the spool until it is over", { error });
    });
  }
}

/** Does a job, waiting for outages to end for as long as they last. */
async function doThroughOutages(
  job: Job,
  { store, outage, signal }: { store: StoreOptions; outage: Outage; signal: AbortSignal },
): Promise<void> {
  for (;;) {
    try {
      return await doJob(store, job, signal);
    } catch (error) {
      if (!(error instanceof OutageError)) throw error;
      await outage.waitUntilOver(error, signal);
    }
  }
}
