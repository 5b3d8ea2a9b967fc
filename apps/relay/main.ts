/** The relay: composes, starts and stops its parts. */
import { mkdir } from "node:fs/promises";
import { uptime } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { openProducer, type Producer } from "@rokuga/queue/producer.ts";
import { aborted, atMostEvery } from "@rokuga/runtime/abort.ts";
import { SettingError } from "@rokuga/runtime/environment.ts";
import { guardChildren } from "@rokuga/runtime/guard.ts";
import { createLog, type Log } from "@rokuga/runtime/log.ts";
import { runMain } from "@rokuga/runtime/main.ts";
import { problemLine, readCameraConfig, type SiteConfig } from "./camera_config.ts";
import { ChainHeads } from "./chain_heads.ts";
import { readClockState } from "./clock_state.ts";
import { ClockWatch, type Correction, readBootId } from "./clock_watch.ts";
import { watchConfig } from "./config_watcher.ts";
import { type RelayEnvironment, readRelayEnvironment } from "./env.ts";
import { ffmpegVersion, lookAtInput } from "./ffmpeg.ts";
import { Publisher } from "./publisher.ts";
import { publishAddress } from "./relay_address.ts";
import { Reporter } from "./reporter.ts";
import { Restorer } from "./restorer.ts";
import { correctionEvent } from "./run_events.ts";
import { Site } from "./site.ts";
import { readWorkers, type SiteStatus } from "./site_status.ts";
import { type RunIdentity, readRunFile, writeRunFile } from "./spool.ts";
import { SpoolLedger } from "./spool_ledger.ts";
import { SpoolLimit } from "./spool_limit.ts";
import { startStatusApi } from "./status_api.ts";

const CLOCK_MS = 1_000;
const FAILED_SHOWN = 50;

const log = createLog("relay", process.env.LOG_LEVEL);
await runMain(log, async ({ signal, ready }) => {
  const environment = readRelayEnvironment(process.env);
  const config = await readConfig(environment.CAMERAS_FILE);
  await runRelay(environment, { config, log, signal, ready });
});

type RelayOptions = {
  config: SiteConfig;
  log: Log;
  signal: AbortSignal;
  ready: (details: Record<string, unknown>) => void;
};

async function runRelay(
  environment: RelayEnvironment,
  { config, log, signal, ready }: RelayOptions,
): Promise<void> {
  const spool = environment.SPOOL_DIR;
  await mkdir(spool, { recursive: true });
  await using guard = guardChildren({
    onLost: (error) => log.error("the guard of child processes is gone", { error }),
  });
  const version = await ffmpegVersion(environment.FFMPEG_PATH, { guard, signal });
  await using producer = openProducer(environment.REDIS_URL, {
    onError: atMostEvery(60_000, (error: Error) =>
      log.warn("the queue does not answer; footage waits in the spool", { error }),
    ),
  });
  const parts = await compose(environment, { siteId: config.site.id, producer, log, site: () => site });
  const { publisher, reporter, restorer, clock, chain } = parts;
  await reporter.start();
  const runs = {
    begins: async (run: RunIdentity) => {
      await clock.runBegins(run);
      return clock.state;
    },
    ended: (run: RunIdentity) => publisher.runEnded(run),
    restore: (run: RunIdentity) => restorer.restore(run),
  };
  const ffmpeg = { path: environment.FFMPEG_PATH, version };
  await using site: Site = new Site({ spool, guard, ffmpeg, publish: publisher, chain, runs, log });
  await makeRoom(parts, { signal, log });
  // Cameras first: a spool full of backlog does not delay what happens now.
  await site.apply(config);
  const stopping = new AbortController();
  const keeping = keepAll(parts, { signal: stopping.signal, log });
  await using watcher = watchConfig(environment.CAMERAS_FILE, { apply: (next) => site.apply(next), log });
  await using api = await startStatusApi(
    { host: environment.RELAY_HOST, port: environment.RELAY_PORT },
    {
      status: () =>
        statusOf(parts, {
          environment,
          producer,
          site,
          configProblems: watcher.problems,
          siteId: config.site.id,
        }),
      replay: () => publisher.replay(),
      setup: {
        key: environment.SETUP_KEY,
        camerasFile: environment.CAMERAS_FILE,
        look: (input, looking) =>
          lookAtInput(environment.FFMPEG_PATH, input, {
            ...{ guard, ffmpegMajor: version.major, platform: process.platform, nowMs: Date.now() },
            signal: AbortSignal.any([signal, looking]),
          }),
        log,
      },
    },
  );
  await using _address = await publishAddress(spool, { host: environment.RELAY_HOST, port: api.port }).catch(
    (error) => {
      log.warn("'pnpm backlog' will not find this relay: its address cannot be written down", { error });
      return null;
    },
  );
  ready({ cameras: config.cameras.length, ffmpeg: version.text, port: api.port });
  await aborted(signal);
  await site[Symbol.asyncDispose]();
  stopping.abort();
  await keeping;
  await reporter.stop();
  await publisher.settled();
  await chain.settled();
}

