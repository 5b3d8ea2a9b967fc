/** Opens the queues of all lanes for a producer: they work when this resolves, or it rejects within seconds. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Job, LANES, type Lane } from "@rokuga/media/job.ts";
import { type JobsOptions, type JobType, Queue } from "bullmq";
import type { Backend } from "./backend.ts";
import { everyLane, queueName } from "./lane.ts";

/** How long an unreachable queue is waited for, ms. */
export const REACH_MS = 5_000;

/** What is used of a job that failed. */
export type FailedBullJob = {
  id?: string;
  data: unknown;
  failedReason?: string;
  attemptsMade: number;
  finishedOn?: number;
};

/** What is used of a queue, the same on both backends. */
export type LaneQueue = {
  addBulk(jobs: { name: string; data: Job; opts: JobsOptions }[]): Promise<unknown>;
  getJobCounts(...states: JobType[]): Promise<Record<string, number>>;
  getJobs(states: JobType[], start: number, end: number, ascending: boolean): Promise<FailedBullJob[]>;
  clean(graceMs: number, limit: number, state: "failed"): Promise<string[]>;
  waitUntilReady(): Promise<unknown>;
  on(event: "error", listener: (error: Error) => void): unknown;
  close(): Promise<void>;
};

export type LaneQueues = Record<Lane, LaneQueue> & AsyncDisposable;

export async function openQueues(
  backend: Backend,
  { onError }: { onError: (error: Error) => void },
): Promise<LaneQueues> {
  const open = async (lane: Lane): Promise<LaneQueue> => {
    const queue: LaneQueue =
      backend.kind === "redis"
        ? new Queue(queueName(lane), { connection: backend.connection })
        : new Queue(queueName(lane), { connection: backend.connection }, backend.factory);
    queue.on("error", onError);
    return queue;
  };
  const queues = await everyLane(open);
  const close = () => Promise.all(LANES.map((lane) => queues[lane].close()));
  const timeout = new AbortController();
  try {
    await Promise.race([
      everyLane((lane) => queues[lane].waitUntilReady()),
      sleep(REACH_MS, undefined, { signal: timeout.signal }).then(() => {
        throw new Error(`it did not answer within ${REACH_MS / 1000} s`);
      }),
    ]);
  } catch (cause) {
    // Not waited for: BullMQ's close waits for a connection that never was.
    close().catch(onError);
    throw cause;
  } finally {
    timeout.abort();
  }
  return {
    ...queues,
    async [Symbol.asyncDispose]() {
      await close();
    },
  };
}
