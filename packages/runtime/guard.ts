/**
 * Child processes that never outlive this one. A program that gets SIGKILL cannot end its children, so one small
 * `sh` (guard.sh) waits at the other end of a pipe: when the pipe closes, it ends what is still registered.
 *
 * Children run in process groups of their own, so that Ctrl-C in a terminal reaches this program only, which then
 * ends them in its own order.
 *
 * Known limits: a process that leaves its group (`setsid`) is not ended. A process id cannot be given to someone
 * else while it is registered, because it is unregistered in the turn of the event loop that collects the child;
 * after this program's death the guard acts within milliseconds. Not for Windows.
 */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";

/** How often a guard that was ended by someone is started again before its owner is told. */
const MAX_RESTARTS = 5;

export type Guard = {
  /** Process id of the `sh` that watches. Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** From now on the process group `pid` gets `signal` when this program is gone. */
  register(pid: number, signal: NodeJS.Signals): void;
  unregister(pid: number): void;
  /** Ends what is still registered, as if this program had died, and resolves when the guard has exited. */
  [Symbol.asyncDispose](): Promise<void>;
};

export type GuardOptions = {
  /** Told when there is no guard any more: children would survive a SIGKILL of this program from now on. */
  onLost?: (error: Error) => void;
  /** From a child's signal to its SIGKILL, ms, in steps of 100. */
  graceMs?: number;
};

/** Starts a guard. It does not keep the event loop of this program alive. */
export function guardChildren({ onLost = () => {}, graceMs = 10_000 }: GuardOptions = {}): Guard {
  const registered = new Map<number, NodeJS.Signals>();
  const script = fileURLToPath(new URL("guard.sh", import.meta.url));
  let restarts = 0;
  let closed = false;

  const start = (): ChildProcess => {
    const shell = spawn("/bin/sh", [script, String(Math.ceil(graceMs / 100))], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    shell.unref();
    (shell.stdin as Socket).unref();
    // A guard that is gone shows as EPIPE here and as `exit` below, which is where it is dealt with.
    shell.stdin?.on("error", () => {});
    shell.once("error", (cause) =>
      onLost(new Error("Cannot start /bin/sh to guard child processes", { cause })),
    );
    shell.once("exit", (code, signal) => {
      if (closed) return;
      if (restarts++ >= MAX_RESTARTS) {
        onLost(new Error(`The guard of child processes keeps ending (${signal ?? `exit code ${code}`})`));
        return;
      }
      current = start();
      for (const [pid, signal] of registered) tell(`+ ${pid} ${short(signal)}`);
    });
    return shell;
  };
  const tell = (line: string) => current.stdin?.write(`${line}\n`);
  let current = start();

  return {
    get pid() {
      return current.pid;
    },
    register(pid, signal) {
      if (!Number.isInteger(pid) || pid < 2) {
        throw new RangeError(`Cannot guard process group ${pid}: it must be an integer above 1`);
      }
      registered.set(pid, signal);
      tell(`+ ${pid} ${short(signal)}`);
    },
    unregister(pid) {
      if (registered.delete(pid)) tell(`- ${pid}`);
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      const shell = current;
      if (shell.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
      const exited = new Promise((resolve) => shell.once("exit", resolve));
      shell.ref();
      shell.stdin?.end();
      await exited;
    },
  };
}

export type GuardedSpawnOptions = Omit<SpawnOptions, "detached"> & {
  /** What its process group gets when this program dies. SIGTERM by default. */
  deathSignal?: NodeJS.Signals;
};

/**
 * `spawn` in a process group of its own, registered with the guard until it exits. Errors come as `spawn`'s do:
 * an `error` event when the command cannot be started.
 */
export function spawnGuarded(
  guard: Guard,
  command: string,
  args: readonly string[],
  { deathSignal = "SIGTERM", ...options }: GuardedSpawnOptions = {},
): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true });
  const { pid } = child;
  if (pid !== undefined) {
    guard.register(pid, deathSignal);
    child.once("exit", () => guard.unregister(pid));
  }
  return child;
}

/**
 * Sends a signal to the process group of a guarded child. False when nothing is left of it.
 */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // macOS answers EPERM for a group of which only an uncollected process is left.
    if (code === "ESRCH" || code === "EPERM") return false;
    throw new Error(`Cannot send ${signal} to process group ${pid}`, { cause: error });
  }
}

/** `SIGTERM` → `TERM`: the form that POSIX `kill -s` takes. */
function short(signal: NodeJS.Signals): string {
  return signal.replace(/^SIG/, "");
}
