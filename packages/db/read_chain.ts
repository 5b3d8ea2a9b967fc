/**
 * What the log has of a camera's runs and segments, read for checking that nothing of it was changed or removed.
 *
 * Events are found by their ids, which say what they are of: of a run every sequence number is asked for, and what is
 * not found is missing. Which runs there are, and how far they go, the projections say; they also say of a row that is
 * gone from the log when it lay. A run that is gone from both is found by the chain only.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import { type SegmentId, segmentEventId } from "@rokuga/media/ids.ts";
import type { Database } from "./connect.ts";
import { LOG_COLUMNS, type LogPage, type LogRow, readRows } from "./read_log.ts";

/** Times include what the run's clock was corrected by. */
export type ChainRun = {
  runId: string;
  /** As the log tells them; null where it does not. */
  startMs: number | null;
  endMs: number | null;
  splitFrom: { runId: string; sequence: number } | null;
  correctedByMs: number;
  /** The highest sequence number that the projections know of; -1 without any. */
  lastSequence: number;
};

type RunRow = {
  run_id: string;
  start_ms: number | null;
  end_ms: number | null;
  split_from: ChainRun["splitFrom"];
  corrected_by_ms: number;
  last_sequence: number;
};

/** All runs of a camera that are known of, by id and so by when they began. */
export async function readChainRuns({ pool }: Database, cameraId: string): Promise<ChainRun[]> {
  const { rows } = await pool.query<RunRow>(
    `WITH RECURSIVE stored (run_id) AS (
       SELECT min(run_id) FROM segments WHERE camera_id = $1
       UNION ALL
       SELECT (SELECT min(s.run_id) FROM segments AS s WHERE s.camera_id = $1 AND s.run_id > stored.run_id)
       FROM stored WHERE stored.run_id IS NOT NULL
     ), known AS (
       SELECT run_id FROM stored WHERE run_id IS NOT NULL
       UNION SELECT run_id FROM runs WHERE camera_id = $1
       UNION SELECT run_id FROM gaps WHERE camera_id = $1
       UNION SELECT run_id FROM expired_spans WHERE camera_id = $1
     )
     SELECT known.run_id, coalesce(corrected_by_ms, 0)::float8 AS corrected_by_ms,
       ((started.data->>'startMs')::bigint + coalesce(corrected_by_ms, 0))::float8 AS start_ms,
       ((ended.data->>'endMs')::bigint + coalesce(corrected_by_ms, 0))::float8 AS end_ms,
       started.data->'splitFrom' AS split_from,
       coalesce(greatest(
         (SELECT max(sequence) FROM segments WHERE camera_id = $1 AND segments.run_id = known.run_id),
         (SELECT max(to_sequence) FROM expired_spans AS e WHERE camera_id = $1 AND e.run_id = known.run_id),
         (SELECT max(split_part(gaps.event_id, '/', 3)::integer) FROM gaps
          WHERE camera_id = $1 AND gaps.run_id = known.run_id AND gaps.event_id LIKE '%/SegmentLost')
       ), -1) AS last_sequence
     FROM known
     LEFT JOIN runs ON runs.camera_id = $1 AND runs.run_id = known.run_id
     LEFT JOIN events AS started ON started.event_id = $1 || '/' || known.run_id || '/RunStarted'
     LEFT JOIN events AS ended ON ended.event_id = $1 || '/' || known.run_id || '/RunEnded'`,
    [cameraId],
  );
  const runs = rows.map((row) => ({
    runId: row.run_id,
    startMs: row.start_ms,
    endMs: row.end_ms,
    splitFrom: row.split_from,
    correctedByMs: row.corrected_by_ms,
    lastSequence: row.last_sequence,
  }));
  // Not by the database, whose order of letters may be any.
  return runs.sort((a, b) => (a.runId < b.runId ? -1 : 1));
}

type RunOfCamera = { cameraId: string; runId: string };

/** Which numbers of a run to read for a range: from its last segment that began before, to the first one after. */
export async function readStretch(
  { pool }: Database,
  { cameraId, runId, range }: RunOfCamera & { range: TimeRange },
): Promise<{ fromSequence: number; toSequence: number | null }> {
  const { rows } = await pool.query<{ from_sequence: number | null; to_sequence: number | null }>(
    `SELECT
       (SELECT sequence FROM segments WHERE camera_id = $1 AND run_id = $2 AND start_ms < $3
        ORDER BY start_ms DESC LIMIT 1) AS from_sequence,
       (SELECT sequence FROM segments WHERE camera_id = $1 AND run_id = $2 AND start_ms >= $4
        ORDER BY start_ms LIMIT 1) AS to_sequence`,
    [cameraId, runId, range.startMs, range.endMs],
  );
  const { from_sequence, to_sequence } = rows[0]!;
  return { fromSequence: from_sequence ?? 0, toSequence: to_sequence };
}

