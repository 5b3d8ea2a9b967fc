/**
 * `pnpm db:rebuild`: builds all projections anew from the log, beside those in use. Interrupted it leaves them as they
 * were. A program: it is started, not imported.
 */
import { Refused, runCommand } from "@rokuga/runtime/command.ts";
import pg from "pg";
import { checkSchema, SchemaError } from "./check_schema.ts";
import { readCommandEnvironment } from "./env.ts";
import { RebuildRunningError, rebuildProjections } from "./projections.ts";
import { showRebuild, summary } from "./rebuild_progress.ts";

process.exitCode = await runCommand(async ({ signal }) => {
  const { DATABASE_URL: databaseUrl } = readCommandEnvironment(process.env);
  const startedMs = performance.now();
  const shown = showRebuild(process.stderr);
  try {
    await refuseOtherSchema(databaseUrl);
    const rebuilt = await rebuildProjections(databaseUrl, { signal, ...shown });
    shown.end();
    process.stdout.write(`${summary(rebuilt, (performance.now() - startedMs) / 1_000)}\n`);
  } catch (error) {
    shown.end();
    if (error instanceof RebuildRunningError || error instanceof SchemaError)
      throw new Refused(error.message);
    throw error;
  }
});

/** It copies the tables as they are: another program's would be filled as if they were ours. */
async function refuseOtherSchema(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  client.on("error", () => {}); // Told by the query that fails.
  await client.connect();
  try {
    await checkSchema(client);
  } finally {
    await client.end();
  }
}
