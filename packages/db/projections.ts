/**
 * The tables that follow from the log, and building them anew from it: beside the live ones, while reads and writes go
 * on, with the same code that appends run; then the two are swapped.
 *
 * It needs the role that owns the tables. Readers wait for the moment of the swap only, writers for the last few
 * events before it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { errorChain } from "@rokuga/runtime/log.ts";
import pg from "pg";
import { REBUILD_LOCK, tryLock } from "./advisory_lock.ts";
import { batchText } from "./append.ts";
import { LOG_START, type LogCursor, type LogPage, readLog, type UnreadableEvent } from "./read_log.ts";

/** All projections. */
export const PROJECTIONS = [
  "sites",
  "relay_moments",
  "cameras",
  "backlogs",
  "runs",
  "segments",
  "coverage",
  "gaps",
  "expired_spans",
  "expiries",
  "locks",
  "exports",
  "shares",
] as const;

/** To be raised by a migration that changes what the projections hold: `migrate` then builds them anew. */
export const PROJECTION_VERSION = 1;

/** Where the new tables are made, and where the old ones go. */
const NEW = "rokuga_rebuild";
const OLD = "rokuga_replaced";

/** Events per transaction. */
const BATCH = 5_000;
/** Any constant: the advisory lock of appending (see append_events). */
const APPEND_LOCK = 0x726f6c67;
/**
 * How long the swap waits for the tables, ms: less than the second after which PostgreSQL looks for deadlocks, since a
 * reader may hold one table and wait for another. It is then tried again.
 */
const SWAP_WAIT_MS = 300;
const SWAP_PAUSE_MS = 200;
const SWAP_ATTEMPTS = 200;

export type RebuildProgress = { events: number; ofAbout: number };

export type RebuildOptions = {
  signal?: AbortSignal;
  /** Called after each batch. */
  onProgress?: (progress: RebuildProgress) => void;
  /** Called for each event that cannot be read: it stays in the log, and in no projection. */
  onUnreadable?: (event: UnreadableEvent) => void;
};

/** How many events are in the new tables, and how many could not be read. */
export type Rebuilt = { events: number; unreadable: number };

/** Another program is building them anew. */
export class RebuildRunningError extends Error {
  override name = "RebuildRunningError";
}

/**
 * Builds all projections anew. `databaseUrl`: of the role that owns the tables. When it fails or is interrupted the
 * live tables stay as they are, and nothing of the new ones is left. Throws {@link RebuildRunningError}.
 */
export async function rebuildProjections(
  databaseUrl: string,
  options: RebuildOptions = {},
): Promise<Rebuilt> {
  const connect = async () => {
    const client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    client.on("error", () => {}); // Told by the query that fails.
    await client.connect();
    return client;
  };
  await using cleanup = new AsyncDisposableStack();
  const reader = await connect();
  cleanup.defer(() => reader.end());
  const writer = await connect();
  cleanup.defer(() => writer.end());
  if (!(await tryLock(writer, REBUILD_LOCK)))
    throw new RebuildRunningError("The projections are being rebuilt already: wait for that to end");
  try {
    return await new Rebuild({ reader, writer }, options).run();
  } catch (error) {
    await writer.query("ROLLBACK").catch(() => undefined);
    // Without a connection this is left to the next one, which begins by it.
    await writer.query(`DROP SCHEMA IF EXISTS ${NEW} CASCADE`).catch(() => undefined);
    throw error;
  }
}

class Rebuild {
  readonly #reader: pg.Client;
  readonly #writer: pg.Client;
  readonly #options: RebuildOptions;
  /** Of the live tables. */
  #schema = "public";
  /** The same, as PostgreSQL itself writes it in a statement. */
  #quotedSchema = "public";
  #cursor: LogCursor = LOG_START;
  #ofAbout = 0;
  #events = 0;
  #unreadable = 0;
  #analyzedAt = 0;

  constructor({ reader, writer }: { reader: pg.Client; writer: pg.Client }, options: RebuildOptions) {
    this.#reader = reader;
    this.#writer = writer;
    this.#options = options;
  }

  async run(): Promise<Rebuilt> {
    const { rows } = await this.#reader.query<{ schema: string; quoted: string; about: number }>(
      `SELECT current_schema() AS schema, quote_ident(current_schema()) AS quoted, greatest(reltuples, 0)::float8 AS about
       FROM pg_class WHERE oid = 'events'::regclass`,
    );
    this.#schema = rows[0]!.schema;
    this.#quotedSchema = rows[0]!.quoted;
    this.#ofAbout = rows[0]!.about;
    await this.#makeTables();
    await this.#writer.query(`SET search_path = ${NEW}, ${this.#quotedSchema}`);
    // Nothing is lost with these tables should the machine fail: they would be made anew.
    await this.#writer.query("SET synchronous_commit = off");
    await this.#replay();
    await this.#analyze();
    await this.#swapWhenFree();
    return { events: this.#events, unreadable: this.#unreadable };
  }

