/**
 * What everything that is started has in common: the settings, the terminal, the guard, the log files, and that it is
 * kept running and stopped in the end. One for each holder of a state directory's lock.
 */
import { join } from "node:path";
import { type Guard, guardChildren } from "@rokuga/runtime/guard.ts";
import type { Running } from "./child.ts";
import type { Settings } from "./env.ts";
import { noteProcesses, type Processes } from "./leftovers.ts";
import { type LogFile, openLogFile } from "./log_file.ts";
import type { Report } from "./report.ts";
import { keepRunning } from "./supervise.ts";

export type ContextOptions = {
  settings: Settings;
  report: Report;
  /** Aborts when it is time to stop. */
  signal: AbortSignal;
  /** Aborts when it is time to stop without waiting. */
  force: AbortSignal;
};

export type Context = {
  settings: Settings;
  report: Report;
  signal: AbortSignal;
  /** The guard and the log file for a process of that name. */
  processOf(name: string): { guard: Guard; log: LogFile };
  /** Keeps something running from now on, until the launcher stops. */
  keep<Details>(name: string, start: (signal: AbortSignal) => Promise<Running<Details>>): Promise<Details>;
};

/** What the services and parts are started with. Everything kept is stopped by the stack, the last one first. */
export function createContext(
  { settings, report, signal, force }: ContextOptions,
  stack: AsyncDisposableStack,
): Context {
  const processes = noteProcesses(settings.home);
  const guard = stack.use(
    guardChildren({
      onLost: (error) =>
        report.event("Guard", "error", `${error.message}: end leftovers by hand after a crash`),
    }),
  );
  const logs = new Map<string, LogFile>();
  const logOf = (name: string) => {
    const log = logs.get(name) ?? stack.use(openLogFile(join(settings.home, "logs", `${name}.log`)));
    logs.set(name, log);
    return log;
  };
  return {
    settings,
    report,
    signal,
    processOf: (name) => ({ guard: noted(guard, processes, name), log: logOf(name) }),
    async keep(name, start) {
      const kept = await keepRunning({
        name,
        start,
        signal,
        force,
        report: (text) => report.event(name, "warn", text),
      });
      stack.defer(async () => {
        report.progress("Stopping …", name);
        await kept[Symbol.asyncDispose]();
      });
      return kept.details;
    },
  };
}

/** A guard that also notes each process by name, for the next start. */
function noted(guard: Guard, processes: Processes, name: string): Guard {
  return {
    get pid() {
      return guard.pid;
    },
    register(pid, signal) {
      guard.register(pid, signal);
      processes.add(name, pid);
    },
    unregister(pid) {
      guard.unregister(pid);
      processes.remove(pid);
    },
    [Symbol.asyncDispose]: () => guard[Symbol.asyncDispose](),
  };
}
