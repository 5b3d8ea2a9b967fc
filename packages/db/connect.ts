/**
 * A pool of connections to the database, with drizzle on top. Nothing here retries: callers decide what an
 * outage means for them, with the help of {@link isUnreachable}.
 */
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import * as schema from "./schema.ts";

export type Db = NodePgDatabase<typeof schema>;
export type Transaction = Parameters<Parameters<Db["transaction"]>[0]>[0];

/** The database, or a transaction: for who only asks. */
export type Reads = Pick<Db, "execute">;

export type Database = {
  readonly db: Db;
  readonly pool: pg.Pool;
  readonly url: string;
} & AsyncDisposable;

export type DatabaseOptions = {
  /** Most connections at once. */
  max?: number;
  /** Called when an idle connection breaks; the pool opens a new one by itself. */
  onIdleError?: (error: Error) => void;
};

/** Opens a pool (without connecting yet). `url` is `postgres://user:password@host:port/name`. */
export function openDatabase(
  url: string,
  { max = 8, onIdleError = () => {} }: DatabaseOptions = {},
): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    // A query that hangs (a black-holed network) must end: everything here is short.
    query_timeout: 30_000,
    keepAlive: true,
    application_name: "rokuga",
  });
  pool.on("error", onIdleError);
  return {
    pool,
    url,
    db: drizzle(pool, { schema }),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

/**
 * One connection, for what needs a session of its own: locks and settings that last, statements that take long.
 * `limitMs`: of a statement. To be ended by the caller.
 */
export async function openSession(url: string, { limitMs }: { limitMs: number }): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    statement_timeout: limitMs,
    // For when the server does not answer any more.
    query_timeout: limitMs + 5_000,
    keepAlive: true,
    application_name: "rokuga",
  });
  client.on("error", () => {}); // Told by the query that fails.
  await client.connect();
  return client;
}

/**
 * An error as the database has put it: drizzle's own repeats the statement with its parameters, thousands of them, and
 * secrets among them. Known by its shape, since a bundler may have its class twice.
 */
export function databaseError(error: unknown): unknown {
  const isDrizzles = error instanceof Error && "query" in error && "params" in error;
  return isDrizzles ? (error.cause ?? new Error("A statement failed")) : error;
}

const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EPIPE",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/**
 * Whether an error says that the database could not be reached or is not serving (an outage, cured by waiting),
 * as opposed to a statement it refused. SQLSTATE classes 08, 53 and 57P of PostgreSQL are outages too.
 */
export function isUnreachable(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    const code = (current as { code?: unknown }).code;
    if (typeof code === "string" && (NETWORK_CODES.has(code) || /^(08|53|57P)/.test(code))) return true;
    if (/timeout|terminated unexpectedly|Connection terminated|not queryable/i.test(current.message))
      return true;
    if (current instanceof AggregateError && current.errors.some(isUnreachable)) return true;
  }
  return false;
}

/** Whether an error says that the role lacks a privilege (SQLSTATE 42501). */
export function isDenied(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ((current as { code?: unknown }).code === "42501") return true;
  }
  return false;
}
