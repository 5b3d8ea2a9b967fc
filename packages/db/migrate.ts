/**
 * Brings a database to this program's schema, under a lock so that parts which start together do it once.
 * A database that a newer program has migrated is refused: writing to tables one does not know loses data.
 */
import { fileURLToPath } from "node:url";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as runMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { PROJECTION_VERSION, type RebuildOptions, rebuildProjections } from "./projections.ts";

/** Any constant: the advisory lock that migrations of Rokuga take ("roku" in ASCII). */
const MIGRATION_LOCK = 0x726f6b75;

/** A database that a newer version of the program has migrated. */
export class NewerSchemaError extends Error {
  override name = "NewerSchemaError";
}

/**
 * Applies the checked-in migrations, and builds the projections anew when they are of another version than this
 * program's. `databaseUrl`: of the role that owns the tables. Resolves with the version of the server.
 * Throws {@link NewerSchemaError}, or the connection's error.
 */
export async function migrate(
  databaseUrl: string,
  options: RebuildOptions = {},
): Promise<{ version: string }> {
  const { signal } = options;
  const migrationsFolder = fileURLToPath(new URL("./migrations", import.meta.url));
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 5_000,
    query_timeout: 600_000,
  });
  await client.connect();
  const cancel = () => void client.end();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    await refuseNewer(
      client,
      Math.max(...readMigrationFiles({ migrationsFolder }).map((file) => file.folderMillis)),
    );
    await runMigrations(drizzle(client), { migrationsFolder });
    if ((await projectionVersion(client)) !== PROJECTION_VERSION) {
      await rebuildProjections(databaseUrl, options);
    }
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    return { version: rows[0]!.server_version.split(" ")[0]! };
  } finally {
    signal?.removeEventListener("abort", cancel);
    await client.end();
  }
}

async function refuseNewer(client: pg.Client, newestKnown: number): Promise<void> {
  const { rows: found } = await client.query<{ present: boolean }>(
    "SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS present",
  );
  if (!found[0]!.present) return;
  const { rows } = await client.query<{ newest: string | null }>(
    "SELECT max(created_at) AS newest FROM drizzle.__drizzle_migrations",
  );
  if (Number(rows[0]!.newest ?? 0) <= newestKnown) return;
  throw new NewerSchemaError(
    "This database was migrated by a newer version of Rokuga. Update this program, or give it another database.",
  );
}

async function projectionVersion(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ version: number }>("SELECT version FROM projection_state");
  return rows[0]?.version;
}
