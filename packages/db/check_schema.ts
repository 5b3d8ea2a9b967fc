/**
 * Whether a database has the schema that this program was written for. Programs ask when they start, as soon as the
 * database can be reached: writing to tables one does not know loses data. Nothing is changed here; migrate.ts does
 * that, with the role that owns the tables.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { isDenied, isUnreachable } from "./connect.ts";
import journal from "./migrations/meta/_journal.json" with { type: "json" };
import { PROJECTION_VERSION } from "./projections.ts";

/** A database whose schema is not this program's. The message says what to do. */
export class SchemaError extends Error {
  override name = "SchemaError";
}

/** A database that a newer version of the program has migrated. */
export class NewerSchemaError extends SchemaError {
  override name = "NewerSchemaError";

  constructor() {
    super(
      "This database was migrated by a newer version of Rokuga. Update this program, or give it another database.",
    );
  }
}

/** A database that has to be migrated first. */
export class OlderSchemaError extends SchemaError {
  override name = "OlderSchemaError";

  constructor(what: string, options?: ErrorOptions) {
    super(`${what}. Run: npx pnpm db:migrate`, options);
  }
}

type Client = pg.Pool | pg.ClientBase;

/** Which migrations a database has, by when they were made; none when it has no tables of ours. */
export async function appliedMigrations(client: Client): Promise<Set<number>> {
  const { rows: found } = await client.query<{ present: boolean }>(
    "SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS present",
  );
  if (!found[0]!.present) return new Set();
  const { rows } = await client.query<{ created_at: string }>(
    "SELECT created_at FROM drizzle.__drizzle_migrations",
  );
  return new Set(rows.map((row) => Number(row.created_at)));
}

/** Names of the migrations that a database lacks. Throws {@link NewerSchemaError} when it has one that is unknown here. */
export function pendingMigrations(applied: ReadonlySet<number>): string[] {
  const known = new Set(journal.entries.map(({ when }) => when));
  if ([...applied].some((when) => !known.has(when))) throw new NewerSchemaError();
  return journal.entries.filter(({ when }) => !applied.has(when)).map(({ tag }) => tag);
}

/** Undefined when they were never built, or when building them was interrupted. */
export async function projectionVersion(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ version: number }>("SELECT version FROM projection_state");
  return rows[0]?.version;
}

/**
 * Whether the log has events of transactions that are yet to come here: it was dumped on another server. Readers
 * would not see them for a long time, since they read below the oldest transaction that is open.
 */
export async function isOfAnotherServer(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ ahead: boolean }>(
    `SELECT coalesce((SELECT transaction_id FROM events ORDER BY events.transaction_id DESC, position DESC LIMIT 1)
       >= pg_snapshot_xmax(pg_current_snapshot()), false) AS ahead`,
  );
  return rows[0]!.ahead;
}

/**
 * Resolves when the schema is this program's. Throws {@link SchemaError} with what to do when it is not, and the
 * connection's error.
 */
export async function checkSchema(client: Client): Promise<void> {
  try {
    const applied = await appliedMigrations(client);
    const pending = pendingMigrations(applied);
    if (applied.size === 0) throw new OlderSchemaError("This database has no tables of Rokuga yet");
    if (pending.length > 0)
      throw new OlderSchemaError("This database has the schema of an older version of Rokuga");
    const version = (await projectionVersion(client)) ?? 0;
    if (version > PROJECTION_VERSION) throw new NewerSchemaError();
    if (version < PROJECTION_VERSION)
      throw new OlderSchemaError(
        "The tables that follow from this database's event log have to be built anew",
      );
    if (await isOfAnotherServer(client))
      throw new OlderSchemaError(
        "This database comes from another server, and its event log has to be put in order",
      );
  } catch (error) {
    if (!isDenied(error)) throw error;
    throw new OlderSchemaError("The role of DATABASE_URL was not given what it needs of this database", {
      cause: error,
    });
  }
}

const AGAIN_MS = 1_000;

/**
 * Checks as soon as the database can be reached, for a program that starts without it. `first` is settled by the
 * first attempt: false when the database is away. `wrong` rejects when the schema turns out not to be ours.
 */
export function checkWhenReachable(
  client: Client,
  { signal }: { signal: AbortSignal },
): { first: Promise<boolean>; wrong: Promise<never> } {
  const attempt = () =>
    checkSchema(client).then(
      () => true,
      (error) => {
        if (isUnreachable(error)) return false;
        throw error;
      },
    );
  const { promise: wrong, reject } = Promise.withResolvers<never>();
  // It may be found before anyone waits for it.
  wrong.catch(() => undefined);
  const first = attempt();
  const untilReached = async () => {
    for (let isReached = await first; !isReached && !signal.aborted; isReached = await attempt())
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
  };
  untilReached().catch((error) => {
    if (!signal.aborted) reject(error);
  });
  return { first, wrong };
}
