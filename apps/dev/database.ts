/**
 * The database of the recordings: the one that was given, or the embedded one; who migrates it, and as whom the
 * parts use it. Worker and web are the application's role, and only what runs for a moment is the owner.
 */
import { isDenied } from "@rokuga/db/connect.ts";
import { type Migrated, type MigrateOptions, migrate } from "@rokuga/db/migrate.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import { CannotStart } from "./cannot_start.ts";
import type { Context } from "./context.ts";
import { placeOf, probeDatabase } from "./database_probe.ts";
import type { Settings } from "./env.ts";
import { LOOPBACK, onStablePort } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import { APP_ROLE, appUrl, ownerUrl } from "./postgres_roles.ts";
import { type Report, showWhileSlow } from "./report.ts";

export type Database = {
  /** With which worker and web use it. */
  url: string;
  /** With which it is migrated, rebuilt and restored. */
  ownerUrl: string;
  /** Whose role `url` is, unless it is the owner's too. */
  appRole: string | undefined;
  /** Of the server: `18.4`. */
  version: string;
  /** Host, port and name: safe to show. */
  where: string;
};

/** Checks the database that was given, if one was. Throws {@link CannotStart} when it cannot be used. */
export async function findGiven(settings: Settings): Promise<Database | undefined> {
  const { databaseUrl: url, databaseOwnerUrl = url } = settings;
  if (url === undefined || databaseOwnerUrl === undefined) return undefined;
  const app = await probeDatabase(url, "DATABASE_URL");
  const where = placeOf(url, "5432");
  const database = { url, ownerUrl: databaseOwnerUrl, version: app.version, where };
  if (databaseOwnerUrl === url) return { ...database, appRole: undefined };
  const owner = await probeDatabase(databaseOwnerUrl, "DATABASE_OWNER_URL");
  if (owner.identity !== app.identity) {
    throw new CannotStart(
      `DATABASE_URL and DATABASE_OWNER_URL name two databases, ${where} and ${placeOf(databaseOwnerUrl, "5432")}. ` +
        "Both must name the same one, with another user each.",
    );
  }
  return { ...database, appRole: owner.role === app.role ? undefined : app.role };
}

/** Where the embedded database is when its server runs on that port. */
export function embeddedOn(home: string, { port, version }: { port: number; version: string }): Database {
  const place = { home, port };
  const where = `${LOOPBACK}:${port}`;
  return { url: appUrl(place), ownerUrl: ownerUrl(place), appRole: APP_ROLE, version, where };
}

/** Starts the embedded server, and keeps it running until the launcher stops. */
export async function startEmbedded({
  settings,
  report,
  processOf,
  keep,
}: Pick<Context, "settings" | "report" | "processOf" | "keep">): Promise<Database> {
  const { home } = settings;
  const started = await showWhileSlow(
    report,
    { what: "Starting the database, longer the first time", afterMs: 1_000 },
    onStablePort(home, "postgres", (port) =>
      keep("PostgreSQL", (stop) => startPostgres({ home, port, signal: stop, ...processOf("postgres") })),
    ),
  );
  return embeddedOn(home, started);
}

/** Migrates it. Throws {@link CannotStart} with what to do when that fails, and the signal's reason. */
export async function bringUpToDate(
  { ownerUrl, appRole, where }: Database,
  { report, signal }: { report: Report; signal: AbortSignal },
): Promise<Migrated> {
  try {
    return await migrate(ownerUrl, { signal, appRole, ...shown(report) });
  } catch (error) {
    signal.throwIfAborted();
    const cure = isDenied(error)
      ? ". Set DATABASE_OWNER_URL to its address with the user that owns its tables."
      : "";
    throw new CannotStart(`Cannot bring the database at ${where} up to date: ${errorChain(error)}${cure}`, {
      cause: error,
    });
  } finally {
    report.endProgress();
  }
}

/** What a person sees of a migration that takes longer. */
function shown(report: Report): MigrateOptions {
  return {
    onWait: () => report.note("Waiting for another program that is migrating this database"),
    onProgress: ({ events, ofAbout }) => {
      if (events === 0) return; // An empty log, as at the first start.
      report.progress("Building the tables anew from the event log …", percent(events, ofAbout));
    },
    onUnreadable: ({ position, problem }) =>
      report.event("PostgreSQL", "warn", `event ${position} cannot be read, and is left out: ${problem}`),
  };
}

const percent = (part: number, whole: number) => `${Math.floor((100 * part) / Math.max(1, whole))} %`;
