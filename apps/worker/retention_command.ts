/**
 * The retention command: what of each camera would go now, and why; what is locked; what went and is still to be
 * deleted. It asks the database and changes nothing: a worker does what it says.
 */
import { parseArgs } from "node:util";
import { databaseError, openDatabase } from "@rokuga/db/connect.ts";
import { hasArchive } from "@rokuga/db/expired_objects.ts";
import { readRetention } from "@rokuga/db/read_retention.ts";
import { readRetentionClock } from "@rokuga/db/retention_clock.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import { redact } from "@rokuga/runtime/redact.ts";
import { readLogEnvironment } from "./env.ts";
import { type RetentionSituation, retentionReport } from "./retention_report.ts";

const USAGE = `Usage: npx pnpm retention [--camera <id>] [--json]
  what of each camera is beyond its limits (retention in cameras.yaml) and would go now, and why
  --camera  of this camera only
  --json    for programs
Settings: DATABASE_URL`;

async function main(args: readonly string[]): Promise<void> {
  const { camera, json } = readArguments(args);
  const { DATABASE_URL } = readLogEnvironment(process.env);
  const situation = await readSituation(DATABASE_URL, camera);
  if (camera !== undefined && situation.cameras.length === 0) {
    throw new Error(`There is no camera '${camera}'. Without --camera all are shown.`);
  }
  process.stdout.write(json ? `${JSON.stringify(situation)}\n` : retentionReport(situation));
}

function readArguments(args: readonly string[]): { camera: string | undefined; json: boolean } {
  try {
    const { values } = parseArgs({
      args: args.filter((argument) => argument !== "--"),
      options: { camera: { type: "string" }, json: { type: "boolean", default: false } },
    });
    return { camera: values.camera, json: values.json };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`);
  }
}

async function readSituation(databaseUrl: string, cameraId: string | undefined): Promise<RetentionSituation> {
  await using database = openDatabase(databaseUrl, { max: 2 });
  try {
    const { nowMs, isTrusted } = await readRetentionClock(database, Date.now());
    const clock = { nowMs, isTrusted };
    const cameras = await readRetention(database, { cameraId, clock, onProgress: showProgress });
    return { ...clock, hasArchive: await hasArchive(database), cameras };
  } catch (error) {
    const cause = databaseError(error);
    throw new Error(
      `Cannot read the event log: ${errorChain(cause)}. Check DATABASE_URL, and that the database runs.`,
      { cause },
    );
  }
}

/** On a terminal: a camera whose limit is new has much to be looked through. */
function showProgress({ done, of }: { done: number; of: number }): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(done === of ? "\r\x1b[K" : `\r\x1b[KLooking through camera ${done + 1} of ${of}`);
}

await main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${redact(error.message)}\n`);
  process.exitCode = 2;
});
