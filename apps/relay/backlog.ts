/**
 * `pnpm backlog`: what was recorded and waits on site. `pnpm backlog replay` gives all of it, and what had failed,
 * to the queue again, and shows the progress; Ctrl-C ends the showing, not the storing.
 *
 * It asks the relay; when none runs, it reads the spool itself.
 */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { backlogReport, progressLine, type Situation } from "./backlog_report.ts";
import { readAddress } from "./relay_address.ts";
import type { SiteStatus } from "./site_status.ts";
import { listRuns, listSegments, readIndex, readRunFile } from "./spool.ts";
import { SpoolLedger } from "./spool_ledger.ts";

const USAGE = `Usage: npx pnpm backlog [list | replay] [--json] [--no-wait]
  list      what waits on site, by camera, and why (the default)
  replay    queue all of it again, with what had failed, and show the progress
  --json    for programs
  --no-wait do not wait until the replay is done
Settings: SPOOL_DIR, or ROKUGA_HOME (default .rokuga) with the spool in it`;

const LIMIT_MS = 10_000;
const PROGRESS_MS = 1_000;

class UsageError extends Error {}

async function main(args: readonly string[]): Promise<void> {
  const { command, json, wait } = readArguments(args);
  const spool = await findSpool();
  const url = await readAddress(spool);
  if (command === "list") {
    const situation = (url && (await askRelay(url))) || (await lookAtSpool(spool));
    process.stdout.write(json ? `${JSON.stringify(situation)}\n` : backlogReport(situation));
    return;
  }
  if (!url || !(await askRelay(url))) {
    throw new Error(
      "Cannot replay: the relay of this spool does not run. Start it; it queues all that waits by itself.",
    );
  }
  const answer = await fetch(`${url}/backlog/replay`, {
    method: "POST",
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  const body = (await answer.json()) as { detail?: string; failed: number; segments: number };
  if (!answer.ok) throw new Error(`Cannot replay: ${body.detail ?? `the relay answered ${answer.status}`}`);
  process.stdout.write(
    json
      ? `${JSON.stringify(body)}\n`
      : `Queued again: ${body.segments} segments that wait, ${body.failed} jobs that had failed.\n`,
  );
  if (wait && !json) await followProgress(url, body.segments);
}

function readArguments(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: args.filter((argument) => argument !== "--"),
      options: { json: { type: "boolean", default: false }, "no-wait": { type: "boolean", default: false } },
      allowPositionals: true,
    });
    const [command = "list", ...more] = positionals;
    if ((command === "list" || command === "replay") && more.length === 0) {
      return { command, json: values.json, wait: !values["no-wait"] } as const;
    }
    throw new UsageError(`There is no 'backlog ${positionals.join(" ")}'.\n${USAGE}`);
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${(error as Error).message}\n${USAGE}`);
  }
}

async function findSpool(): Promise<string> {
  const { SPOOL_DIR, ROKUGA_HOME = ".rokuga" } = process.env;
  const spool = resolve(SPOOL_DIR ?? join(ROKUGA_HOME, "spool"));
  const found = await stat(spool).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (found) return spool;
  throw new Error(
    `There is no spool at ${spool}. Set SPOOL_DIR to it, or run this where 'pnpm dev' was run.`,
  );
}

/** Undefined when no relay answers. */
async function askRelay(url: string): Promise<Situation | undefined> {
  const answer = await fetch(`${url}/status`, { signal: AbortSignal.timeout(LIMIT_MS) }).catch(
    () => undefined,
  );
  if (!answer?.ok) return undefined;
  return { ...((await answer.json()) as SiteStatus), relayRuns: true };
}

async function lookAtSpool(spool: string): Promise<Situation> {
  const ledger = new SpoolLedger();
  for (const identity of await listRuns(spool)) {
    const { closed } = await listSegments(spool, identity);
    const index = await readIndex(spool, identity);
    const file = await readRunFile(spool, identity);
    const run = ledger.openRun(identity, {
      siteId: file?.siteId ?? "",
      correctedByMs: file?.correctedByMs ?? 0,
    });
    for (const { segment, place } of closed
      .map((sequence) => index.get(sequence))
      .filter((found) => !!found)) {
      const { sequence, bytes, startMs } = segment;
      const endMs = startMs + segment.wallDurationMs;
      ledger.add(run, { sequence, bytes, startMs, endMs, place }, { handed: false });
    }
  }
  return {
    nowMs: Date.now(),
    relayRuns: false,
    queue: null,
    failed: [],
    workers: [],
    spool: {
      segments: ledger.count,
      bytes: ledger.bytes,
      backlog: [...ledger.backlogs().values()].sort((a, b) => a.oldestMs - b.oldestMs),
      evicted: { segments: 0, bytes: 0 },
    },
  };
}

/** Until nothing waits but what is live. */
async function followProgress(url: string, total: number): Promise<void> {
  const isTerminal = process.stdout.isTTY;
  let before: { bytes: number; atMs: number } | undefined;
  for (;;) {
    const situation = await askRelay(url);
    if (!situation) throw new Error("The relay does not answer any more. What waits is still in the spool.");
    const { segments, bytes, backlog } = situation.spool;
    const atMs = performance.now();
    const perSecond = before ? ((before.bytes - bytes) / (atMs - before.atMs)) * 1_000 : 0;
    before = { bytes, atMs };
    // A live segment or two of each camera is always on its way.
    const oldMs = situation.nowMs - Math.min(situation.nowMs, ...backlog.map((camera) => camera.oldestEndMs));
    const isDone = segments === 0 || oldMs < LIVE_MS;
    const line = progressLine(situation, { total: Math.max(total, segments), perSecond });
    if (!isDone || segments === 0) process.stdout.write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`);
    if (isDone) break;
    await sleep(PROGRESS_MS);
  }
  process.stdout.write(`${isTerminal ? "\n" : ""}All that waited is stored.\n`);
}

const LIVE_MS = 15_000;

await main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