/** On a disk without room nothing can be recorded: then the past is looked at first, and the oldest of it goes. */
async function makeRoom(
  { limit, restorer }: Parts,
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<void> {
  if (!(await limit.isFull())) return;
  log.warn("the disk of the spool is full: making room before recording");
  await restorer.restoreAll(signal);
  await limit.enforce().catch((error) => log.error("cannot make room in the spool", { error }));
}

type Parts = {
  ledger: SpoolLedger;
  publisher: Publisher;
  restorer: Restorer;
  limit: SpoolLimit;
  reporter: Reporter;
  clock: ClockWatch;
  chain: ChainHeads;
};

type Composing = { siteId: string; producer: Producer; log: Log; site: () => Site };

/** What looks after the spool. `site` is asked only once the relay runs. */
async function compose(environment: RelayEnvironment, composing: Composing): Promise<Parts> {
  const { siteId, producer, log, site } = composing;
  const spool = environment.SPOOL_DIR;
  const ledger = new SpoolLedger();
  const nowMs = () => Date.now();
  const isCurrent = (run: RunIdentity) => site().isCurrent(run);
  const publisher = new Publisher({
    ...{ spool, siteId, producer, ledger, isCurrent, log },
    cameraCount: () => site().cameras.length,
    onReached: () => reporter.reportSoon(),
  });
  const chain = new ChainHeads({ spool, log });
  const restorer = new Restorer({ spool, siteId, ledger, publisher, chain, isCurrent, nowMs, log });
  const reporter = new Reporter({
    ...{ spool, siteId, ledger, publish: publisher, nowMs, log },
    openFootage: () => site().openFootage,
    isKnown: () => restorer.scanned,
  });
  const limits = { bytes: environment.SPOOL_LIMIT_BYTES, freeBytes: environment.SPOOL_FREE_BYTES };
  const limit = new SpoolLimit({ spool, ledger, limits, publish: publisher, nowMs, log });
  const clock = await ClockWatch.open({
    ...{ spool, readState: readClockState, nowMs, readBootId, log },
    uptimeMs: () => uptime() * 1_000,
    onCorrection: async (correction) => {
      await correctClock(correction, { spool, ledger, publisher, site: site(), log });
      // What was told of the run's footage that waits was told by the wrong clock.
      reporter.reportSoon();
    },
  });
  return { ledger, publisher, restorer, limit, reporter, clock, chain };
}

/** All that goes on until the relay stops. */
async function keepAll(
  { limit, restorer, publisher, reporter, clock }: Parts,
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<void> {
  const keepLooking = async () => {
    while (!signal.aborted) {
      await clock.look().catch((error) => log.warn("cannot look at the clock", { error }));
      await sleep(CLOCK_MS, undefined, { signal }).catch(() => undefined);
    }
  };
  await Promise.all([
    limit.keep(signal),
    restorer.keepRestoring(signal),
    publisher.keepPublishing(signal),
    reporter.keepReporting(signal),
    keepLooking(),
  ]);
}

type Correcting = { spool: string; ledger: SpoolLedger; publisher: Publisher; site: Site; log: Log };

/** A run was placed by a wrong clock: its own file, the ledger and the cloud are told. */
async function correctClock(
  { run, byMs, seenMs }: Correction,
  { spool, ledger, publisher, site, log }: Correcting,
): Promise<void> {
  log.warn("the clock was wrong; footage recorded before is moved", { ...run, byMs });
  const { cameraId, runId } = run;
  await publisher.events([correctionEvent({ cameraId, runId, seenMs, byMs })]);
  if (ledger.run(run)) publisher.runMoved(run, byMs);
  if (await site.correctClock(run, byMs)) return;
  const file = await readRunFile(spool, run);
  if (file) await writeRunFile(spool, { ...file, correctedByMs: file.correctedByMs + byMs });
}

type StatusOptions = {
  environment: RelayEnvironment;
  producer: Producer;
  site: Site;
  siteId: string;
  configProblems: readonly string[];
};

async function statusOf(
  { ledger, publisher, restorer, limit }: Parts,
  { environment, producer, site, siteId, configProblems }: StatusOptions,
): Promise<SiteStatus> {
  const nowMs = Date.now();
  const failed = publisher.queue === null ? [] : await producer.failed(FAILED_SHOWN).catch(() => []);
  return {
    siteId,
    nowMs,
    cameras: site.cameras,
    configProblems,
    spool: {
      segments: ledger.count,
      bytes: ledger.bytes,
      limitBytes: environment.SPOOL_LIMIT_BYTES ?? null,
      disk: limit.space ?? null,
      evicted: limit.evicted,
      backlog: [...ledger.backlogs().values()].sort((a, b) => a.oldestMs - b.oldestMs),
      scanned: restorer.scanned,
    },
    queue: publisher.queue,
    failed,
    workers: await readWorkers(environment.SPOOL_DIR, nowMs),
  };
}

async function readConfig(file: string): Promise<SiteConfig> {
  const result = await readCameraConfig(file).catch((cause) => {
    throw new SettingError(`Cannot read the camera config ${file}`, { cause });
  });
  if (result.ok) return result.config;
  throw new SettingError(
    `The camera config is not right:\n${result.problems.map((problem) => problemLine(file, problem)).join("\n")}`,
  );
}
