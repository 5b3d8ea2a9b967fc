/** For tests: the projections as text, and empty tables. */
import type { Database } from "./connect.ts";

const PROJECTIONS = [
  "sites",
  "relay_moments",
  "cameras",
  "backlogs",
  "runs",
  "segments",
  "coverage",
  "gaps",
] as const;

export async function emptyTables({ pool }: Database, { log = true } = {}): Promise<void> {
  // Quicker than TRUNCATE for a few rows.
  for (const table of [...(log ? ["events"] : []), ...PROJECTIONS]) await pool.query(`DELETE FROM ${table}`);
}

/** All rows of all projections, as comparable text. */
export async function projections({ pool }: Database): Promise<string> {
  const dumps = [];
  for (const table of PROJECTIONS) {
    const { rows } = await pool.query<{ row: string }>(`SELECT t::text AS row FROM ${table} t ORDER BY 1`);
    dumps.push([table, rows.map(({ row }) => row)]);
  }
  return JSON.stringify(dumps, null, 1);
}
