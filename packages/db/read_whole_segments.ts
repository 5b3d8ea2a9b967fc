/**
 * Segments for playlists that list thousands of them, without fragment indexes: a day of segments of 10 s in some 15 ms,
 * of which a third is this program's. The rows are read from an index alone (segments_start), and what is the same for
 * all segments of a run comes once: the driver takes longer to read a row than the database to find it.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import { runIdStartMs } from "@rokuga/media/ids.ts";
import { objectKeysOf } from "@rokuga/media/object_key.ts";
import type { Recorded } from "@rokuga/media/open_playlist.ts";
import type { WholeSegment } from "@rokuga/media/playlist_items.ts";
import { LONGEST_SEGMENT_MS, tracksOf } from "@rokuga/media/segment.ts";
import type { Database } from "./connect.ts";

/** Segments that overlap `range`, in order of time, as `readSegments` gives them. */
export async function readWholeSegments(
  database: Database,
  cameraId: string,
  range: TimeRange,
): Promise<WholeSegment[]> {
  return await read(database, { name: "whole_segments", recorded: "0", cameraId, range });
}

/**
 * The same, with when each was recorded in the log (long ago, when the log does not have it), and the time by the clock
 * that told it. What becomes visible later was recorded later than all of the camera that is visible now.
 */
export async function readRecordedSegments(
  database: Database,
  cameraId: string,
  range: TimeRange,
): Promise<{ segments: Recorded<WholeSegment>[]; nowMs: number }> {
  // Told before the rows are read: what comes in between counts as not recorded yet.
  const { rows } = await database.pool.query<{ ms: number }>(
    "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms",
  );
  // As segmentEventId of packages/media/ids.ts. One look-up a segment, however large the log is.
  const recorded = `coalesce((SELECT floor(extract(epoch FROM recorded_at) * 1000)::bigint FROM events
    WHERE event_id = camera_id || '/' || run_id || '/' || sequence || '/SegmentStored'), 0)`;
  const segments = await read(database, { name: "recorded_segments", recorded, cameraId, range });
  return { segments, nowMs: rows[0]!.ms };
}

type Reading = { name: string /** An expression. */; recorded: string; cameraId: string; range: TimeRange };

type Group = {
  run_id: string;
  site_id: string;
  tracks: string;
  key: string | null;
  by_ms: number;
  /** Of each segment the seven numbers that `read` takes out, each followed by a comma. */
  numbers: string;
};

async function read({ pool }: Database, reading: Reading): Promise<Recorded<WholeSegment>[]> {
  const { name, recorded, cameraId, range } = reading;
  const { rows } = await pool.query<Group>({
    name,
    text: `SELECT run_id, site_id, tracks, key, numbers, coalesce(corrected_by_ms, 0)::float8 AS by_ms FROM (
        SELECT camera_id, run_id, site_id, tracks, key, string_agg(sequence || ',' || start_ms || ',' || end_ms || ',' ||
          start_ticks || ',' || media_duration_ticks || ',' || bytes || ',' || ${recorded} || ',', '') AS numbers
        FROM segments WHERE camera_id = $1 AND start_ms > $2 AND end_ms > $3 AND start_ms < $4
        GROUP BY camera_id, run_id, site_id, tracks, key
      ) AS found LEFT JOIN runs USING (camera_id, run_id)`,
    values: [cameraId, range.startMs - LONGEST_SEGMENT_MS, range.startMs, range.endMs],
  });
  const segments = rows.flatMap((group) => segmentsOf(group, cameraId));
  return segments.sort(
    (a, b) =>
      a.startMs - b.startMs || (a.runId === b.runId ? a.sequence - b.sequence : a.runId < b.runId ? -1 : 1),
  );
}

function segmentsOf(group: Group, cameraId: string): Recorded<WholeSegment>[] {
  const { run_id: runId, site_id: siteId, tracks: text, key, by_ms: byMs } = group;
  const tracks = tracksOf(text);
  const beganMs = runIdStartMs(runId) + byMs;
  const keyOf = objectKeysOf({ siteId, cameraId });
  const next = numbersIn(group.numbers);
  const segments: Recorded<WholeSegment>[] = [];
  for (let sequence = next(); sequence !== undefined; sequence = next()) {
    const startMs = next()!;
    const endMs = next()!;
    segments.push({
      runId,
      beganMs,
      sequence,
      startMs,
      endMs,
      startTicks: next()!,
      mediaDurationTicks: next()!,
      bytes: next()!,
      recordedMs: next()!,
      tracks,
      key: key ?? keyOf({ startMs: startMs - byMs, wallDurationMs: endMs - startMs, runId, sequence }),
    });
  }
  return segments;
}

/** Gives one whole number after the other of a text in which a comma follows each. */
function numbersIn(text: string): () => number | undefined {
  let at = 0;
  return () => {
    if (at >= text.length) return undefined;
    let value = 0;
    for (let code = text.charCodeAt(at); code !== COMMA; code = text.charCodeAt(++at)) {
      value = value * 10 + code - ZERO;
    }
    at++;
    return value;
  };
}

const COMMA = 44;
const ZERO = 48;
