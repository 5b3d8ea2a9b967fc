/**
 * The first half of a restore: the events of the archive go back into the log, with the times at which it once took
 * them. The next files are read while events are being appended. Doing it again changes nothing.
 */
import { text } from "node:stream/consumers";
import type { RestoreLog } from "@rokuga/db/restore_log.ts";
import { ARCHIVE_PREFIX, parseArchiveKey, readArchive } from "@rokuga/media/archive.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import { NotFoundError, type Storage } from "@rokuga/storage/storage.ts";
import { ahead } from "./ahead.ts";
import type { RestoreReport } from "./restore_report.ts";

/** Files that are read, or wait to be appended, at the same time. */
const FILES_AHEAD = 4;
/** Events per transaction. */
export const BATCH = 1_000;

export type RestoreOptions = {
  log: RestoreLog;
  storage: Storage;
  report: RestoreReport;
  signal: AbortSignal;
  /** Called after each step; the report has changed. */
  onProgress: () => void;
};

type Placed = { event: NewEvent & { recordedAtMs: number }; place: string };

export async function restoreArchive(options: RestoreOptions): Promise<void> {
  const { log, storage, report, signal, onProgress } = options;
  let batch: Placed[] = [];
  let appending = Promise.resolve();
  /** One batch is appended while the next is being read. */
  const flush = async () => {
    await appending;
    onProgress();
    appending = appendAll(log, batch, report);
    // It is awaited in its turn; should that never come, this is no failure of its own.
    appending.catch(() => undefined);
    batch = [];
  };
  const files = ahead(storage.list(ARCHIVE_PREFIX, { signal }), {
    most: FILES_AHEAD,
    work: ({ key }) => readFile(options, key),
  });
  for await (const { key, body } of files) {
    if (body === undefined) continue;
    report.files++;
    let line = 0;
    for (const read of readArchive(body)) {
      line++;
      if (!read.ok) {
        report.unreadable.add(`${key}, line ${read.line}: ${read.problem}`);
        continue;
      }
      report.events++;
      batch.push({ event: read.event, place: `${key}, event ${line}` });
      if (batch.length < BATCH) continue;
      await flush();
      signal.throwIfAborted();
    }
  }
  await flush();
  await appending;
}

type File = { key: string; body: string | undefined };

async function readFile({ storage, report, signal }: RestoreOptions, key: string): Promise<File> {
  if (!parseArchiveKey(key)) {
    report.unreadable.add(`${key}: it is no file of the archive`);
    return { key, body: undefined };
  }
  try {
    return { key, body: await text(await storage.get(key, { signal })) };
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    report.unreadable.add(`${key}: it was deleted meanwhile`);
    return { key, body: undefined };
  }
}

/** One event that the database refuses must not keep out the others. */
async function appendAll(log: RestoreLog, batch: readonly Placed[], report: RestoreReport): Promise<void> {
  try {
    report.restoredEvents += await log.append(batch.map(({ event }) => event));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (batch.length === 1) return report.unreadable.add(`${batch[0]!.place}: ${errorChain(error)}`);
    const half = Math.ceil(batch.length / 2);
    await appendAll(log, batch.slice(0, half), report);
    await appendAll(log, batch.slice(half), report);
  }
}

/** Of what the events hold (SQLSTATE classes of data, integrity, CASE and limits), not of the database as such. */
function isRefusal(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && /^(20|22|23|54)/.test(code);
}
