/**
 * Builds an empty database from the store alone (invariant 7): first the archived log, then what was stored after it
 * was archived last. Interrupted, it goes on when it is run again: all of it is idempotent by the events' ids.
 */
import { openRestore } from "@rokuga/db/restore_log.ts";
import type { Storage } from "@rokuga/storage/storage.ts";
import { restoreArchive } from "./restore_archive.ts";
import { restoreObjects } from "./restore_objects.ts";
import { progressOf, RestoreReport } from "./restore_report.ts";

const PROGRESS_MS = 2_000;

export type RestoreDatabaseOptions = {
  /** Of the role that owns the tables; migrated. */
  databaseUrl: string;
  storage: Storage;
  signal: AbortSignal;
  /** Hears of the progress, every few seconds. */
  say: (line: string) => void;
};

/** Throws what the store or the database says, and the signal's reason. */
export async function restoreDatabase(options: RestoreDatabaseOptions): Promise<RestoreReport> {
  const { databaseUrl, storage, signal, say } = options;
  const report = new RestoreReport();
  try {
    await using log = await openRestore(databaseUrl, signal);
    if (log.isResumed)
      say("a restore of this database was interrupted: it goes on, past what is there already");
    for (const [phase, work] of [
      ["archive", restoreArchive],
      ["objects", restoreObjects],
    ] as const) {
      const beganMs = performance.now();
      let toldMs = beganMs;
      const tell = () => {
        toldMs = performance.now();
        say(progressOf(report, { phase, elapsedMs: toldMs - beganMs }));
      };
      const onProgress = () => performance.now() - toldMs >= PROGRESS_MS && tell();
      await work({ log, storage, report, signal, onProgress });
      tell();
    }
    if (await log.isEmpty()) {
      await log.abandon();
      throw new Error(
        "There is nothing to restore: the store has neither an archive (log/) nor segments (sites/). " +
          "Check that STORAGE_URL is the one that the worker had",
      );
    }
    await log.finish();
    return report;
  } catch (error) {
    // The end of the session is what the signal has caused.
    signal.throwIfAborted();
    throw error;
  }
}
