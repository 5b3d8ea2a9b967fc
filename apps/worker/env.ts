/** The worker's settings, from its environment. */

import { readEnvironment } from "@rokuga/runtime/environment.ts";
import { z } from "zod";

const Environment = z.object({
  /** The queue: `redis://…`, `rediss://…`, or `postgres://…` where a site has no Redis. */
  REDIS_URL: z.string(),
  /** The event log. */
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, "must begin with postgres://"),
  /** Where objects go: `s3://bucket?endpoint=…&region=…` or `file:///path`. */
  STORAGE_URL: z.string(),
  SPOOL_DIR: z.string(),
  /** Segments of each of the lanes `live` and `backlog` that are stored at the same time. */
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(8),
  /** Most that all uploads together may send, bit/s. Without it: what the uplink gives, live segments first. */
  UPLOAD_BITS_PER_SECOND: z.coerce.number().int().min(64_000, "must be at least 64000 bit/s").optional(),
  /** How often the log is archived in the store, minutes: what it may be behind. */
  ARCHIVE_MINUTES: z.coerce.number().min(0.01).max(1_440).default(5),
  /** How often footage that is beyond its camera's limits is let go, min. */
  RETENTION_MINUTES: z.coerce.number().min(1).max(10_080).default(60),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

/** Of `verify` and `db:restore`: where the log and the objects are. */
const LogAndStore = Environment.pick({ DATABASE_URL: true, STORAGE_URL: true });

export type WorkerEnvironment = z.infer<typeof Environment>;

export const readWorkerEnvironment = (environment: NodeJS.ProcessEnv): WorkerEnvironment =>
  readEnvironment(Environment, environment);

export const readLogAndStore = (environment: NodeJS.ProcessEnv): z.infer<typeof LogAndStore> =>
  readEnvironment(LogAndStore, environment);

/** What a command needs that only asks the event log. */
export const readLogEnvironment = (environment: NodeJS.ProcessEnv): Pick<WorkerEnvironment, "DATABASE_URL"> =>
  readEnvironment(Environment.pick({ DATABASE_URL: true }), environment);
