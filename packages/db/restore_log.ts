/**
 * What a restore asks of the database that it fills: that it is empty (or was being filled when the restore was
 * interrupted), what of a camera's day the log has, and the append with the times at which the log once took its events.
 *
 * A restore that has not come to its end is marked by the row `restore` in `cursors`; its `position` is when it began,
 * by the database's clock, in ms. What the log took since then is not from the archive.
 */
import { linkOfSegment } from "@rokuga/media/chain.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { runEventId, type SegmentId, segmentEventId } from "@rokuga/media/ids.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import { unpackFragments } from "@rokuga/media/packed_fragments.ts";
import type pg from "pg";
import { type Appendable, appendArguments } from "./append.ts";
import { ARCHIVE_CURSOR, ARCHIVE_LOCK, RESTORE_CURSOR, readCursor, writeCursor } from "./archive_log.ts";
import { openSession } from "./connect.ts";
import { PROJECTIONS } from "./projections.ts";
import { LOG_COLUMNS, readRows } from "./read_log.ts";

/** Of a statement, ms: the last ones look at the whole log. */
const LIMIT_MS = 1_800_000;

const DAY_MS = 86_400_000;

/** The objects of one day in the keys' sense: UTC, before any correction of a run's clock. */
export type CameraDay = { siteId: string; cameraId: string; dayMs: number };

/** What is known of the nearest segment before one in its run. */
export type SegmentBefore = {
  sequence: number;
  /** Number of fragments in the run up to its end, as far as they are known. */
  fragments: number;
  /** Its link in the chain; null where it is not known. */
  link: string | null;
};

/**
 * Begins a restore, or goes on with one. Throws when the database is not one to restore into: it says why, and what to
 * do. The signal ends the session.
 */
export async function openRestore(databaseUrl: string, signal: AbortSignal): Promise<RestoreLog> {
  await using cleanup = new AsyncDisposableStack();
  const client = await openSession(databaseUrl, { limitMs: LIMIT_MS });
  cleanup.defer(() => client.end());
  const stop = () => void client.end();
  signal.addEventListener("abort", stop, { once: true });
  cleanup.defer(() => signal.removeEventListener("abort", stop));
  signal.throwIfAborted();
  const { rows: found } = await client.query<{ has_schema: boolean; free: boolean }>(
    "SELECT to_regclass('cursors') IS NOT NULL AS has_schema, pg_try_advisory_lock($1) AS free",
    [ARCHIVE_LOCK],
  );
  if (!found[0]!.has_schema)
    throw new Error("Cannot restore: the database has not been migrated. Do that first");
  if (!found[0]!.free) {
    throw new Error(
      "Cannot restore: another program restores or archives this database just now. Stop it, then run this again",
    );
  }
  // What a crash of the machine undoes is done again by the next attempt.
  await client.query("SET synchronous_commit = off; SET enable_seqscan = off; SET jit = off");
  const isResumed = (await readCursor(client, RESTORE_CURSOR)) !== undefined;
  if (!isResumed) await markBegin(client);
  return new RestoreLog({ client, isResumed, cleanup: cleanup.move() });
}

async function markBegin(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ empty: boolean; now_ms: string }>(
    `SELECT NOT EXISTS (SELECT FROM events) AS empty,
       floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms`,
  );
  if (!rows[0]!.empty) {
    throw new Error(
      "Cannot restore: the log of this database is not empty, and a restore only fills an empty one. " +
        "Make a new database, and set DATABASE_URL to it",
    );
  }
  await writeCursor(client, RESTORE_CURSOR, { transactionId: "0", position: Number(rows[0]!.now_ms) });
}

type RestoreLogParts = { client: pg.Client; isResumed: boolean; cleanup: AsyncDisposableStack };

export class RestoreLog implements AsyncDisposable {
  readonly #client: pg.Client;
  /** Whether an earlier attempt was interrupted. */
  readonly isResumed: boolean;
  readonly #cleanup: AsyncDisposableStack;
  /** Events that were handed to `append`, and how many of them the planner has seen. */
  #appended = 0;
  #analyzedAt = 0;

  constructor({ client, isResumed, cleanup }: RestoreLogParts) {
    this.#client = client;
    this.isResumed = isResumed;
    this.#cleanup = cleanup;
  }

