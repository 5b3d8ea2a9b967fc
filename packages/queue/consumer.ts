/**
 * The worker's side of the queue: hands each job of a lane to `process`, several at a time. A job whose payload is
 * not of the agreed shape, or that `process` gives up on with {@link GiveUpError}, goes to the failed set at once;
 * other errors are tried again with backoff first. A job that was active when its worker died is taken up again.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { Job, type Lane } from "@rokuga/media/job.ts";
import { type Job as BullJob, UnrecoverableError, WaitingError, Worker } from "bullmq";
import { openBackend } from "./backend.ts";
import { queueName } from "./lane.ts";

/** Thrown by `process`: trying again cannot help. */
export class GiveUpError extends Error {
  override name = "GiveUpError";
}

/** After how long a dead worker's jobs are free again, ms. */
const LOCK_MS = 15_000;

/** Pause after an attempt to reach the queue that failed, ms. */
const RETRY_MS = 2_000;

/** How long giving jobs back may take when a consumer is closed, ms: the queue may be away. */
const CLOSE_MS = 8_000;

/** The largest count that both backends take (an `integer` of PostgreSQL). */
const MOST = 2 ** 31 - 1;

export type JobFailure = { jobId: string; reason: string; attempt: number; final: boolean };

export type ConsumerOptions = {
  lane: Lane;
  concurrency: number;
  /** Does the job. `signal` aborts when the consumer is closed. */
  process: (job: Job, options: { signal: AbortSignal }) => Promise<void>;
  onFailed: (failure: JobFailure) => void;
  /** Hears of lost connections; they are opened again without help. */
  onError: (error: Error) => void;
};

export type Consumer = {
  ready(): Promise<void>;
} & AsyncDisposable;

export function openConsumer(url: string, options: ConsumerOptions): Consumer {
  const { lane, concurrency, process, onFailed, onError } = options;
  const backend = openBackend(url, { role: "consumer", onError });
  const closing = new AbortController();
  const name = queueName(lane);
  const settings = {
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: LOCK_MS / 3,
    // A job is idempotent: however often its worker dies, it is taken up again.
    maxStalledCount: MOST,
    runRetryDelay: RETRY_MS,
  };
  const handle = async (bullJob: BullJob, token?: string) => {
    const job = Job.safeParse(bullJob.data);
    if (!job.success) {
      const where = job.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
      throw new UnrecoverableError(`The job is not of the agreed shape: ${where.slice(0, 500)}`);
    }
    try {
      await process(job.data, { signal: closing.signal });
    } catch (error) {
      if (closing.signal.aborted) {
        // Interrupted, not failed: back it goes, without losing an attempt.
        await bullJob.moveToWait(token);
        throw new WaitingError();
      }
      if (error instanceof GiveUpError) throw new UnrecoverableError(error.message);
      throw error;
    }
  };
  const worker =
    backend.kind === "redis"
      ? new Worker(name, handle, { connection: backend.connection, ...settings })
      : new Worker(name, handle, { connection: backend.connection, ...settings }, backend.factory);
  worker.on("error", (error) => {
    if (!closing.signal.aborted) onError(error);
  });
  worker.on("failed", (job, error) => {
    if (!job || closing.signal.aborted) return;
    onFailed({
      jobId: job.id ?? "?",
      reason: error.message,
      attempt: job.attemptsMade,
      final: error instanceof UnrecoverableError || job.attemptsMade >= (job.opts.attempts ?? 1),
    });
  });
  return {
    ready: async () => {
      await worker.waitUntilReady().catch((cause) => {
        throw new Error("Cannot take jobs: the queue cannot be reached (REDIS_URL)", { cause });
      });
    },
    async [Symbol.asyncDispose]() {
      // BullMQ waits for the jobs at work; those that wait for an outage to end see the signal.
      closing.abort();
      const timeout = new AbortController();
      await Promise.race([
        worker.close(),
        // What cannot be given back now is given back by the lock's end.
        sleep(CLOSE_MS, undefined, { signal: timeout.signal }).catch(() => undefined),
      ]);
      timeout.abort();
      await backend.close();
    },
  };
}
