/**
 * Counts tries: to sign in, by account and by address, and to open links to footage. In the database, so that the limit
 * is one for all processes of the web app, and holds over a restart. What is counted is kept as a hash.
 */
import { sql } from "drizzle-orm";
import type { Database } from "./connect.ts";
import { hashOf } from "./secrets.ts";

export type Limit = { most: number; windowMs: number };

/**
 * Counts a try. Resolves with how long to wait, ms, when it is one too many for any of `keys`: then it counts too, and
 * does not make the wait longer.
 */
export async function countAttempt(
  { db }: Database,
  keys: readonly string[],
  { most, windowMs, nowMs }: Limit & { nowMs: number },
): Promise<{ waitMs: number | undefined }> {
  const hashes = keys.map(hashOf).sort();
  const { rows } = await db.execute<{ count: number; until_ms: number }>(sql`
    INSERT INTO people.attempts (key, count, until_ms)
    SELECT key, 1, ${nowMs + windowMs} FROM unnest(${sql.param(hashes)}::text[]) AS key
    ON CONFLICT (key) DO UPDATE SET
      count = CASE WHEN attempts.until_ms <= ${nowMs} THEN 1 ELSE least(attempts.count + 1, 1000000) END,
      until_ms = CASE WHEN attempts.until_ms <= ${nowMs} THEN excluded.until_ms ELSE attempts.until_ms END
    RETURNING count, until_ms::float8`);
  const waits = rows.filter(({ count }) => count > most).map(({ until_ms }) => until_ms - nowMs);
  return { waitMs: waits.length > 0 ? Math.max(...waits) : undefined };
}

/** What was right after all: the tries before it do not count any more. */
export async function forgetTries({ db }: Database, key: string): Promise<void> {
  await db.execute(sql`DELETE FROM people.attempts WHERE key = ${hashOf(key)}`);
}

/** Removes windows that have ended. */
export async function forgetAttempts({ db }: Database, nowMs: number): Promise<void> {
  await db.execute(sql`DELETE FROM people.attempts WHERE until_ms <= ${nowMs}`);
}
