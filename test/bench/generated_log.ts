/**
 * A log for benchmarks, made in the database: cameras that recorded without end, in segments of 10 s with five
 * fragments, with a run break now and then and a gap after it. Rows are as an append would have written them, in the
 * order of time, as the cameras of many sites take turns.
 */
import type { Database } from "@rokuga/db/connect.ts";
import { packFragments } from "@rokuga/media/packed_fragments.ts";

export const SEGMENT_MS = 10_000;
const FRAGMENTS = 5;
const FRAGMENT_BYTES = 500_080;

export type GeneratedLog = {
  /** `camera-1` to `camera-n`, on one site each ten. */
  cameras: number;
  /** Number of the first camera. */
  firstCamera?: number;
  startMs: number;
  /** Per camera. */
  segments: number;
  /** So many segments a run; a gap of 20 s follows each. */
  perRun: number;
};

/** One index that all share: what it says does not matter to the database, only how long it is. */
const fragments = packFragments(
  Array.from({ length: FRAGMENTS }, (_, index) => ({
    bytes: FRAGMENT_BYTES + index * 188,
    durationTicks: 180_000,
    keyframeBytes: 60_160,
  })),
);

/** Appends the log's rows, and nothing else: `rebuildProjections` makes the projections of them. Resolves with their number. */
export async function generateLog(
  { pool }: Database,
  { cameras, firstCamera = 1, startMs, segments, perRun }: GeneratedLog,
): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query("SET statement_timeout = 0; SET synchronous_commit = off");
    const parameters = [
      startMs,
      segments,
      cameras,
      firstCamera,
      perRun,
      fragments,
      FRAGMENTS,
      FRAGMENT_BYTES,
    ];
    const names = await client.query(
      `INSERT INTO events (event_id, stream, type, version, data, occurred_at, recorded_at)
       SELECT 'camera/' || camera || '/CameraRegistered', 'camera/' || camera, 'CameraRegistered', 1,
         jsonb_build_object('siteId', site, 'cameraId', camera, 'name', camera), moment, moment
       FROM (SELECT 'camera-' || number AS camera, 'site-' || number / 10 AS site, to_timestamp($1::float8 / 1000) AS moment
         FROM generate_series($3::int, $3 + $2::int - 1) AS number) AS given`,
      [startMs, cameras, firstCamera],
    );
    const { rowCount } = await client.query({
      text: ROWS,
      values: parameters,
      // Minutes, for years of log.
      query_timeout: 3_600_000,
    } as never);
    return (names.rowCount ?? 0) + (rowCount ?? 0);
  } finally {
    client.release(true);
  }
}

/** Runs begin with `RunStarted` and end with `RunEnded`, in the order of time over all cameras. */
const ROWS = `
  WITH given AS (
    SELECT $1::bigint AS start_ms, $2::int AS segments, $3::int AS cameras, $4::int AS first_camera, $5::int AS per_run,
      $6::text AS fragments, $7::int AS fragment_count, $8::int AS fragment_bytes
  ), camera AS (
    SELECT number, 'camera-' || number AS camera_id, 'site-' || number / 10 AS site_id
    FROM given, generate_series(first_camera, first_camera + cameras - 1) AS number
  ), placed AS (
    SELECT camera.*, given.*, nth, nth % per_run AS sequence,
      start_ms + nth::bigint * ${SEGMENT_MS} + (nth / per_run) * 20000 AS at_ms,
      start_ms + (nth / per_run)::bigint * (per_run * ${SEGMENT_MS} + 20000) AS run_ms
    FROM given, generate_series(0, segments - 1) AS nth CROSS JOIN camera
  ), segment AS (
    SELECT *, rokuga_bench_run_id(run_ms) AS run_id FROM placed
  ), event AS (
    SELECT 1 AS step, nth, number, camera_id || '/' || run_id || '/RunStarted' AS event_id, camera_id, 'RunStarted' AS type,
      1 AS version, jsonb_build_object('cameraId', camera_id, 'runId', run_id, 'startMs', run_ms) AS data, run_ms AS at_ms
    FROM segment WHERE sequence = 0
    UNION ALL
    SELECT 2, nth, number, camera_id || '/' || run_id || '/' || sequence || '/SegmentStored', camera_id, 'SegmentStored', 2,
      jsonb_build_object('cameraId', camera_id, 'siteId', site_id, 'runId', run_id, 'sequence', sequence,
        'firstFragment', sequence * fragment_count, 'startMs', at_ms, 'wallDurationMs', ${SEGMENT_MS},
        'bytes', fragment_bytes * fragment_count + 1880, 'startTicks', 126000 + sequence::bigint * 900000,
        'mediaDurationTicks', 900000, 'tracks', 'avc1.64001f 1920x1080 mp4a.40.2', 'fragments', fragments,
        'sha256', encode(sha256((camera_id || at_ms)::bytea), 'hex'),
        'previous', encode(sha256((camera_id || '-' || at_ms)::bytea), 'hex')),
      at_ms + ${SEGMENT_MS}
    FROM segment
    UNION ALL
    SELECT 3, nth, number, camera_id || '/' || run_id || '/RunEnded', camera_id, 'RunEnded', 1,
      jsonb_build_object('cameraId', camera_id, 'runId', run_id, 'endMs', at_ms + ${SEGMENT_MS}, 'reason', 'disconnected'),
      at_ms + ${SEGMENT_MS}
    FROM segment WHERE sequence = per_run - 1
  )
  INSERT INTO events (event_id, stream, type, version, data, occurred_at, recorded_at)
  SELECT event_id, 'camera/' || camera_id, type, version, data, to_timestamp(at_ms / 1000.0), to_timestamp(at_ms / 1000.0)
  FROM event ORDER BY nth, number, step`;

/** Makes run ids as packages/media/ids.ts does, for {@link generateLog}; to be called once for a database. */
export async function prepareGeneration({ pool }: Database): Promise<void> {
  await pool.query(`
    CREATE OR REPLACE FUNCTION rokuga_bench_run_id(ms bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
    DECLARE
      digits text := '0123456789abcdefghijklmnopqrstuvwxyz';
      id text := '';
    BEGIN
      WHILE ms > 0 LOOP
        id := substr(digits, (ms % 36)::int + 1, 1) || id;
        ms := ms / 36;
      END LOOP;
      RETURN lpad(id, 9, '0') || 'aaaa';
    END $$`);
}
