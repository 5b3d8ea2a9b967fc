/**
 * Chooses what BullMQ runs on by the URL: Redis (`redis://`, `rediss://`), or PostgreSQL (`postgres://`) where a
 * site has no Redis. Nothing else in the program knows which of the two it is.
 */

import { SettingError } from "@rokuga/runtime/environment.ts";
import {
  type BackendFactory,
  createPostgresBackend,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
} from "bullmq";
import { Redis } from "ioredis";

/** The schema that BullMQ's tables live in when it runs on PostgreSQL. */
const SCHEMA = "rokuga_queue";

/** Connections a queue or worker may hold on PostgreSQL, besides the one that listens. */
const POSTGRES_MAX = 4;

export type Backend =
  | { kind: "redis"; connection: Redis; close(): Promise<void> }
  | {
      kind: "postgres";
      connection: PostgresConnectionOptions;
      factory: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions>;
      close(): Promise<void>;
    };

export type BackendOptions = {
  /** A producer fails at once when the queue is away (the spool keeps what it has); a consumer waits. */
  role: "producer" | "consumer";
  onError: (error: Error) => void;
};

/** Which of the two a URL names. Throws {@link SettingError} when it is neither. */
export function checkUrl(url: string): Backend["kind"] {
  const protocol = URL.parse(url)?.protocol;
  if (protocol === "redis:" || protocol === "rediss:") return "redis";
  if (protocol === "postgres:" || protocol === "postgresql:") return "postgres";
  throw new SettingError(
    `Cannot open the queue: REDIS_URL must begin with redis://, rediss:// or postgres://, not ${protocol ?? "what it holds"}`,
  );
}

export function openBackend(url: string, { role, onError }: BackendOptions): Backend {
  if (checkUrl(url) === "postgres") {
    return {
      kind: "postgres",
      connection: {
        connectionString: url,
        schema: SCHEMA,
        migrate: true,
        max: POSTGRES_MAX,
        connectionTimeoutMillis: 5_000,
      },
      factory: createPostgresBackend,
      close: async () => {},
    };
  }
  const connection = new Redis(url, {
    maxRetriesPerRequest: role === "producer" ? 1 : null,
    enableOfflineQueue: role === "consumer",
    connectTimeout: 5_000,
    // BullMQ's blocking pop waits longer than any command of a producer should.
    ...(role === "producer" ? { commandTimeout: 10_000 } : {}),
    retryStrategy: (attempt) => Math.min(attempt * 200, 2_000),
  });
  connection.on("error", onError);
  return { kind: "redis", connection, close: async () => connection.disconnect() };
}
