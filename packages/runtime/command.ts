/**
 * The life of a command's process: its exit code, and Ctrl-C. What it says goes to standard error, what it found to
 * standard output.
 */
import { SettingError } from "./environment.ts";
import { errorChain } from "./log.ts";
import { redact } from "./redact.ts";

/** Something that is not done at all, for a reason that the message tells: exit code 2. */
export class Refused extends Error {
  override name = "Refused";
}

/** After Ctrl-C, as shells have it. */
const INTERRUPTED = 130;

/**
 * Runs a command for this process; its signal aborts with Ctrl-C (SIGINT) and SIGTERM. Resolves with the exit code:
 * 0, 1 when it failed, 2 when nothing was tried, 130 when it was interrupted.
 */
export async function runCommand(work: (options: { signal: AbortSignal }) => Promise<void>): Promise<number> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stop.abort());
  const say = (sentence: string) => process.stderr.write(`${redact(sentence)}\n`);
  try {
    await work({ signal: stop.signal });
    return 0;
  } catch (error) {
    if (stop.signal.aborted) {
      say("Interrupted.");
      return INTERRUPTED;
    }
    say(errorChain(error));
    return error instanceof Refused || error instanceof SettingError ? 2 : 1;
  }
}