/** Sequence numbers of a run; the last one is part of it. */
export type Stretch = RunOfCamera & { fromSequence: number; toSequence: number };

export type ChainPage = Pick<LogPage, "events" | "unreadable"> & {
  /** Segments that the projections know of, stored or lost, although the log has no event of them. */
  projected: ({ sequence: number } & TimeRange)[];
};

/** The events of a stretch's segments, `SegmentStored` and `SegmentLost`, in any order. */
export async function readChainPage(database: Database, stretch: Stretch): Promise<ChainPage> {
  const { cameraId, runId, fromSequence, toSequence } = stretch;
  const idsOf = (sequence: number) =>
    ["SegmentStored", "SegmentLost"].map((type) => segmentEventId({ cameraId, runId, sequence }, type));
  const sequences = Array.from({ length: toSequence - fromSequence + 1 }, (_, index) => fromSequence + index);
  const { rows } = await database.pool.query<LogRow>(
    `SELECT ${LOG_COLUMNS} FROM events WHERE event_id = ANY ($1::text[])`,
    [sequences.flatMap(idsOf)],
  );
  const there = new Set(rows.map(({ event_id }) => segmentOf(event_id)?.sequence));
  const missing = sequences.filter((sequence) => !there.has(sequence));
  return { ...readRows(rows), projected: await readProjected(database, { cameraId, runId, missing }) };
}

/** In one statement, so that what arrives just now is in both or in neither. */
async function readProjected(
  { pool }: Database,
  { cameraId, runId, missing }: RunOfCamera & { missing: readonly number[] },
): Promise<ChainPage["projected"]> {
  if (missing.length === 0) return [];
  const { rows } = await pool.query<{ sequence: number; start_ms: number; end_ms: number }>(
    `WITH missing AS (
       SELECT sequence, $1 || '/' || $2 || '/' || sequence || '/' AS prefix FROM unnest($3::integer[]) AS sequence
     ), projected AS (
       SELECT sequence, prefix || 'SegmentStored' AS event_id, start_ms, end_ms
       FROM missing JOIN segments USING (sequence) WHERE camera_id = $1 AND run_id = $2
       UNION ALL
       SELECT sequence, event_id, start_ms, end_ms FROM missing JOIN gaps ON event_id = prefix || 'SegmentLost'
     )
     SELECT sequence, start_ms::float8 AS start_ms, end_ms::float8 AS end_ms FROM projected
     WHERE NOT EXISTS (SELECT FROM events WHERE events.event_id = projected.event_id)
     ORDER BY sequence`,
    [cameraId, runId, missing],
  );
  return rows.map((row) => ({ sequence: row.sequence, startMs: row.start_ms, endMs: row.end_ms }));
}

/** Which segment an event id is of; undefined for another event. */
export function segmentOf(eventId: string): SegmentId | undefined {
  const [, cameraId, runId, sequence] = /^([^/]+)\/([^/]+)\/(\d+)\/\w+$/.exec(eventId) ?? [];
  return sequence === undefined
    ? undefined
    : { cameraId: cameraId!, runId: runId!, sequence: Number(sequence) };
}

/** What went of a run because a limit was reached, as far as the log tells it. Sequence numbers, the last ones included. */
export async function readExpired(
  { pool }: Database,
  { cameraId, runId }: RunOfCamera,
): Promise<{ fromSequence: number; toSequence: number }[]> {
  const { rows } = await pool.query<{ from_sequence: number; to_sequence: number }>(
    `SELECT from_sequence, to_sequence FROM expired_spans JOIN events USING (event_id)
     WHERE camera_id = $1 AND run_id = $2 ORDER BY from_sequence`,
    [cameraId, runId],
  );
  return rows.map((row) => ({ fromSequence: row.from_sequence, toSequence: row.to_sequence }));
}

export type SiteReport = { reportedMs: number; ranges: TimeRange[] };

/** What the camera's site last told of what it holds; undefined when it has told nothing. */
export async function readSiteReport({ pool }: Database, cameraId: string): Promise<SiteReport | undefined> {
  const { rows } = await pool.query<{ reported_ms: number; ranges: TimeRange[] }>(
    `SELECT reported_ms::float8 AS reported_ms, ranges FROM backlogs JOIN events USING (event_id)
     WHERE camera_id = $1`,
    [cameraId],
  );
  return rows[0] && { reportedMs: rows[0].reported_ms, ranges: rows[0].ranges };
}
