/**
 * What a worker says of itself, in a file of the spool that the relay reads: the relay has the API on site, and the
 * worker listens nowhere. `<spool>/_workers/<workerId>.json`, written anew every few seconds and at every change.
 */
import { join } from "node:path";
import { z } from "zod";
import { WORKERS } from "./spool_layout.ts";

const Destination = z.strictObject({
  /** Since when it cannot be reached, ms since the epoch; null while it can. */
  awaySinceMs: z.int().nullable(),
  /** One sentence for a person: what is wrong; null while nothing is. No address, no password. */
  problem: z.string().max(500).nullable(),
});

export const WorkerStatus = z.strictObject({
  version: z.literal(1),
  workerId: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/),
  startedMs: z.int(),
  updatedMs: z.int(),
  /** Since its start. */
  stored: z.strictObject({ segments: z.int(), bytes: z.int() }),
  store: Destination,
  log: Destination,
});
export type WorkerStatus = z.infer<typeof WorkerStatus>;

/** A status that was not written anew for this long is of a worker that is gone, ms. */
export const WORKER_STATUS_MS = 15_000;

export const workerStatusPath = (spool: string, workerId: string) => join(spool, WORKERS, `${workerId}.json`);
