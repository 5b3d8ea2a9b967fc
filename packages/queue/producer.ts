/**
 * The relay's side of the queue: adds jobs. A job that is already queued is not added twice (its id is the
 * segment's), and live jobs are taken before the backlog, the newest first; the backlog oldest first.
 */

import { segmentJobId } from "@rokuga/media/ids.ts";
import { type Job, QUEUE_NAME } from "@rokuga/media/job.ts";
import { Queue } from "bullmq";
import { openBackend } from "./backend.ts";

/** BullMQ takes jobs without a priority first; larger numbers later. */
const BACKLOG_PRIORITY = 10;

/** Attempts for errors that are not an outage: those never use one up (see the worker). */
const ATTEMPTS = 4;

export type QueueCounts = { waiting: number; active: number; delayed: number; failed: number };

export type Producer = {
  /** Resolves once the queue can be used. */
  ready(): Promise<void>;
  /** Queues jobs, in the given order. `live` jobs overtake the backlog. Rejects when the queue is away. */
  add(jobs: readonly Job[], options: { live: boolean }): Promise<void>;
  counts(): Promise<QueueCounts>;
} & AsyncDisposable;

/** `onError` hears of lost connections; they are opened again without help. */
export function openProducer(url: string, { onError }: { onError: (error: Error) => void }): Producer {
  const backend = openBackend(url, { role: "producer", onError });
  const queue =
    backend.kind === "redis"
      ? new Queue(QUEUE_NAME, { connection: backend.connection })
      : new Queue(QUEUE_NAME, { connection: backend.connection }, backend.factory);
  queue.on("error", onError);
  return {
    ready: async () => {
      await queue.waitUntilReady();
    },
    async add(jobs, { live }) {
      if (jobs.length === 0) return;
      await queue.addBulk(
        jobs.map((job) => ({
          name: job.kind,
          data: job,
          opts: {
            jobId: jobId(job),
            attempts: ATTEMPTS,
            backoff: { type: "exponential", delay: 1_000, jitter: 0.5 },
            // What is done is in the event log; what failed stays until a person has looked.
            removeOnComplete: true,
            removeOnFail: false,
            ...(live ? { lifo: true } : { priority: BACKLOG_PRIORITY }),
          },
        })),
      );
    },
    async counts() {
      const { waiting, prioritized, active, delayed, failed } = await queue.getJobCounts(
        "waiting",
        "prioritized",
        "active",
        "delayed",
        "failed",
      );
      return {
        waiting: (waiting ?? 0) + (prioritized ?? 0),
        active: active ?? 0,
        delayed: delayed ?? 0,
        failed: failed ?? 0,
      };
    },
    async [Symbol.asyncDispose]() {
      await queue.close();
      await backend.close();
    },
  };
}

/** BullMQ refuses ids with `:` or of digits only, and `/` is awkward in its keys. */
export function jobId(job: Job): string {
  return job.kind === "segment"
    ? segmentJobId(job.segment)
    : `event_${job.event.eventId.replaceAll("/", "_")}`;
}
