/**
 * The queue in PostgreSQL, where a site has no Redis. BullMQ makes and changes its own tables, and the relay has its
 * URL: so it has a role and a database for itself, embedded or given; only where one user does everything is that one
 * the queue's too. A queue may be lost at any time: the relay fills it again from the spool.
 */
import { QUEUE_SCHEMA } from "@rokuga/queue/queue_schema.ts";
import pg from "pg";
import { CannotStart } from "./cannot_start.ts";
import type { Database } from "./database.ts";
import { ensureQueueDatabase } from "./postgres_roles.ts";

/** A queue beside the embedded database. Resolves with its URL. */
export async function embeddedQueue(home: string, { ownerUrl }: Pick<Database, "ownerUrl">): Promise<string> {
  const client = new pg.Client({
    connectionString: ownerUrl,
    connectionTimeoutMillis: 10_000,
    query_timeout: 30_000,
  });
  client.on("error", () => {}); // Told by the query that fails.
  await client.connect();
  try {
    // Where it was before it had a database of its own.
    await client.query(`DROP SCHEMA IF EXISTS ${QUEUE_SCHEMA} CASCADE`);
  } finally {
    await client.end();
  }
  return await ensureQueueDatabase({ home, port: Number(new URL(ownerUrl).port) });
}

/** The URL of a queue in a given database. `why` it would be there; throws {@link CannotStart} when it cannot be. */
export function queueInGiven({ url, appRole, where }: Database, why: string): string {
  if (appRole === undefined) return url;
  throw new CannotStart(
    `The queue cannot be in the database at ${where} (${why}): its user ${appRole} may make no tables, and the relay ` +
      "is not to have it. Set REDIS_URL to a Redis, or to a database of the queue's own (postgres://…).",
  );
}
