/**
 * `pnpm db:migrate`: brings a database to this program's schema, and says what that took. A program: it is started,
 * not imported.
 */
import { Refused, runCommand } from "@rokuga/runtime/command.ts";
import { SchemaError } from "./check_schema.ts";
import { readCommandEnvironment } from "./env.ts";
import { type Migrated, migrate } from "./migrate.ts";
import { showRebuild, summary } from "./rebuild_progress.ts";

process.exitCode = await runCommand(async ({ signal }) => {
  const { DATABASE_URL: databaseUrl, DATABASE_APP_ROLE: appRole } = readCommandEnvironment(process.env);
  const startedMs = performance.now();
  const shown = showRebuild(process.stderr);
  const onWait = () => process.stderr.write("Waiting for another program that is migrating this database\n");
  try {
    const migrated = await migrate(databaseUrl, { signal, appRole, onWait, ...shown });
    shown.end();
    const seconds = (performance.now() - startedMs) / 1_000;
    process.stdout.write(`${report(migrated, { appRole, seconds }).join("\n")}\n`);
  } catch (error) {
    shown.end();
    if (error instanceof SchemaError) throw new Refused(error.message);
    throw error;
  }
});

function report(
  { version, applied, mended, rebuilt, appCanChangeLog }: Migrated,
  { appRole, seconds }: { appRole: string | undefined; seconds: number },
): string[] {
  const warning = appCanChangeLog
    ? "and can change the log all the same: give DATABASE_URL a user that is neither a superuser nor a member of the owner."
    : "and cannot change an event.";
  return [
    `PostgreSQL ${version}`,
    applied.length > 0 ? `Applied ${applied.join(", ")}.` : "The schema is up to date.",
    ...(mended ? ["The log comes from another server: it was put in order, and is followed anew."] : []),
    ...(rebuilt ? [summary(rebuilt, seconds)] : []),
    ...(appRole === undefined
      ? []
      : [`${appRole} may read, add to the log, and update what follows from it, ${warning}`]),
  ];
}
