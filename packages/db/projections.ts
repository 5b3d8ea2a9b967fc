/**
 * The tables that follow from the log, and building them anew from it: beside the live ones, while reads and writes go
 * on, with the same code that appends run; then the two are swapped.
 *
 * It needs the role that owns the tables. Readers wait for the moment of the swap only, writers for the last few
 * events before it.
 */
import { errorChain } from "@rokuga/runtime/log.ts";
import pg from "pg";
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
] as const;

/** To be raised by a migration that changes what the projections hold: `migrate` then builds them anew. */
export const PROJECTION_VERSION = 1;

/** Where the new tables are made, and where the old ones go. */
const NEW = "rokuga_rebuild";
const OLD = "rokuga_replaced";

/** Events per transaction. */
const BATCH = 5_000;
/** Any constants: the advisory locks of rebuilding (one at a time) and of appending (see append_events). */
const REBUILD_LOCK = 0x726f7262;
const APPEND_LOCK = 0x726f6c67;
/** A reader that holds a table for longer than this makes the swap be tried again later, ms. */
const SWAP_WAIT_MS = 3_000;
const SWAP_ATTEMPTS = 20;

export type RebuildProgress = { events: number; ofAbout: number };

export type RebuildOptions = {
  signal?: AbortSignal;
  /** Called after each batch. */
  onProgress?: (progress: RebuildProgress) => void;
  /** Called for each event that cannot be read: it stays in the log, and in no projection. */
  onUnreadable?: (event: UnreadableEvent) => void;
};

/**
 * Builds all projections anew. `databaseUrl`: of the role that owns the tables. Resolves with how many events that
 * took. When it is interrupted the live tables stay as they are.
 */
export async function rebuildProjections(
  databaseUrl: string,
  options: RebuildOptions = {},
): Promise<{ events: number; unreadable: number }> {
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
  const { rows } = await writer.query<{ free: boolean }>("SELECT pg_try_advisory_lock($1) AS free", [
    REBUILD_LOCK,
  ]);
  if (!rows[0]!.free) throw new Error("The projections are being rebuilt already: wait for that to end");
  return await new Rebuild({ reader, writer }, options).run();
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

  constructor({ reader, writer }: { reader: pg.Client; writer: pg.Client }, options: RebuildOptions) {
    this.#reader = reader;
    this.#writer = writer;
    this.#options = options;
  }

  async run(): Promise<{ events: number; unreadable: number }> {
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
    await this.#writer.query(PROJECTIONS.map((table) => `ANALYZE ${NEW}.${table}`).join(";"));
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
    }
  }

  #read(options: { withoutHorizon?: boolean } = {}): Promise<LogPage> {
    return readLog(this.#reader, { after: this.#cursor, limit: BATCH, ...options });
  }

  async #project({ events, unreadable }: LogPage): Promise<void> {
    if (events.length > 0)
      await this.#writer.query({
        name: "project_events",
        text: "SELECT project_events($1::jsonb, 0)",
        values: [batchText(events)],
      });
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

  /** Tables like the live ones: with their constraints, indexes and grants, under the same names. */
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
         SELECT format('GRANT %s ON %s TO %I', privilege_type, $2::text, grantee)
         FROM information_schema.role_table_grants
         WHERE table_schema = $3 AND table_name = $4 AND grantee <> current_user`,
        [live, `${NEW}.${table}`, this.#schema, table],
      );
      for (const { statement } of rows) await writer.query(statement);
    }
  }
}
