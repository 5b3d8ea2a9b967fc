/**
 * The queue in PostgreSQL, where a site has no Redis. BullMQ makes and changes its own tables, so that its role must
 * be able to make a schema. Embedded that is a role and a database for the queue alone, since the relay has its
 * URL; in a given database it is the application's role. A queue may be lost at any time: the relay fills it again
 * from the spool.
 */
import { QUEUE_SCHEMA } from "@rokuga/queue/queue_schema.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import pg from "pg";
import { CannotStart } from "./cannot_start.ts";
import type { Database } from "./database.ts";
import { ensureQueueDatabase } from "./postgres_roles.ts";

/** A queue beside the embedded database. Resolves with its URL. */
export async function embeddedQueue(home: string, { ownerUrl }: Pick<Database, "ownerUrl">): Promise<string> {
  // Where it was before it had a database of its own.
  await asOwner(ownerUrl, (client) => client.query(`DROP SCHEMA IF EXISTS ${QUEUE_SCHEMA} CASCADE`));
  return await ensureQueueDatabase({ home, port: Number(new URL(ownerUrl).port) });
}

/** Lets the application's role keep a queue in a given database. Resolves with its URL; throws {@link CannotStart}. */
export async function queueInGiven({ url, ownerUrl, appRole, where }: Database): Promise<string> {
  if (appRole === undefined) return url;
  await asOwner(ownerUrl, async (client) => {
    const { rows } = await client.query<{ mine: boolean; database: string }>(
      `SELECT current_database() AS database,
         EXISTS (SELECT FROM pg_namespace WHERE nspname = $1 AND pg_get_userbyid(nspowner) = current_user) AS mine`,
      [QUEUE_SCHEMA],
    );
    const { mine, database } = rows[0]!;
    // The owner's: from when one role did everything.
    if (mine) await client.query(`DROP SCHEMA ${QUEUE_SCHEMA} CASCADE`);
    const [name, role] = [database, appRole].map((text) => client.escapeIdentifier(text));
    await client.query(`GRANT CREATE ON DATABASE ${name} TO ${role}`);
  }).catch((error) => {
    throw new CannotStart(
      `Cannot keep the queue in the database at ${where}: ${errorChain(error)}. ` +
        "Set REDIS_URL to a Redis, or to a database of the queue's own (postgres://…).",
      { cause: error },
    );
  });
  return url;
}

async function asOwner(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    query_timeout: 30_000,
  });
  client.on("error", () => {}); // Told by the query that fails.
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
