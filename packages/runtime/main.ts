/**
 * The life of a part's process: runs `start` until a signal, the death of the parent, or an error, then lets it
 * shut down in its own time (and not longer). A part that is started with an IPC channel tells its parent when
 * it is ready and stops when the channel closes, so that a dead parent leaves nothing behind.
 */
import { SettingError } from "./environment.ts";
import { errorChain, type Log } from "./log.ts";

/** What a part says to its parent once it works. */
export type ReadyMessage = { ready: true; [detail: string]: unknown };

/** How long a part may take to shut down before it is ended, ms. */
const SHUTDOWN_MS = 15_000;

/**
 * Runs a part: `start` gets a signal that aborts when it is time to stop and resolves when everything is
 * closed. `ready` is to be called once it works. Ends the process with 0, or with 1 after an error.
 */
export async function runMain(
  log: Log,
  start: (options: {
    signal: AbortSignal;
    ready: (details?: Record<string, unknown>) => void;
  }) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const stop = (why: string) => {
    if (controller.signal.aborted) return;
    log.info("stopping", { why });
    controller.abort(new Error(`stopping: ${why}`));
    setTimeout(() => {
      log.error("shutdown took too long", { limitMs: SHUTDOWN_MS });
      process.exit(1);
    }, SHUTDOWN_MS).unref();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(signal));
  if (process.channel) process.on("disconnect", () => stop("parent is gone"));

  try {
    await start({
      signal: controller.signal,
      ready: (details = {}) => {
        log.info("ready", details);
        process.send?.({ ready: true, ...details } satisfies ReadyMessage);
      },
    });
    process.exit(0);
  } catch (error) {
    // A signal that arrives during start-up makes whatever waits throw: that is a clean stop.
    if (controller.signal.aborted) process.exit(0);
    log.error("ended by an error", {
      error: errorChain(error),
      ...(error instanceof SettingError ? {} : { stack: error instanceof Error ? error.stack : undefined }),
    });
    process.send?.({ failed: errorChain(error) });
    process.exit(1);
  }
}
