/**
 * Asks a PostgreSQL whether it is there and lets us in. Used on addresses that were given, before anything is
 * started, so that a wrong one is told in a sentence.
 */
import { errorChain } from "@rokuga/runtime/log.ts";
import pg from "pg";
import { CannotStart } from "./cannot_start.ts";

const LIMIT_MS = 7_000;

/** The version of the server at `url`. Throws {@link CannotStart} that names the setting, never the password. */
export async function probeDatabase(url: string, setting: string): Promise<{ version: string }> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: LIMIT_MS,
    query_timeout: LIMIT_MS,
  });
  // A connection that breaks later than the query is of no interest here; without a listener it would be thrown.
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    return { version: rows[0]?.server_version.split(" ")[0] ?? "" };
  } catch (error) {
    throw new CannotStart(
      `Cannot use the database at ${placeOf(url, "5432")} (${setting}): ${errorChain(error)}. ` +
        `Start it or correct ${setting}; without ${setting} an embedded one is used.`,
    );
  } finally {
    await client.end();
  }
}

/** Host, port and name of a URL, without user and password: safe to show. */
export function placeOf(url: string, defaultPort: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || defaultPort}${pathname === "/" ? "" : pathname}`;
}
