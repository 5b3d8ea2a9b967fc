/**
 * The footage of a range as clips and snapshots need it: which segments are shown, with all that their `SegmentStored`
 * events tell. What a clip is made of can so be checked against the log and the store.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { Footage } from "@rokuga/media/clip_plan.ts";
import { segmentEventId } from "@rokuga/media/ids.ts";
import { unpackFragments } from "@rokuga/media/packed_fragments.ts";
import type { PlaylistSegment } from "@rokuga/media/playlist_items.ts";
import type { Database } from "./connect.ts";
import { LOG_COLUMNS, readRows } from "./read_log.ts";
import { readSegments } from "./read_segments.ts";

/** Segments that overlap `range` and are shown, in the order in which they are. */
export async function readFootage(
  database: Database,
  cameraId: string,
  range: TimeRange,
): Promise<Footage[]> {
  const segments = chooseShown(await readSegments(database, cameraId, range));
  const idOf = ({ runId, sequence }: PlaylistSegment) =>
    segmentEventId({ cameraId, runId, sequence }, "SegmentStored");
  const stored = await readStored(database, segments.map(idOf));
  return segments.map((segment) => {
    const { runId, sequence, startMs, endMs, mediaDurationTicks, key, tracks } = segment;
    const event = stored.get(idOf(segment));
    if (!event) throw new Error(`Cannot show a segment: the log has no event ${idOf(segment)}`);
    const { startTicks, bytes, sha256 } = event;
    const fragments = unpackFragments(event.fragments);
    const place = { runId, sequence, startMs, endMs, startTicks, mediaDurationTicks };
    return { ...place, key, bytes, sha256, tracks, fragments };
  });
}

/**
 * Chooses what is shown of segments that lie in the order of their start. The one place where a rule for moments that
 * were recorded twice (runs that overlap) belongs; until there is one, everything is shown.
 */
function chooseShown(segments: readonly PlaylistSegment[]): readonly PlaylistSegment[] {
  return segments;
}

type Stored = { startTicks: number; bytes: number; sha256: string; fragments: string };

/** Events that are read together: checking thousands at once would hold up everybody else in this process. */
const BATCH = 500;

async function readStored({ pool }: Database, eventIds: readonly string[]): Promise<Map<string, Stored>> {
  const stored = new Map<string, Stored>();
  for (let from = 0; from < eventIds.length; from += BATCH) {
    const { rows } = await pool.query<Parameters<typeof readRows>[0][number]>(
      `SELECT ${LOG_COLUMNS} FROM events WHERE event_id = ANY ($1::text[])`,
      [eventIds.slice(from, from + BATCH)],
    );
    for (const { eventId, type, data } of readRows(rows).events)
      if (type === "SegmentStored") stored.set(eventId, data);
  }
  return stored;
}
