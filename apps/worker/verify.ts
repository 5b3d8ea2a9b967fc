/**
 * `verify --camera <id> [--from <time>] [--to <time>] [--link <link>] [--json]`: checks that nothing of a camera's footage was changed
 * or removed, by its log, its objects and its chain (docs/design/integrity.md). Changes nothing; Ctrl-C ends it and
 * prints what was found so far.
 *
 * Exits with 0 when all is whole, with 1 when something is wrong, with 2 when that could not be found out.
 */

import { parseArgs } from "node:util";
import { isUnreachable, openDatabase } from "@rokuga/db/connect.ts";
import type { TimeRange } from "@rokuga/media/api.ts";
import { CameraId } from "@rokuga/media/ids.ts";
import { Sha256 } from "@rokuga/media/segment.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import { redact } from "@rokuga/runtime/redact.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import { readLogAndStore } from "./env.ts";
import { verifyCamera } from "./verify_camera.ts";
import { exitCodeOf, LAST_MS, type Progress, progressLine, reportJson, reportText } from "./verify_report.ts";

const USAGE = `Usage: npx pnpm verify --camera <id> [--from <time>] [--to <time>] [--link <link>] [--json]
  --camera  the camera's id
  --from    from here on, --to: up to here: ISO 8601 with an offset (2026-01-31T18:00:00+09:00), or ms since 1970.
            Without them: all that there is
  --link    a link that an earlier check has printed, and you have kept: is it still in the chain?
  --json    for programs`;

const TERMINAL_MS = 1_000;
const LINES_MS = 10_000;

class UsageError extends Error {}

async function main(args: readonly string[]): Promise<number> {
  const { cameraId, range, kept, json } = readArguments(args);
  const { DATABASE_URL, STORAGE_URL } = readLogAndStore(process.env);
  await using database = openDatabase(DATABASE_URL);
  await using storage = openStorage(STORAGE_URL);
  const stopping = new AbortController();
  // A second one ends the program at once.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
  using progress = showProgress();
  const result = await verifyCamera({
    ...{ database, storage, cameraId, range, kept, nowMs: Date.now, signal: stopping.signal },
    onProgress: progress.update,
  });
  progress[Symbol.dispose]();
  if (!result) throw new UsageError(`Nothing is known of a camera '${cameraId}'.`);
  const verified = { cameraId, range, result };
  process.stdout.write(json ? `${reportJson(verified)}\n` : reportText(verified));
  if (result.problem !== undefined) process.stderr.write(`${problemText(result.problem)}\n`);
  return exitCodeOf(result);
}

type Asked = { cameraId: string; range: TimeRange; kept: string | undefined; json: boolean };

function readArguments(args: readonly string[]): Asked {
  const values = parse(args);
  if (values.camera === undefined) throw new UsageError(`Which camera? It is missing.\n${USAGE}`);
  const camera = CameraId.safeParse(values.camera);
  if (!camera.success) throw new UsageError(`'${values.camera}' is no camera's id.\n${USAGE}`);
  const startMs = values.from === undefined ? 0 : timeOf("from", values.from);
  const endMs = values.to === undefined ? LAST_MS : timeOf("to", values.to);
  if (startMs >= endMs) throw new UsageError("'--to' must be later than '--from'.");
  const kept = Sha256.optional().safeParse(values.link);
  if (!kept.success)
    throw new UsageError(`'--link' is '${values.link}': a link has 64 hexadecimal characters.`);
  return { cameraId: camera.data, range: { startMs, endMs }, kept: kept.data, json: values.json };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: args.filter((argument) => argument !== "--"),
      options: {
        camera: { type: "string" },
        from: { type: "string" },
        to: { type: "string" },
        link: { type: "string" },
        json: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${USAGE}`);
  }
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

function timeOf(name: string, text: string): number {
  const moment = /^\d{1,15}$/.test(text) ? Number(text) : ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  throw new UsageError(`'--${name}' is '${text}': give ISO 8601 with an offset, or ms since 1970.\n${USAGE}`);
}

/** On a terminal one line that changes, otherwise a line now and then. */
function showProgress() {
  const isTerminal = process.stderr.isTTY;
  const startedMs = performance.now();
  let latest: Omit<Progress, "elapsedMs"> | undefined;
  const show = () => {
    if (!latest) return;
    const line = progressLine({ ...latest, elapsedMs: performance.now() - startedMs });
    process.stderr.write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`);
  };
  const timer = setInterval(show, isTerminal ? TERMINAL_MS : LINES_MS);
  return {
    update(counts: Progress["counts"], ofAbout: number) {
      latest = { counts, ofAbout };
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      if (isTerminal && latest) process.stderr.write("\r\x1b[K");
      latest = undefined;
    },
  };
}

function problemText(error: unknown): string {
  const why = redact(errorChain(error));
  return isUnreachable(error) ? `Cannot read the log, the database is away: ${why}` : why;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${problemText(error)}\n`);
  return 2;
});
