/**
 * What the archiver asks of the log: whose turn it is, which files have news, what is in a file, and the cursor
 * `archive`, up to which every event is in the archive in the store (packages/media/archive.ts).
 *
 * One archives at a time among all workers of a database: the turn is a lock of the session that also reads and moves
 * the cursor, so that whoever lost it cannot move the cursor any more.
 */
import { type ArchivedEvent, type ArchiveFile, HOUR_MS, UNKNOWN_SITE } from "@rokuga/media/archive.ts";
import type pg from "pg";
import { openSession } from "./connect.ts";
import { LOG_COLUMNS, LOG_START, type LogCursor } from "./read_log.ts";

/** Any constant: the advisory lock of those who archive, and of a restore ("rola" in ASCII). */
export const ARCHIVE_LOCK = 0x726f6c61;

/** Names of cursors. `restore` marks a database that is being restored: see restore_log.ts. */
export const ARCHIVE_CURSOR = "archive";
export const RESTORE_CURSOR = "restore";

/** An hour of a large log is read in seconds. */
const LIMIT_MS = 300_000;

/** The site that an event names, if that can be part of a key. */
const NAMED_SITE = `CASE WHEN data->>'siteId' ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' THEN data->>'siteId' END`;

export type ArchiveNews = {
  /** Those that have to be written, in the order of their hours. */
  files: ArchiveFile[];
  /** To be moved to once they are written. */
  cursor: LogCursor;
  /** Whether there was more than was asked for. */
  isFull: boolean;
};

export type Turn =
  | { kind: "taken"; turn: ArchiveTurn }
  /** Another one archives. */
  | { kind: "elsewhere" }
  /** A restore of this database has not come to its end. */
  | { kind: "restoring" };

/** Takes the turn to archive, unless another has it. Throws the connection's error. The signal ends the session. */
export async function takeArchiveTurn(databaseUrl: string, signal: AbortSignal): Promise<Turn> {
  await using cleanup = new AsyncDisposableStack();
  const client = await openSession(databaseUrl, { limitMs: LIMIT_MS });
  cleanup.defer(() => client.end());
  const stop = () => void client.end();
  signal.addEventListener("abort", stop, { once: true });
  cleanup.defer(() => signal.removeEventListener("abort", stop));
  signal.throwIfAborted();
  // An hour is found by its index also where the planner knows little of a log that has grown quickly.
  await client.query("SET enable_seqscan = off; SET max_parallel_workers_per_gather = 0; SET jit = off");
  const { rows } = await client.query<{ free: boolean }>("SELECT pg_try_advisory_lock($1) AS free", [
    ARCHIVE_LOCK,
  ]);
  if (!rows[0]!.free) return { kind: "elsewhere" };
  if (await readCursor(client, RESTORE_CURSOR)) return { kind: "restoring" };
  return { kind: "taken", turn: new ArchiveTurn(client, cleanup.move()) };
}

export class ArchiveTurn implements AsyncDisposable {
  readonly #client: pg.Client;
  readonly #cleanup: AsyncDisposableStack;

  constructor(client: pg.Client, cleanup: AsyncDisposableStack) {
    this.#client = client;
    this.#cleanup = cleanup;
  }

  /** Files with events after the cursor, by at most `limit` of these events; none of a transaction that is still open. */
  async readNews(limit: number): Promise<ArchiveNews> {
    const after = (await readCursor(this.#client, ARCHIVE_CURSOR)) ?? LOG_START;
    const { rows } = await this.#client.query<{
      site_id: string;
      hour: number;
      events: number;
      transaction_id: string;
      position: string;
    }>(
      `WITH page AS MATERIALIZED (
         SELECT transaction_id, position, recorded_at, ${NAMED_SITE} AS named_site, data->>'cameraId' AS camera_id
         FROM events
         WHERE (transaction_id, position) > ($1::xid8, $2)
           AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY transaction_id, position LIMIT $3
       ), file AS (
         SELECT coalesce(named_site, site_id, '${UNKNOWN_SITE}') AS site_id,
           floor(extract(epoch FROM recorded_at) / 3600)::integer AS hour
         FROM page LEFT JOIN cameras USING (camera_id) GROUP BY 1, 2
       ), last AS (
         SELECT transaction_id, position FROM page ORDER BY page.transaction_id DESC, position DESC LIMIT 1
       )
       SELECT site_id, hour, (SELECT count(*)::integer FROM page) AS events, transaction_id::text, position
       FROM file CROSS JOIN last ORDER BY hour, site_id`,
      [after.transactionId, after.position, limit],
    );
    const first = rows[0];
    return {
      files: rows.map(({ site_id: siteId, hour }) => ({ siteId, hourMs: hour * HOUR_MS })),
      cursor: first ? { transactionId: first.transaction_id, position: Number(first.position) } : after,
      isFull: first?.events === limit,
    };
  }

  /** All that is committed of a file, in the order of the log, as it was appended. */
  async readFile({ siteId, hourMs }: ArchiveFile): Promise<ArchivedEvent[]> {
    const { rows } = await this.#client.query<{
      event_id: string;
      type: string;
      version: number;
      data: unknown;
      occurred_ms: string;
      recorded_ms: string;
    }>(
      `SELECT ${LOG_COLUMNS} FROM events LEFT JOIN cameras ON camera_id = data->>'cameraId'
       WHERE recorded_at >= to_timestamp($1::bigint / 1000) AND recorded_at < to_timestamp($2::bigint / 1000)
         AND coalesce(${NAMED_SITE}, site_id, '${UNKNOWN_SITE}') = $3
       ORDER BY events.transaction_id, position`,
      [hourMs, hourMs + HOUR_MS, siteId],
    );
    return rows.map(({ event_id: eventId, type, version, data, occurred_ms, recorded_ms }) => ({
      eventId,
      type,
      version,
      data,
      occurredAtMs: Number(occurred_ms),
      recordedAtMs: Number(recorded_ms),
    }));
  }

  /** Every event up to and including the cursor is in the archive. */
  async moveCursor(cursor: LogCursor): Promise<void> {
    await writeCursor(this.#client, ARCHIVE_CURSOR, cursor);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync();
  }
}

/** How far a follower of the log has come; undefined when it has not begun. */
export async function readCursor(client: pg.ClientBase, name: string): Promise<LogCursor | undefined> {
  const { rows } = await client.query<{ transaction_id: string; position: string }>(
    "SELECT transaction_id::text AS transaction_id, position FROM cursors WHERE name = $1",
    [name],
  );
  const row = rows[0];
  return row && { transactionId: row.transaction_id, position: Number(row.position) };
}

export async function writeCursor(client: pg.ClientBase, name: string, cursor: LogCursor): Promise<void> {
  await client.query(
    `INSERT INTO cursors (name, transaction_id, position) VALUES ($1, $2::xid8, $3)
     ON CONFLICT (name) DO UPDATE SET transaction_id = excluded.transaction_id, position = excluded.position`,
    [name, cursor.transactionId, cursor.position],
  );
}