  /** Appends checked events in one transaction. Resolves with how many were new. */
  async append(events: readonly Appendable[]): Promise<number> {
    if (events.length === 0) return 0;
    const { rows } = await this.#client.query<{ count: number }>({
      name: "restore_events",
      text: "SELECT coalesce(cardinality(append_locked($1::jsonb, $2::text[])), 0) AS count",
      values: appendArguments(events),
    });
    this.#appended += events.length;
    if (this.#appended >= 2 * this.#analyzedAt) await this.#analyze();
    return rows[0]!.count;
  }

  /** The planner must not take a table that is being filled for an empty one. */
  async #analyze(): Promise<void> {
    this.#analyzedAt = this.#appended;
    await this.#client.query(`ANALYZE ${["events", ...PROJECTIONS].join(", ")}`);
  }

  /** Keys of the objects that the log has and that follow from their segments. */
  async keysOf({ siteId, cameraId, dayMs }: CameraDay): Promise<Set<string>> {
    const { rows } = await this.#client.query<{
      run_id: string;
      sequence: number;
      start_ms: string;
      wall_ms: number;
    }>(
      // Found by when they start now: by the index of that where their run was corrected by a day at most.
      `SELECT run_id, sequence, start_ms - by_ms AS start_ms, (end_ms - start_ms)::integer AS wall_ms FROM (
         SELECT segments.*, coalesce(corrected_by_ms, 0) AS by_ms
         FROM segments LEFT JOIN runs USING (camera_id, run_id)
         WHERE camera_id = $1 AND segments.start_ms >= $3::bigint - ${DAY_MS}
           AND segments.start_ms < $3::bigint + ${2 * DAY_MS} AND abs(coalesce(corrected_by_ms, 0)) <= ${DAY_MS}
         UNION ALL
         SELECT segments.*, corrected_by_ms AS by_ms FROM runs JOIN segments USING (camera_id, run_id)
         WHERE camera_id = $1 AND abs(corrected_by_ms) > ${DAY_MS}
       ) AS held
       WHERE site_id = $2 AND key IS NULL AND start_ms - by_ms >= $3 AND start_ms - by_ms < $3::bigint + ${DAY_MS}`,
      [cameraId, siteId, dayMs],
    );
    return new Set(
      rows.map(({ run_id: runId, sequence, start_ms, wall_ms: wallDurationMs }) =>
        objectKey({ siteId, cameraId, runId, sequence, startMs: Number(start_ms), wallDurationMs }),
      ),
    );
  }

  /** All days of which the log has objects whose keys follow from their segments. */
  async days(): Promise<CameraDay[]> {
    const { rows } = await this.#client.query<{ site_id: string; camera_id: string; day: string }>(
      `SELECT DISTINCT site_id, camera_id, div(segments.start_ms - coalesce(corrected_by_ms, 0), ${DAY_MS}) AS day
       FROM segments LEFT JOIN runs USING (camera_id, run_id) WHERE key IS NULL`,
    );
    return rows.map(({ site_id: siteId, camera_id: cameraId, day }) => ({
      siteId,
      cameraId,
      dayMs: Number(day) * DAY_MS,
    }));
  }

  /** Keys of the log's objects that do not follow from their segments. */
  async oddKeys(): Promise<string[]> {
    const { rows } = await this.#client.query<{ key: string }>(
      "SELECT key FROM segments WHERE key IS NOT NULL ORDER BY key",
    );
    return rows.map(({ key }) => key);
  }

  /** Event ids of `SegmentStored` for those of the segments of which the log tells: stored, lost or expired. */
  async explained(segments: readonly SegmentId[]): Promise<Set<string>> {
    if (segments.length === 0) return new Set();
    const { rows } = await this.#client.query<{ event_id: string }>(
      `SELECT stored_id AS event_id
       FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::text[])
         AS asked (stored_id, camera_id, run_id, sequence, lost_id)
       WHERE EXISTS (SELECT FROM events WHERE event_id = stored_id)
         OR EXISTS (SELECT FROM events WHERE event_id = lost_id)
         OR EXISTS (SELECT FROM expired_spans AS gone WHERE gone.camera_id = asked.camera_id
           AND gone.run_id = asked.run_id AND asked.sequence BETWEEN from_sequence AND to_sequence)`,
      [
        segments.map((segment) => segmentEventId(segment, "SegmentStored")),
        segments.map(({ cameraId }) => cameraId),
        segments.map(({ runId }) => runId),
        segments.map(({ sequence }) => sequence),
        segments.map((segment) => segmentEventId(segment, "SegmentLost")),
      ],
    );
    return new Set(rows.map((row) => row.event_id));
  }

  /** The nearest segment before one in its run that the log knows. */
  async segmentBefore({ cameraId, runId, sequence }: SegmentId): Promise<SegmentBefore | undefined> {
    const adjacent = { cameraId, runId, sequence: sequence - 1 };
    const events = await this.#events([
      segmentEventId(adjacent, "SegmentStored"),
      segmentEventId(adjacent, "SegmentLost"),
    ]);
    const link = events.map(linkAfter).find((found) => found !== null) ?? null;
    const stored = events.find((event) => event.type === "SegmentStored");
    if (stored) return { sequence: sequence - 1, fragments: fragmentsUpTo(stored.data), link };
    const { rows } = await this.#client.query<{
      sequence: number;
      first_fragment: number;
      fragments: string;
    }>(
      `SELECT sequence, first_fragment, fragments FROM segments
       WHERE camera_id = $1 AND run_id = $2 AND sequence < $3 ORDER BY sequence DESC LIMIT 1`,
      [cameraId, runId, sequence],
    );
    const nearest = rows[0];
    if (!nearest) return link === null ? undefined : { sequence: sequence - 1, fragments: 0, link };
    const { first_fragment: firstFragment, fragments } = nearest;
    return { sequence: nearest.sequence, fragments: fragmentsUpTo({ firstFragment, fragments }), link };
  }

  /** Which of these the log does not know by name: the site, the camera, the run. */
  async unknown(of: { siteId: string; cameraId: string; runId: string }): Promise<{
    site: boolean;
    camera: boolean;
    run: boolean;
  }> {
    const { rows } = await this.#client.query<{ site: boolean; camera: boolean; run: boolean }>(
      `SELECT NOT EXISTS (SELECT FROM sites WHERE site_id = $1 AND name IS NOT NULL) AS site,
         NOT EXISTS (SELECT FROM cameras WHERE camera_id = $2 AND registered_ms IS NOT NULL) AS camera,
         NOT EXISTS (SELECT FROM events WHERE event_id = $3) AS run`,
      [of.siteId, of.cameraId, runEventId(of, "RunStarted")],
    );
    return rows[0]!;
  }

  /** Whether there is anything in the log. */
  async isEmpty(): Promise<boolean> {
    const { rows } = await this.#client.query<{ empty: boolean }>(
      "SELECT NOT EXISTS (SELECT FROM events) AS empty",
    );
    return rows[0]!.empty;
  }

  /** Nothing was there to restore: the database is as it was. */
  async abandon(): Promise<void> {
    await this.#client.query("DELETE FROM cursors WHERE name = $1", [RESTORE_CURSOR]);
  }

  /**
   * The restore has come to its end. What it has made itself, and whatever else the log took meanwhile, is still to be
   * archived; what came from the archive is not.
   */
  async finish(): Promise<void> {
    const client = this.#client;
    await client.query("BEGIN; SET LOCAL synchronous_commit = on");
    // Before the first event that was not recorded before, and before whatever is not committed yet.
    await client.query(
      `WITH own AS MATERIALIZED (
         SELECT transaction_id, position FROM events
         WHERE recorded_at >= to_timestamp((SELECT position FROM cursors WHERE name = $2) / 1000.0)
       ), bound AS (
         (SELECT transaction_id, position - 1 AS position FROM own
          ORDER BY own.transaction_id, position LIMIT 1)
         UNION ALL SELECT pg_snapshot_xmin(pg_current_snapshot()), 0
       )
       INSERT INTO cursors (name, transaction_id, position)
       SELECT $1, transaction_id, position FROM bound ORDER BY bound.transaction_id, position LIMIT 1
       ON CONFLICT (name) DO UPDATE SET transaction_id = excluded.transaction_id, position = excluded.position`,
      [ARCHIVE_CURSOR, RESTORE_CURSOR],
    );
    await this.abandon();
    await client.query("COMMIT");
    // What the archiver finds its hours by, and every plan: they would be made in their own time else.
    await client.query("SELECT brin_summarize_new_values('events_recorded')");
    await this.#analyze();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync();
  }

  async #events(eventIds: readonly string[]): Promise<NewEvent[]> {
    const { rows } = await this.#client.query(
      `SELECT ${LOG_COLUMNS} FROM events WHERE event_id = ANY ($1::text[])`,
      [eventIds],
    );
    return readRows(rows).events;
  }
}

function fragmentsUpTo({ firstFragment, fragments }: { firstFragment: number; fragments: string }): number {
  return firstFragment + unpackFragments(fragments).length;
}

/** The link of a segment, also of one that is lost, where its place in the chain is known. */
function linkAfter(event: NewEvent): string | null {
  return event.type === "SegmentStored" || event.type === "SegmentLost" ? linkOfSegment(event.data) : null;
}
