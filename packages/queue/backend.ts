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
import { QUEUE_SCHEMA } from "./queue_schema.ts";

type Role = "producer" | "consumer";

/** Connections one lane's queue may hold on PostgreSQL, besides the one that a consumer listens on. */
const POSTGRES_MAX: Record<Role, number> = { producer: 2, consumer: 4 };

/** How long a command may take, ms: a producer says soon that the queue is away. */
const PRODUCER_COMMAND_MS = 10_000;
const CONSUMER_QUERY_MS = 60_000;

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
  role: Role;
  onError: (error: Error) => void;
};

/** Which of the two a URL names. Throws {@link SettingError} when it is neither. */
function kindOf(url: string): Backend["kind"] {
  const protocol = URL.parse(url)?.protocol;
  if (protocol === "redis:" || protocol === "rediss:") return "redis";
  if (protocol === "postgres:" || protocol === "postgresql:") return "postgres";
  throw new SettingError(
    `Cannot open the queue: REDIS_URL must begin with redis://, rediss:// or postgres://, not ${protocol ?? "what it holds"}`,
  );
}

/**
 * Redis: one connection that is opened now, and again whenever it is lost, for as long as it takes. PostgreSQL:
 * pools that open connections when they are needed.
 */
export function openBackend(url: string, { role, onError }: BackendOptions): Backend {
  if (kindOf(url) === "postgres") {
    return {
      kind: "postgres",
      connection: {
        connectionString: url,
        schema: QUEUE_SCHEMA,
        migrate: true,
        max: POSTGRES_MAX[role],
        connectionTimeoutMillis: 5_000,
        query_timeout: role === "producer" ? PRODUCER_COMMAND_MS : CONSUMER_QUERY_MS,
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
    ...(role === "producer" ? { commandTimeout: PRODUCER_COMMAND_MS } : {}),
    retryStrategy: (attempt) => Math.min(attempt * 200, 2_000),
  });
  connection.on("error", onError);
  return { kind: "redis", connection, close: async () => connection.disconnect() };
}
