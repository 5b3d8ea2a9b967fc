/**
 * One of Rokuga's programs as a process of its own, as the launcher starts it: with an IPC channel on which it says
 * that it works. It can be killed, stopped and started again; what it logs is kept in one file over all its lives.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const READY_MS = 60_000;
/** A part ends itself within 15 s of SIGTERM (`runMain`). */
const STOP_MS = 17_000;

export type PartOptions = {
  /** For people: "worker 2". */
  name: string;
  program: "relay" | "worker" | "web";
  environment: Record<string, string>;
  logPath: string;
};

export type Part = AsyncDisposable & {
  readonly name: string;
  /** Process id; undefined while it does not run. */
  readonly pid: number | undefined;
  /** Starts it and resolves when it works. `environment` is added for this life only. */
  start(environment?: Record<string, string>): Promise<void>;
  /** SIGTERM. Throws when it does not end by itself. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves when it has ended, however. */
  ended(): Promise<void>;
  /** Lines of its log from `sinceMs` on that are warnings or errors, or everything that is not a log line. */
  complaints(sinceMs: number): Promise<string[]>;
};

export function createPart(options: PartOptions): Part {
  const { name, logPath } = options;
  let child: ChildProcess | undefined;
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const ended = async () => {
    if (child && isRunning()) await once(child, "exit");
  };
  const kill = async () => {
    if (isRunning()) child!.kill("SIGKILL");
    await ended();
  };
  return {
    name,
    get pid() {
      return isRunning() ? child!.pid : undefined;
    },
    async start(environment = {}) {
      if (isRunning()) return;
      child = spawnPart({ ...options, environment: { ...options.environment, ...environment } });
      await untilReady(child, options);
    },
    async stop() {
      if (!child || !isRunning()) return;
      child.kill("SIGTERM");
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        child!.kill("SIGKILL");
      }, STOP_MS);
      await ended();
      clearTimeout(timer);
      if (late) throw new Error(`The ${name} did not end within ${STOP_MS / 1000} s of SIGTERM`);
    },
    kill,
    ended,
    complaints: async (sinceMs) => complaintsIn(await readFile(logPath, "utf8"), sinceMs),
    [Symbol.asyncDispose]: kill,
  };
}

function spawnPart({ program, environment, logPath }: PartOptions): ChildProcess {
  const log = openSync(logPath, "a");
  try {
    const entry = `${ROOT}apps/${program}/main.ts`;
    return spawn("setpriv", ["--pdeathsig", "KILL", "--", process.execPath, entry], {
      // Its own group, so that Ctrl-C in a terminal does not reach it.
      detached: true,
      cwd: ROOT,
      env: environment,
      stdio: ["ignore", log, log, "ipc"],
    });
  } finally {
    closeSync(log);
  }
}

async function untilReady(child: ChildProcess, { name, logPath }: PartOptions): Promise<void> {
  let failed = "";
  const outcome = await new Promise<"ready" | "ended" | "late">((resolve) => {
    const timer = setTimeout(() => resolve("late"), READY_MS);
    child.on("message", (message: { ready?: boolean; failed?: string }) => {
      if (message.failed) failed = message.failed;
      if (message.ready) resolve("ready");
    });
    child.once("exit", () => resolve("ended"));
    child.once("error", (error) => {
      failed = error.message;
      resolve("ended");
    });
    child.once("message", () => clearTimeout(timer));
    child.once("exit", () => clearTimeout(timer));
  });
  if (outcome === "ready") return;
  child.kill("SIGKILL");
  const log = (await readFile(logPath, "utf8")).slice(-3_000);
  throw new Error(`The ${name} ${outcome === "late" ? "is not ready" : "ended"}: ${failed}\n${log}`);
}

function complaintsIn(log: string, sinceMs: number): string[] {
  return log
    .split("\n")
    .filter((line) => line !== "")
    .filter((line) => {
      const entry = parse(line);
      if (!entry) return true;
      return (
        ["warn", "error", "fatal"].includes(entry.level ?? "") && Date.parse(entry.time ?? "") >= sinceMs
      );
    });
}

function parse(line: string): { level?: string; time?: string } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    // Not of the log: a stack trace, a message of the run-time.
    return undefined;
  }
}
