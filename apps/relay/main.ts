/** The relay: composes, starts and stops its parts. */
import { mkdir } from "node:fs/promises";
import { openProducer } from "@rokuga/queue/producer.ts";
import { aborted, atMostEvery } from "@rokuga/runtime/abort.ts";
import { SettingError } from "@rokuga/runtime/environment.ts";
import { guardChildren } from "@rokuga/runtime/guard.ts";
import { createLog, type Log } from "@rokuga/runtime/log.ts";
import { runMain } from "@rokuga/runtime/main.ts";
import { problemLine, readCameraConfig, type SiteConfig } from "./camera_config.ts";
import { watchConfig } from "./config_watcher.ts";
import { type RelayEnvironment, readRelayEnvironment } from "./env.ts";
import { ffmpegVersion } from "./ffmpeg.ts";
import { Publisher } from "./publisher.ts";
import { spooledJobs } from "./recovery.ts";
import { Site } from "./site.ts";
import { startStatusApi } from "./status_api.ts";

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
  const publisher = new Publisher({
    spool,
    siteId: config.site.id,
    producer,
    spooledJobs: () =>
      spooledJobs({
        spool,
        siteId: config.site.id,
        isCurrent: (run) => site.isCurrent(run),
        nowMs: Date.now,
        log,
      }),
    log,
  });
  await using site = new Site({
    spool,
    guard,
    ffmpeg: { path: environment.FFMPEG_PATH, version },
    publish: publisher,
    log,
  });
  // Cameras first: a spool full of backlog does not delay what happens now.
  await site.apply(config);
  const publishing = publisher.keepPublishing(signal);
  await using watcher = watchConfig(environment.CAMERAS_FILE, { apply: (next) => site.apply(next), log });
  await using api = await startStatusApi(
    { host: environment.RELAY_HOST, port: environment.RELAY_PORT },
    { cameras: () => site.cameras, configProblems: () => watcher.problems, counts: () => producer.counts() },
  );
  ready({ cameras: config.cameras.length, ffmpeg: version.text, port: api.port });
  await aborted(signal);
  await publishing;
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
