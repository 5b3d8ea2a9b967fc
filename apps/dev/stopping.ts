/**
 * When this process is to stop: by a signal, because whoever started it is gone, or by a mistake of its own; and when
 * it is to stop without waiting.
 */
import { findLinks, watchLinks } from "./ancestors.ts";

/** A terminal's Ctrl-C can arrive twice, once from the terminal and once passed on by npx: that is one, ms. */
const SAME_PRESS_MS = 1_000;
/** All together may take so long to stop; then it is forced, and at last the program just ends, ms. */
const STOP_LIMIT_MS = 60_000;
const FORCED_LIMIT_MS = 15_000;

export type Stopping = {
  /** Aborts when it is time to stop. */
  stop: AbortController;
  /** Aborts when it is time to stop without waiting. */
  force: AbortController;
  /** The mistake that was the reason, if it was one. */
  failure(): unknown;
};

/** Turns signals, the end of whoever started us, and mistakes of our own into "stop" and "stop now". */
export function listenForStop(note: (text: string) => void): Stopping {
  const stop = new AbortController();
  const force = new AbortController();
  let stoppingSince = Number.POSITIVE_INFINITY;
  let failed: unknown;
  const begin = (why: string) => {
    if (stop.signal.aborted) return;
    stoppingSince = performance.now();
    note(`\nStopping (${why}); Ctrl-C again to force`);
    stop.abort(new Error(why));
    setTimeout(() => hurry("it takes too long"), STOP_LIMIT_MS).unref();
  };
  const hurry = (why: string) => {
    if (force.signal.aborted) return;
    note(`Stopping now (${why})`);
    force.abort(new Error(why));
    setTimeout(() => process.exit(1), FORCED_LIMIT_MS).unref();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      const again = performance.now() - stoppingSince > SAME_PRESS_MS;
      // A closed terminal is no hurry.
      if (again && name !== "SIGHUP") hurry(name);
      else begin(name === "SIGINT" ? "Ctrl-C" : name);
    });
  }
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      failed ??= error;
      begin("an error of its own");
    });
  }
  const onGone = ({ command }: { command: string[] }) => begin(`${command.slice(0, 3).join(" ")} has ended`);
  watchLinks(findLinks(), { signal: stop.signal, onGone });
  return { stop, force, failure: () => failed };
}
