/** The worker: composes, starts and stops its parts. */
import { SchemaError } from "@rokuga/db/check_schema.ts";
import { openDatabase } from "@rokuga/db/connect.ts";
import type { Lane } from "@rokuga/media/job.ts";
import type { WorkerStatus } from "@rokuga/media/worker_status.ts";
import { type Consumer, openConsumer } from "@rokuga/queue/consumer.ts";
import { aborted, atMostEvery } from "@rokuga/runtime/abort.ts";
import { createLog, type Log } from "@rokuga/runtime/log.ts";
import { runMain } from "@rokuga/runtime/main.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import pLimit from "p-limit";
import { Archiver } from "./archive.ts";
import { Breaker } from "./breaker.ts";
import { doJob, type JobParts } from "./do_job.ts";
import { readWorkerEnvironment, type WorkerEnvironment } from "./env.ts";
import { type EventSink, PostgresEventSink } from "./event_sink.ts";
import { OutageError, storeOutageAware } from "./outage_error.ts";
import { OutboxIndex } from "./outbox_index.ts";
import { Pacer } from "./pacer.ts";
import { SegmentReader } from "./read_segment.ts";
import { keepRetention } from "./retention.ts";
import { newWorkerId, StatusFile } from "./status_file.ts";

/**
 * Segments of the backlog that are at work for each one that is being uploaded: the others wait for their commit,
 * and the more of them do the more share one.
 */
const JOBS_PER_UPLOAD = 8;

/** Outbox files that are appended at the same time. */
const EVENTS_CONCURRENCY = 4;

/** How long a segment's file is missing before it counts as deleted, ms: the relay's word of it may be on its way. */
const MISSING_MS = 2_000;

const log = createLog("worker", process.env.LOG_LEVEL);
await runMain(log, async ({ signal, ready }) => {
  await runWorker(readWorkerEnvironment(process.env), { log, signal, ready });
});

type WorkerOptions = { log: Log; signal: AbortSignal; ready: (details: Record<string, unknown>) => void };

async function runWorker(
  environment: WorkerEnvironment,
  { log, signal, ready }: WorkerOptions,
): Promise<void> {
  const { SPOOL_DIR: spool, WORKER_CONCURRENCY: concurrency } = environment;
  await using database = openDatabase(environment.DATABASE_URL, {
    onIdleError: (error) => log.warn("a connection to the database was lost", { error }),
  });
  await using storage = openStorage(environment.STORAGE_URL);
  const sink = new PostgresEventSink(database);
  const stored = { segments: 0, bytes: 0 };
  const identity = { version: 1 as const, workerId: newWorkerId(), startedMs: Date.now() };
  const status = (): WorkerStatus => ({
    ...identity,
    updatedMs: Date.now(),
    stored,
    store: store.status,
    log: eventLog.status,
  });
  const onChange = () => statusFile.changed();
  await using store = new Breaker({
    destination: "store",
    probe: (options) => storeOutageAware(storage.check(options)),
    log,
    onChange,
  });
  const schema = watchSchema(sink);
  await using eventLog = new Breaker({ destination: "event log", probe: schema.check, log, onChange });
  await using statusFile = new StatusFile({ spool, workerId: identity.workerId, status, log });
  await checkAtStart({ storage, sink, breakers: { store, log: eventLog }, signal });
  const pacer = new Pacer({ bitsPerSecond: environment.UPLOAD_BITS_PER_SECOND });
  await using _archiver = new Archiver({
    databaseUrl: environment.DATABASE_URL,
    storage,
    breakers: { store, log: eventLog },
    pacer,
    log,
    intervalMs: environment.ARCHIVE_MINUTES * 60_000,
  }).start();
  const parts: JobParts = {
    spool,
    reader: new SegmentReader({ most: 2 * concurrency }),
    uploads: { live: pLimit(concurrency), backlog: pLimit(concurrency) },
    storage,
    sink,
    breakers: { store, log: eventLog },
    pacer,
    outbox: new OutboxIndex(spool),
    log,
    missingMs: MISSING_MS,
    onStored: (bytes) => {
      stored.segments++;
      stored.bytes += bytes;
    },
  };
  await using _retention = keepRetention(
    { database, storage, breakers: parts.breakers, log },
    { periodMs: environment.RETENTION_MINUTES * 60_000 },
  );
  await using consumers = openConsumers(environment, parts);
  await Promise.race([consumers.ready(), aborted(signal), schema.wrong]);
  if (signal.aborted) return;
  ready({ concurrency });
  await Promise.race([aborted(signal), schema.wrong]);
}

/**
 * Looks at the log's schema whenever the log is reached after it was away, also when that was at the start: what
 * wrote to tables it does not know would lose data. `wrong` rejects then.
 */
function watchSchema(sink: EventSink): { check: () => Promise<void>; wrong: Promise<never> } {
  const { promise: wrong, reject } = Promise.withResolvers<never>();
  // It may be found before anyone waits for it.
  wrong.catch(() => undefined);
  const check = () =>
    sink.check().catch((error) => {
      if (error instanceof SchemaError) reject(error);
      throw error;
    });
  return { check, wrong };
}

/** One consumer for each lane, closed together. */
function openConsumers(
  { REDIS_URL: url, WORKER_CONCURRENCY: concurrency }: WorkerEnvironment,
  parts: JobParts,
): Consumer {
  const { log } = parts;
  const onError = atMostEvery(60_000, (error: Error) =>
    log.warn("the queue does not answer; storing waits for it", { error }),
  );
  const open = (lane: Lane, concurrency: number) =>
    openConsumer(url, {
      lane,
      concurrency,
      process: (job, { signal }) => doJob(parts, job, { lane, signal }),
      onFailed: ({ final, ...failure }) =>
        final
          ? log.error("a job cannot be done; it is kept in the failed set", { lane, ...failure })
          : log.warn("a job failed and will be tried again", { lane, ...failure }),
      onError,
    });
  const consumers = [
    open("live", concurrency),
    open("backlog", concurrency * JOBS_PER_UPLOAD),
    open("events", EVENTS_CONCURRENCY),
  ];
  return {
    async ready() {
      await Promise.all(consumers.map((consumer) => consumer.ready()));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(consumers.map((consumer) => consumer[Symbol.asyncDispose]()));
    },
  };
}

/**
 * What cannot work at all (a wrong password, no such bucket) is said at start, not with every segment. What is
 * only away will come back: the worker starts, and waits with its first job.
 */
async function checkAtStart({
  storage,
  sink,
  breakers,
  signal,
}: Pick<JobParts, "storage" | "sink" | "breakers"> & { signal: AbortSignal }): Promise<void> {
  const checks = [
    { breaker: breakers.store, check: () => storeOutageAware(storage.check({ signal })) },
    { breaker: breakers.log, check: () => sink.check() },
  ];
  for (const { breaker, check } of checks) {
    await check().catch((error) => {
      if (!(error instanceof OutageError)) throw error;
      breaker.isAway(error);
    });
  }
}
