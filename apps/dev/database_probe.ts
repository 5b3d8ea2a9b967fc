/**
 * Asks a PostgreSQL whether it is there and lets us in. Used on addresses that were given, before anything is
 * started, so that a wrong one is told in a sentence.
 */
import { errorChain } from "@rokuga/runtime/log.ts";
import pg from "pg";
import { CannotStart } from "./cannot_start.ts";

const LIMIT_MS = 7_000;

/** What is done without the setting. */
const WITHOUT = {
  DATABASE_URL: "DATABASE_URL an embedded one is used",
  DATABASE_OWNER_URL: "DATABASE_OWNER_URL the user of DATABASE_URL has to own the tables",
  REDIS_URL: "REDIS_URL an embedded one is used",
};

export type Probed = {
  /** Of the server: `18.4`. */
  version: string;
  /** As whom we are let in. */
  role: string;
  /** The same for two addresses of one database, and for no others. */
  identity: string;
};

/** What is at `url`. Throws {@link CannotStart} that names the setting, never the password. */
export async function probeDatabase(url: string, setting: keyof typeof WITHOUT): Promise<Probed> {
  try {
    return await askDatabase(url);
  } catch (error) {
    throw new CannotStart(
      `Cannot use the database at ${placeOf(url, "5432")} (${setting}): ${errorChain(error)}. ` +
        `Start it or correct ${setting}; without ${WITHOUT[setting]}.`,
    );
  }
}

/** What is at `url`. Throws the connection's error. */
export async function askDatabase(url: string): Promise<Probed> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: LIMIT_MS,
    query_timeout: LIMIT_MS,
  });
  // A connection that breaks later than the query is of no interest here; without a listener it would be thrown.
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<Probed>(
      `SELECT split_part(current_setting('server_version'), ' ', 1) AS version, current_user AS role,
         (SELECT system_identifier FROM pg_control_system()) || '/' ||
         (SELECT oid FROM pg_database WHERE datname = current_database()) AS identity`,
    );
    return rows[0]!;
  } finally {
    await client.end();
  }
}

/** Host, port and name of a URL, without user and password: safe to show. */
export function placeOf(url: string, defaultPort: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || defaultPort}${pathname === "/" ? "" : pathname}`;
}
