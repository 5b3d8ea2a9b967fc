/**
 * The relay's side of the queue: adds jobs to lanes, and looks after those that failed. A job that is in its lane
 * already is not added twice (its id is the segment's, or the outbox file's).
 *
 * What was queued may be gone once the connection was: whoever keeps the spool watches `connections`, and queues
 * everything anew when it has grown. A queue that is emptied while the connection holds (FLUSHALL) is not seen.
 */

import { CameraId, RunId, type SegmentId, Sequence } from "@rokuga/media/ids.ts";
import { type Job, LANES, type Lane } from "@rokuga/media/job.ts";
import { redact } from "@rokuga/runtime/redact.ts";
import type { JobsOptions } from "bullmq";
import { z } from "zod";
import { jobId } from "./job_id.ts";
import { everyLane } from "./lane.ts";
import type { FailedBullJob } from "./open_queues.ts";
import { Reach } from "./reach.ts";

/** Attempts for errors that are not an outage: those never use one up (see the worker). */
const ATTEMPTS = 4;

/** Failed jobs are cleared whatever clock they failed by: also when it was ahead of the one now, ms. */
const ANY_AGE_MS = -100 * 365 * 86_400_000;

/** What is kept of the reason of a failed job, characters. */
const REASON_LENGTH = 1_000;

export type QueueCounts = { waiting: number; active: number; delayed: number; failed: number };

/** A job that its worker could not do: of the failed set, which only a person empties. */
export type FailedJob = {
  lane: Lane;
  jobId: string;
  /** One sentence: why the last attempt failed. */
  reason: string;
  /** How often it was tried. */
  attempts: number;
  /** When the last attempt failed, ms since the epoch. */
  failedMs: number | null;
  /** What it was to store; null for events, or when the job cannot be read. */
  segment: SegmentId | null;
};

export type Producer = {
  /** Queues jobs. A job whose id is already queued in that lane (or failed there) is not added again. Rejects soon when the queue is away. */
  add(jobs: readonly Job[], options: { lane: Lane }): Promise<void>;
  counts(): Promise<Record<Lane, QueueCounts>>;
  /** The newest failed jobs of all lanes, at most `limit`. */
  failed(limit: number): Promise<FailedJob[]>;
  /** Takes all failed jobs out of the queue, so that what the spool still has can be queued anew. Resolves with how many there were. */
  clearFailed(): Promise<number>;
  /** Grows whenever the queue was reached anew after it was lost (or for the first time): what was queued before may be gone. */
  readonly connections: number;
} & AsyncDisposable;

/**
 * `onError` hears of lost connections; they are opened again without help. Throws SettingError when the URL can
 * never work.
 */
export function openProducer(url: string, { onError }: { onError: (error: Error) => void }): Producer {
  const reach = new Reach(url, { onError });
  return {
    add: (jobs, { lane }) =>
      jobs.length === 0
        ? Promise.resolve()
        : reach.run(async (queues) => {
            const options = optionsOf(lane);
            await queues[lane].addBulk(
              jobs.map((job) => ({ name: job.kind, data: job, opts: { ...options, jobId: jobId(job) } })),
            );
          }),
    counts: () =>
      reach.run((queues) =>
        everyLane(async (lane) => {
          const counts = await queues[lane].getJobCounts("waiting", "active", "delayed", "failed");
          const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
          return { waiting, active, delayed, failed };
        }),
      ),
    failed: (limit) =>
      limit < 1
        ? Promise.resolve([])
        : reach.run(async (queues) => {
            const jobs = await everyLane((lane) => queues[lane].getJobs(["failed"], 0, limit - 1, false));
            return LANES.flatMap((lane) => jobs[lane].map((job) => failedJob(lane, job)))
              .sort((one, other) => (other.failedMs ?? 0) - (one.failedMs ?? 0))
              .slice(0, limit);
          }),
    clearFailed: () =>
      reach.run(async (queues) => {
        const cleared = await everyLane((lane) => queues[lane].clean(ANY_AGE_MS, 0, "failed"));
        return LANES.reduce((sum, lane) => sum + cleared[lane].length, 0);
      }),
    get connections() {
      return reach.connections;
    },
    [Symbol.asyncDispose]: () => reach[Symbol.asyncDispose](),
  };
}

function optionsOf(lane: Lane): JobsOptions {
  return {
    attempts: ATTEMPTS,
    backoff: { type: "exponential", delay: 1_000, jitter: 0.5 },
    // What is done is in the event log; what failed stays until a person has looked.
    removeOnComplete: true,
    removeOnFail: false,
    ...(lane === "live" ? { lifo: true } : {}),
  };
}

/** Of a job's payload, which may be of another version's shape. */
const OfSegment = z.object({
  kind: z.literal("segment"),
  segment: z.object({ cameraId: CameraId, runId: RunId, sequence: Sequence }),
});

function failedJob(lane: Lane, job: FailedBullJob): FailedJob {
  const payload = OfSegment.safeParse(job.data);
  return {
    lane,
    jobId: job.id ?? "?",
    reason: redact(job.failedReason ?? "").slice(0, REASON_LENGTH),
    attempts: job.attemptsMade,
    failedMs: job.finishedOn ?? null,
    segment: payload.success ? payload.data.segment : null,
  };
}