  /** The next page is read while the one before is being projected. */
  async #replay(): Promise<void> {
    let next = this.#read();
    for (;;) {
      const page = await next;
      this.#options.signal?.throwIfAborted();
      if (page.events.length === 0 && page.unreadable.length === 0) return;
      this.#cursor = page.cursor;
      next = this.#read();
      // It is awaited only after this one is projected; should that fail, this is no second failure.
      next.catch(() => undefined);
      await this.#project(page);
      await this.#analyzeWhenGrown();
    }
  }

  /** The planner must not take a table that is being filled for an empty one. */
  async #analyzeWhenGrown(): Promise<void> {
    if (this.#events < 2 * this.#analyzedAt) return;
    this.#analyzedAt = this.#events;
    await this.#analyze();
  }

  async #analyze(): Promise<void> {
    await this.#writer.query(PROJECTIONS.map((table) => `ANALYZE ${NEW}.${table}`).join(";"));
  }

  #read(options: { withoutHorizon?: boolean } = {}): Promise<LogPage> {
    return readLog(this.#reader, { after: this.#cursor, limit: BATCH, ...options });
  }

  async #project({ events, unreadable, isCurrent }: LogPage): Promise<void> {
    if (events.length > 0 && isCurrent) {
      await this.#writer.query({
        name: "project_log",
        text: "SELECT project_log($1)",
        values: [events.map(({ position }) => position)],
      });
    } else if (events.length > 0) {
      await this.#writer.query("SELECT project_upcast($1::jsonb)", [batchText(events)]);
    }
    for (const event of unreadable) this.#options.onUnreadable?.(event);
    this.#events += events.length;
    this.#unreadable += unreadable.length;
    this.#ofAbout = Math.max(this.#ofAbout, this.#events);
    this.#options.onProgress?.({ events: this.#events, ofAbout: this.#ofAbout });
  }

  async #swapWhenFree(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#options.signal?.throwIfAborted();
      const before = { cursor: this.#cursor, events: this.#events, unreadable: this.#unreadable };
      try {
        return await this.#swap();
      } catch (error) {
        await this.#writer.query("ROLLBACK");
        this.#cursor = before.cursor;
        this.#events = before.events;
        this.#unreadable = before.unreadable;
        // 55P03: somebody holds one of the tables for long.
        if ((error as { code?: string }).code !== "55P03" || attempt === SWAP_ATTEMPTS) {
          throw new Error(`Cannot put the rebuilt tables in place of the old ones: ${errorChain(error)}`, {
            cause: error,
          });
        }
        await sleep(SWAP_PAUSE_MS * Math.random(), undefined, { signal: this.#options.signal });
        await this.#replay();
      }
    }
  }

  /** With nobody appending: the last events, then the new tables in place of the old ones. */
  async #swap(): Promise<void> {
    const writer = this.#writer;
    const schema = this.#quotedSchema;
    await writer.query(`BEGIN; SET LOCAL lock_timeout = ${SWAP_WAIT_MS}; SET LOCAL synchronous_commit = on`);
    await writer.query("SELECT pg_advisory_xact_lock($1)", [APPEND_LOCK]);
    for (;;) {
      const page = await this.#read({ withoutHorizon: true });
      this.#cursor = page.cursor;
      await this.#project(page);
      if (!page.isFull) break;
    }
    const live = PROJECTIONS.map((table) => `${schema}.${table}`).join(", ");
    await writer.query(`LOCK TABLE ${live} IN ACCESS EXCLUSIVE MODE`);
    await this.#copyGrants();
    await writer.query(`CREATE SCHEMA ${OLD}`);
    for (const table of PROJECTIONS) {
      await writer.query(`ALTER TABLE ${schema}.${table} SET SCHEMA ${OLD}`);
      await writer.query(`ALTER TABLE ${NEW}.${table} SET SCHEMA ${schema}`);
    }
    await writer.query(`DROP SCHEMA ${OLD} CASCADE; DROP SCHEMA ${NEW}`);
    await writer.query("DELETE FROM projection_state");
    await writer.query("INSERT INTO projection_state VALUES ($1)", [PROJECTION_VERSION]);
    await writer.query("COMMIT");
  }

  /** Tables like the live ones: with their settings, constraints and indexes, under the same names. */
  async #makeTables(): Promise<void> {
    const writer = this.#writer;
    await writer.query(`DROP SCHEMA IF EXISTS ${NEW} CASCADE; CREATE SCHEMA ${NEW}`);
    for (const table of PROJECTIONS) {
      const live = `${this.#quotedSchema}.${table}`;
      await writer.query(`CREATE TABLE ${NEW}.${table} (LIKE ${live} INCLUDING DEFAULTS INCLUDING STORAGE)`);
      const { rows } = await writer.query<{ statement: string }>(
        `SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', $2::text, conname, pg_get_constraintdef(oid)) AS statement
         FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype IN ('p', 'u', 'c')
         UNION ALL
         SELECT replace(pg_get_indexdef(indexrelid), format(' ON %s ', $1::text), format(' ON %s ', $2::text))
         FROM pg_index WHERE indrelid = $1::text::regclass
           AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
         UNION ALL
         SELECT format('ALTER TABLE %s SET (%s)', $2::text, array_to_string(reloptions, ', '))
         FROM pg_class WHERE oid = $1::text::regclass AND reloptions IS NOT NULL`,
        [live, `${NEW}.${table}`],
      );
      for (const { statement } of rows) await writer.query(statement);
    }
  }

  /** What others may do with the live tables, as it is now. */
  async #copyGrants(): Promise<void> {
    const { rows } = await this.#writer.query<{ statement: string }>(
      `SELECT format('GRANT %s ON ${NEW}.%I TO %s', string_agg(privilege_type, ', '), table_name,
         CASE grantee WHEN 'PUBLIC' THEN 'PUBLIC' ELSE quote_ident(grantee) END) AS statement
       FROM information_schema.role_table_grants
       WHERE table_schema = $1 AND table_name = ANY ($2::text[]) AND grantee <> current_user
       GROUP BY table_name, grantee`,
      [this.#schema, PROJECTIONS],
    );
    for (const { statement } of rows) await this.#writer.query(statement);
  }
}
