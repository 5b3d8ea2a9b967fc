/** When each site was last heard of, and how far the log has come. */
import { sql } from "drizzle-orm";
import type { Database } from "./connect.ts";
import { SITES_HEARD } from "./read_evidence.ts";

export type SiteHeard = { siteId: string; lastHeardMs: number };

/** All sites that are known by themselves or by their cameras, by id. */
export async function readSitesHeard({ db }: Database): Promise<SiteHeard[]> {
  const { rows } = await db.execute<{ site_id: string; last_heard_ms: number }>(
    sql`SELECT site_id, last_heard_ms::float8 AS last_heard_ms FROM ${SITES_HEARD} AS heard ORDER BY site_id`,
  );
  return rows.map((row) => ({ siteId: row.site_id, lastHeardMs: row.last_heard_ms }));
}

/** The highest position in the log that is committed; 0 when it is empty. */
export async function readPosition({ db }: Database): Promise<number> {
  const { rows } = await db.execute<{ position: number }>(
    sql`SELECT coalesce(max(position), 0)::float8 AS position FROM events`,
  );
  return rows[0]!.position;
}
