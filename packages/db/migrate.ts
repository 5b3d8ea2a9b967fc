/**
 * Brings a database to this program's schema, under a lock so that programs which start together do it once. A
 * database that a newer program has migrated is refused. Where there is nothing to do nothing is changed, and the
 * role need not own the tables.
 */
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as runMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { type LockOptions, MIGRATION_LOCK, REBUILD_LOCK, releaseLock, takeLock } from "./advisory_lock.ts";
import { appliedMigrations, NewerSchemaError, pendingMigrations, projectionVersion } from "./check_schema.ts";
import { grantToApp } from "./grants.ts";
import { mendOrder } from "./mend_order.ts";
import { PROJECTION_VERSION, type RebuildOptions, type Rebuilt, rebuildProjections } from "./projections.ts";

/** The longest statement writes the whole log anew, ms. */
const STATEMENT_MS = 2 * 3_600_000;

export type MigrateOptions = RebuildOptions & {
  /** The role of worker and web, which is given what it needs, where it is another than the owner of the tables. */
  appRole?: string | undefined;
  /** Called once when another program is migrating, or rebuilding, and has to be waited for. */
  onWait?: (() => void) | undefined;
};

export type Migrated = {
  /** Of the server: `18.4`. */
  version: string;
  /** Names of the migrations that were applied. */
  applied: string[];
  /** What building the projections anew came to, where that was due. */
  rebuilt: Rebuilt | undefined;
  /** Whether the log came from another server and was put in order. */
  mended: boolean;
  /** Whether the application's role could change the log all the same. */
  appCanChangeLog: boolean;
};

/**
 * Applies the checked-in migrations, puts in order what was restored from another server, builds the projections anew
 * when they are of another version than this program's, and gives the application's role what it needs.
 * `databaseUrl`: of the role that owns the tables. Throws {@link NewerSchemaError}, or the connection's error.
 */
export async function migrate(databaseUrl: string, options: MigrateOptions = {}): Promise<Migrated> {
  const { signal, onWait, appRole } = options;
  signal?.throwIfAborted();
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 5_000,
    query_timeout: STATEMENT_MS,
    keepAlive: true,
  });
  client.on("error", () => {}); // Told by the query that fails.
  await client.connect();
  const cancel = () => void client.end();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    await takeLock(client, MIGRATION_LOCK, { signal, onWait });
    const applied = await applyMigrations(client, { signal, onWait });
    const mended = await mendOrder(client);
    const rebuilt = await rebuildIfDue(client, { databaseUrl, options });
    const { canChangeLog } =
      appRole === undefined ? { canChangeLog: true } : await grantToApp(client, appRole);
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    const version = rows[0]!.server_version.split(" ")[0]!;
    return { version, applied, rebuilt, mended, appCanChangeLog: canChangeLog };
  } finally {
    signal?.removeEventListener("abort", cancel);
    await client.end();
  }
}

async function applyMigrations(client: pg.Client, options: LockOptions): Promise<string[]> {
  const pending = pendingMigrations(await appliedMigrations(client));
  if (pending.length === 0) return [];
  // Nobody may be copying the tables that change.
  await takeLock(client, REBUILD_LOCK, options);
  const migrationsFolder = fileURLToPath(new URL("./migrations", import.meta.url));
  await runMigrations(drizzle(client), { migrationsFolder }).catch((error: Error) => {
    // Drizzle's own message is the whole statement.
    throw new Error(`Cannot apply ${pending.join(", ")}`, { cause: error.cause ?? error });
  });
  await releaseLock(client, REBUILD_LOCK);
  const left = pendingMigrations(await appliedMigrations(client));
  if (left.length > 0)
    throw new Error(`These migrations come before ones that were applied: ${left.join(", ")}`);
  return pending;
}

async function rebuildIfDue(
  client: pg.Client,
  { databaseUrl, options }: { databaseUrl: string; options: RebuildOptions },
): Promise<Rebuilt | undefined> {
  const version = (await projectionVersion(client)) ?? 0;
  if (version > PROJECTION_VERSION) throw new NewerSchemaError();
  return version < PROJECTION_VERSION ? await rebuildProjections(databaseUrl, options) : undefined;
}
