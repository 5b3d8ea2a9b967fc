/**
 * What is known of cameras in a range of time, as one snapshot: the coverage, and all that explains what it leaves
 * open. The same few statements whether for one camera or for all; each finds its rows by an index.
 */
import type { CausedGap, TimeRange } from "@rokuga/media/api.ts";
import type { GapEvidence, RelayMoment, RunSpan } from "@rokuga/media/coverage.ts";
import type { RunEndReason } from "@rokuga/media/events.ts";
import type { GapCause } from "@rokuga/media/gap_cause.ts";
import { sql } from "drizzle-orm";
import type { Database, Transaction } from "./connect.ts";

export type CameraEvidence = {
  cameraId: string;
  /** From the first that is known of it to now, or to when it was retired; undefined when nothing is known of it. */
  life: TimeRange | undefined;
  /** `coverage` is clipped to the range. */
  evidence: GapEvidence;
};

/** The cameras among `cameraIds` that are known, in the same order. */
export async function readEvidence(
  { db }: Database,
  { cameraIds, range, nowMs }: { cameraIds: readonly string[]; range: TimeRange; nowMs: number },
): Promise<CameraEvidence[]> {
  if (cameraIds.length === 0) return [];
  return await db.transaction(
    async (tx) => {
      // One after the other: a transaction has one connection.
      const lives = await readLives(tx, cameraIds);
      const siteIds = [...new Set([...lives.values()].flatMap(({ site_id }) => site_id ?? []))];
      const coverage = await readCoverage(tx, cameraIds, range);
      const runs = await readRuns(tx, cameraIds, range);
      const losses = await readLosses(tx, cameraIds, range);
      const relay = await readRelay(tx, siteIds, range);
      return [...new Set(cameraIds)].flatMap((cameraId) => {
        const life = lives.get(cameraId);
        if (!life) return [];
        const evidence: GapEvidence = {
          coverage: coverage.get(cameraId) ?? [],
          losses: losses.get(cameraId) ?? [],
          runs: runs.get(cameraId) ?? [],
          relay: (life.site_id !== null && relay.get(life.site_id)) || [],
          backlog:
            life.reported_ms === null ? null : { reportedMs: life.reported_ms, ranges: life.ranges ?? [] },
          lastHeardMs: life.last_heard_ms,
          registeredMs: life.registered_ms,
          firstRunMs: life.first_run_ms,
        };
        return [{ cameraId, life: lifeOf(life, nowMs), evidence }];
      });
    },
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
}

/**
 * When each site was last heard of, over its own events and those of its cameras: a join of `site_id` with
 * `last_heard_ms`.
 */
export const SITES_HEARD = sql`(
  SELECT site_id, max(last_heard_ms) AS last_heard_ms
  FROM (SELECT site_id, last_heard_ms FROM sites UNION ALL SELECT site_id, last_heard_ms FROM cameras) AS told
  WHERE site_id IS NOT NULL GROUP BY site_id)`;

type Life = {
  camera_id: string;
  site_id: string | null;
  registered_ms: number | null;
  retired_ms: number | null;
  last_heard_ms: number;
  first_run_ms: number | null;
  first_covered_ms: number | null;
  reported_ms: number | null;
  ranges: TimeRange[] | null;
};

async function readLives(tx: Transaction, cameraIds: readonly string[]): Promise<Map<string, Life>> {
  const { rows } = await tx.execute<Life>(sql`
    SELECT cameras.camera_id, cameras.site_id,
      registered_ms::float8 AS registered_ms, retired_ms::float8 AS retired_ms,
      greatest(cameras.last_heard_ms, heard.last_heard_ms)::float8 AS last_heard_ms,
      (SELECT min(start_ms) FROM runs WHERE runs.camera_id = cameras.camera_id)::float8 AS first_run_ms,
      (SELECT min(start_ms) FROM coverage WHERE coverage.camera_id = cameras.camera_id)::float8 AS first_covered_ms,
      backlogs.reported_ms::float8 AS reported_ms, backlogs.ranges
    FROM cameras
    LEFT JOIN ${SITES_HEARD} AS heard USING (site_id)
    LEFT JOIN backlogs USING (camera_id)
    WHERE cameras.camera_id = ANY (${sql.param([...cameraIds])}::text[])`);
  return new Map(rows.map((row) => [row.camera_id, row]));
}

function lifeOf(life: Life, nowMs: number): TimeRange | undefined {
  const known = [life.registered_ms, life.first_run_ms, life.first_covered_ms].filter((ms) => ms !== null);
  const startMs = Math.min(...known);
  const endMs = Math.min(nowMs, life.retired_ms ?? nowMs);
  return startMs < endMs ? { startMs, endMs } : undefined;
}

type Keyed = { id: string; start_ms: number; end_ms: number };

/** Playable ranges that overlap `range`, clipped to it, sorted. */
async function readCoverage(
  tx: Transaction,
  cameraIds: readonly string[],
  range: TimeRange,
): Promise<Map<string, TimeRange[]>> {
  const { rows } = await tx.execute<Keyed>(sql`
    SELECT id, greatest(start_ms, ${range.startMs}::bigint)::float8 AS start_ms,
      least(end_ms, ${range.endMs}::bigint)::float8 AS end_ms
    FROM unnest(${sql.param([...cameraIds])}::text[]) AS camera (id) CROSS JOIN LATERAL (
      (SELECT start_ms, end_ms FROM coverage
        WHERE camera_id = camera.id AND start_ms <= ${range.startMs} ORDER BY start_ms DESC LIMIT 1)
      UNION ALL
      (SELECT start_ms, end_ms FROM coverage
        WHERE camera_id = camera.id AND start_ms > ${range.startMs} AND start_ms < ${range.endMs})
    ) AS found
    WHERE end_ms > ${range.startMs} ORDER BY start_ms`);
  return grouped(rows, (row) => ({ startMs: row.start_ms, endMs: row.end_ms }));
}

type RunRow = { id: string; start_ms: number; end_ms: number | null; end_reason: RunEndReason | null };

/** The runs that overlap `range`, the last that ended before it, and the first that starts after it. */
async function readRuns(
  tx: Transaction,
  cameraIds: readonly string[],
  range: TimeRange,
): Promise<Map<string, RunSpan[]>> {
  // Of a run whose start is not known yet, its end says at least how it ended.
  const columns = sql`run_id, coalesce(start_ms, end_ms) AS start_ms, end_ms, end_reason`;
  const { rows } = await tx.execute<RunRow>(sql`
    SELECT id, start_ms::float8 AS start_ms, end_ms::float8 AS end_ms, end_reason
    FROM unnest(${sql.param([...cameraIds])}::text[]) AS camera (id) CROSS JOIN LATERAL (
      (SELECT ${columns} FROM runs
        WHERE camera_id = camera.id AND end_ms <= ${range.startMs} ORDER BY end_ms DESC LIMIT 1)
      UNION ALL
      (SELECT ${columns} FROM runs
        WHERE camera_id = camera.id AND end_ms > ${range.startMs} AND coalesce(start_ms, end_ms) < ${range.endMs})
      UNION ALL
      (SELECT ${columns} FROM runs
        WHERE camera_id = camera.id AND end_ms IS NULL AND start_ms < ${range.endMs})
      UNION ALL
      (SELECT ${columns} FROM runs
        WHERE camera_id = camera.id AND start_ms >= ${range.endMs} ORDER BY start_ms LIMIT 1)
    ) AS found
    ORDER BY start_ms, run_id`);
  return grouped(rows, (row) => ({ startMs: row.start_ms, endMs: row.end_ms, endReason: row.end_reason }));
}

async function readLosses(
  tx: Transaction,
  cameraIds: readonly string[],
  range: TimeRange,
): Promise<Map<string, CausedGap[]>> {
  const { rows } = await tx.execute<Keyed & { cause: GapCause }>(sql`
    SELECT camera_id AS id, start_ms::float8 AS start_ms, end_ms::float8 AS end_ms, cause
    FROM gaps
    WHERE camera_id = ANY (${sql.param([...cameraIds])}::text[])
      AND start_ms < ${range.endMs} AND end_ms > ${range.startMs}
    ORDER BY gaps.start_ms, event_id`);
  return grouped(rows, (row) => ({ startMs: row.start_ms, endMs: row.end_ms, cause: row.cause }));
}

type MomentRow = { id: string; kind: RelayMoment["kind"]; at_ms: number; last_alive_ms: number | null };

/** What sites' relays told in `range`, the last before it and the first after it. */
async function readRelay(
  tx: Transaction,
  siteIds: readonly string[],
  range: TimeRange,
): Promise<Map<string, RelayMoment[]>> {
  if (siteIds.length === 0) return new Map();
  const columns = sql`event_id, kind, at_ms, last_alive_ms`;
  const { rows } = await tx.execute<MomentRow>(sql`
    SELECT id, kind, at_ms::float8 AS at_ms, last_alive_ms::float8 AS last_alive_ms
    FROM unnest(${sql.param([...siteIds])}::text[]) AS site (id) CROSS JOIN LATERAL (
      (SELECT ${columns} FROM relay_moments
        WHERE site_id = site.id AND at_ms < ${range.startMs} ORDER BY at_ms DESC LIMIT 1)
      UNION ALL
      (SELECT ${columns} FROM relay_moments
        WHERE site_id = site.id AND at_ms >= ${range.startMs} AND at_ms < ${range.endMs})
      UNION ALL
      (SELECT ${columns} FROM relay_moments
        WHERE site_id = site.id AND at_ms >= ${range.endMs} ORDER BY at_ms LIMIT 1)
    ) AS found
    ORDER BY at_ms, event_id`);
  return grouped(rows, ({ kind, at_ms: atMs, last_alive_ms: lastAliveMs }) =>
    kind === "started" ? { kind, atMs, lastAliveMs } : { kind, atMs },
  );
}

function grouped<Row extends { id: string }, T>(
  rows: readonly Row[],
  read: (row: Row) => T,
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.id);
    if (group) group.push(read(row));
    else groups.set(row.id, [read(row)]);
  }
  return groups;
}
