/**
 * `pnpm db:restore`: fills an empty database (DATABASE_URL, migrated) from the store (STORAGE_URL) alone; see
 * restore_database.ts. Progress goes to standard error, one line of what was done to standard output. Ends with 1 when
 * something is missing or it could not be done, and with 130 after Ctrl-C; run again, it goes on.
 */
import { isUnreachable } from "@rokuga/db/connect.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import { redact } from "@rokuga/runtime/redact.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import { StorageUnreachableError } from "@rokuga/storage/storage.ts";
import { readLogAndStore } from "./env.ts";
import { restoreDatabase } from "./restore_database.ts";
import { findingsOf, summaryOf } from "./restore_report.ts";

const say = (line: string) => void process.stderr.write(`${redact(line)}\n`);

async function main(signal: AbortSignal): Promise<void> {
  const { DATABASE_URL: databaseUrl, STORAGE_URL } = readLogAndStore(process.env);
  await using storage = openStorage(STORAGE_URL);
  const report = await restoreDatabase({ databaseUrl, storage, signal, say });
  for (const line of findingsOf(report)) say(line);
  process.stdout.write(`${summaryOf(report)}\n`);
  if (report.missing.count > 0) process.exitCode = 1;
}

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
}
await main(stop.signal).catch((error: unknown) => {
  if (stop.signal.aborted) {
    say("Interrupted. What was restored stays; run this again and it goes on.");
    process.exitCode = 130;
    return;
  }
  const isAway = isUnreachable(error) || error instanceof StorageUnreachableError;
  say(`${errorChain(error)}${isAway ? ". What was restored stays; run this again and it goes on" : ""}`);
  process.exitCode = 1;
});
