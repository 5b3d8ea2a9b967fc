/** For tests: the projections as text, and empty tables. */
import type { Database } from "./connect.ts";
import { PROJECTIONS } from "./projections.ts";

export async function emptyTables({ pool }: Database, { log = true } = {}): Promise<void> {
  const tables = [...(log ? ["events"] : []), ...PROJECTIONS];
  // Quicker than TRUNCATE for a few rows. The log refuses it, so that its triggers must not fire.
  await pool.query(
    `BEGIN; ALTER TABLE events DISABLE TRIGGER events_are_kept;
     ${tables.map((table) => `DELETE FROM ${table};`).join("\n")}
     ALTER TABLE events ENABLE TRIGGER events_are_kept; COMMIT`,
  );
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
