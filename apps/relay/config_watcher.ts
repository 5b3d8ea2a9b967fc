/**
 * Watches the camera file and hands over every version that is right. A version that is wrong is reported, line
 * by line, and the one before stays in force.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "@rokuga/runtime/log.ts";
import { watch } from "chokidar";
import { type ConfigProblem, problemLine, readCameraConfig, type SiteConfig } from "./camera_config.ts";

/** Editors write in several steps: the file is read when nothing has happened for this long, ms. */
const SETTLE_MS = 100;

export type ConfigWatcher = {
  /** What is wrong with the file as it is now. */
  readonly problems: readonly string[];
} & AsyncDisposable;

export function watchConfig(
  file: string,
  { apply, log }: { apply: (config: SiteConfig) => Promise<void>; log: Log },
): ConfigWatcher {
  const closing = new AbortController();
  let problems: string[] = [];
  let changes = 0;
  let work: Promise<void> = Promise.resolve();
  const reload = async () => {
    const seen = ++changes;
    await sleep(SETTLE_MS, undefined, { signal: closing.signal });
    if (seen !== changes) return;
    const result = await readCameraConfig(file);
    if (!result.ok) {
      problems = report(file, { problems: result.problems, log });
      return;
    }
    problems = [];
    await apply(result.config);
    log.info("camera config in force", { cameras: result.config.cameras.length });
  };
  const schedule = () => {
    work = work.then(reload).catch((error) => {
      if (closing.signal.aborted) return;
      problems = [`${file} cannot be read`];
      log.error("the camera config cannot be read; what runs goes on", { file, error });
    });
  };
  const watcher = watch(file, { ignoreInitial: true });
  watcher.on("add", schedule);
  watcher.on("change", schedule);
  watcher.on("error", (error) =>
    log.error("cannot watch the camera config; restart to apply changes", { file, error }),
  );
  return {
    get problems() {
      return problems;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await watcher.close();
      await work;
    },
  };
}

function report(file: string, { problems, log }: { problems: readonly ConfigProblem[]; log: Log }): string[] {
  const lines = problems.map((problem) => problemLine(file, problem));
  for (const line of lines) log.error(`the camera config was refused; what runs goes on`, { problem: line });
  return lines;
}
