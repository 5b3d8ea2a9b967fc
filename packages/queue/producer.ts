/**
 * The relay's side of the queue: adds jobs. A job that is already queued is not added twice (its id is the
 * segment's), and live jobs are taken before the backlog, the newest first; the backlog oldest first.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { segmentJobId } from "@rokuga/media/ids.ts";
import { type Job, QUEUE_NAME } from "@rokuga/media/job.ts";
import { type JobsOptions, type JobType, Queue } from "bullmq";
import { type Backend, checkUrl, openBackend } from "./backend.ts";

/** BullMQ takes jobs without a priority first; larger numbers later. */
const BACKLOG_PRIORITY = 10;

/** Attempts for errors that are not an outage: those never use one up (see the worker). */
const ATTEMPTS = 4;

export type QueueCounts = { waiting: number; active: number; delayed: number; failed: number };

export type Producer = {
  /** Queues jobs, in the given order. `live` jobs overtake the backlog. Rejects soon when the queue is away. */
  add(jobs: readonly Job[], options: { live: boolean }): Promise<void>;
  counts(): Promise<QueueCounts>;
} & AsyncDisposable;

/** How long an unreachable queue is waited for, ms. */
const REACH_MS = 5_000;

/**
 * The queue is opened when it is first needed, and anew after an attempt that failed. `onError` hears of lost
 * connections; they are opened again without help.
 */
export function openProducer(url: string, options: { onError: (error: Error) => void }): Producer {
  // A URL that can never work is refused now, not with the first job.
  checkUrl(url);
  let opening: Promise<OpenQueue> | undefined;
  const reach = async (): Promise<AnyQueue> => {
    opening ??= openQueue(url, options);
    const { queue, backend } = await opening.catch((error) => {
      opening = undefined;
      throw error;
    });
    if (backend.kind === "redis" && backend.connection.status !== "ready") {
      throw new Error("The queue cannot be reached: its connection is lost and being opened again");
    }
    return queue;
  };
  return {
    async add(jobs, { live }) {
      if (jobs.length === 0) return;
      const queue = await reach();
      await queue.addBulk(jobs.map((job) => ({ name: job.kind, data: job, opts: optionsOf(job, live) })));
    },
    async counts() {
      const queue = await reach();
      const counts = await queue.getJobCounts("waiting", "prioritized", "active", "delayed", "failed");
      const { waiting = 0, prioritized = 0, active = 0, delayed = 0, failed = 0 } = counts;
      return { waiting: waiting + prioritized, active, delayed, failed };
    },
    async [Symbol.asyncDispose]() {
      const open = await opening?.catch(() => undefined);
      await open?.queue.close();
      await open?.backend.close();
    },
  };
}

/** What is used of a queue, the same on both backends. */
type AnyQueue = {
  addBulk(jobs: { name: string; data: Job; opts: JobsOptions }[]): Promise<unknown>;
  getJobCounts(...states: JobType[]): Promise<Record<string, number>>;
  waitUntilReady(): Promise<unknown>;
  on(event: "error", listener: (error: Error) => void): unknown;
  close(): Promise<void>;
};
type OpenQueue = { queue: AnyQueue; backend: Backend };

async function openQueue(url: string, { onError }: { onError: (error: Error) => void }): Promise<OpenQueue> {
  const backend = openBackend(url, { role: "producer", onError });
  const queue: AnyQueue =
    backend.kind === "redis"
      ? new Queue(QUEUE_NAME, { connection: backend.connection })
      : new Queue(QUEUE_NAME, { connection: backend.connection }, backend.factory);
  queue.on("error", onError);
  const timeout = new AbortController();
  try {
    await Promise.race([
      queue.waitUntilReady(),
      sleep(REACH_MS, undefined, { signal: timeout.signal }).then(() => {
        throw new Error(`it did not answer within ${REACH_MS / 1000} s`);
      }),
    ]);
    return { queue, backend };
  } catch (cause) {
    // Not waited for: BullMQ's close waits for a connection that never was.
    queue.close().catch(onError);
    await backend.close();
    throw new Error("The queue cannot be reached", { cause });
  } finally {
    timeout.abort();
  }
}

function optionsOf(job: Job, live: boolean): JobsOptions {
  return {
    jobId: jobId(job),
    attempts: ATTEMPTS,
    backoff: { type: "exponential", delay: 1_000, jitter: 0.5 },
    // What is done is in the event log; what failed stays until a person has looked.
    removeOnComplete: true,
    removeOnFail: false,
    ...(live ? { lifo: true } : { priority: BACKLOG_PRIORITY }),
  };
}

/** BullMQ refuses ids with `:` or of digits only, and `/` is awkward in its keys. */
export function jobId(job: Job): string {
  return job.kind === "segment"
    ? segmentJobId(job.segment)
    : `event_${job.event.eventId.replaceAll("/", "_")}`;
}
