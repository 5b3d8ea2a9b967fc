/**
 * The roles of the embedded PostgreSQL and their databases, each role with a password of its own:
 *
 *     rokuga        owns the database `rokuga` and its tables: migrations, rebuilds, restoring
 *     rokuga_app    worker and web: what the owner gives it there (packages/db/grants.ts)
 *     rokuga_queue  owns the database `rokuga_queue`, where there is no Redis: relay and worker. It is the one role
 *                   that the relay has, and it cannot enter the other database.
 */
import pg from "pg";
import { LOOPBACK } from "./ports.ts";
import { secretOf } from "./secrets.ts";

type Role = { role: string; secret: string; database: string };

const OWNER: Role = { role: "rokuga", secret: "postgres", database: "rokuga" };
const APP: Role = { role: "rokuga_app", secret: "postgres_app", database: "rokuga" };
const QUEUE: Role = { role: "rokuga_queue", secret: "postgres_queue", database: "rokuga_queue" };
const ADMIN: Role = { role: "postgres", secret: "postgres_admin", database: "postgres" };

/** The application's role, which `migrate` gives what it needs. */
export const APP_ROLE = APP.role;

type Place = { home: string; port: number };

/** The URL for migrations, rebuilds and restoring. It has the password, as those below: never show it. */
export const ownerUrl = (place: Place): string => urlOf(OWNER, place);

/** The URL for worker and web. */
export const appUrl = (place: Place): string => urlOf(APP, place);

function urlOf({ role, secret, database }: Role, { home, port }: Place): string {
  return `postgres://${role}:${secretOf(home, secret)}@${LOOPBACK}:${port}/${database}`;
}

/** The database of the recordings and its two roles. */
export async function ensureDatabase(place: Place): Promise<void> {
  await asAdmin(place, async (client) => {
    await ensureRole(client, OWNER, place.home);
    await ensureRole(client, APP, place.home);
    await ensureOwnDatabase(client, OWNER);
    await client.query(`GRANT CONNECT ON DATABASE ${OWNER.database} TO ${APP.role}`);
  });
}

/** The database of the queue and its role. Resolves with the URL for relay and worker. */
export async function ensureQueueDatabase(place: Place): Promise<string> {
  await asAdmin(place, async (client) => {
    await ensureRole(client, QUEUE, place.home);
    await ensureOwnDatabase(client, QUEUE);
  });
  return urlOf(QUEUE, place);
}

/** Its password is set at each start: the file is the truth. */
async function ensureRole(client: pg.Client, { role, secret }: Role, home: string): Promise<void> {
  const { rows } = await client.query<{ present: boolean }>(
    "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS present",
    [role],
  );
  const password = client.escapeLiteral(secretOf(home, secret));
  await client.query(`${rows[0]!.present ? "ALTER" : "CREATE"} ROLE ${role} LOGIN PASSWORD ${password}`);
}

/** A database that only its owner can enter. */
async function ensureOwnDatabase(client: pg.Client, { role, database }: Role): Promise<void> {
  const { rows } = await client.query<{ present: boolean }>(
    "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1) AS present",
    [database],
  );
  if (!rows[0]!.present) await client.query(`CREATE DATABASE ${database} OWNER ${role}`);
  await client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
}

async function asAdmin({ home, port }: Place, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({
    connectionString: urlOf(ADMIN, { home, port }),
    connectionTimeoutMillis: 10_000,
    query_timeout: 30_000,
  });
  client.on("error", () => {}); // It breaks when the server goes, which is noticed by its exit.
  await client.connect();
  try {
    // A failing statement is logged with its text, and some of these have a password in it.
    await client.query("SET log_min_error_statement = panic");
    await work(client);
  } finally {
    await client.end();
  }
}
