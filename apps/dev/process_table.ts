/**
 * Looks at other processes: who started them, with what command, when. From /proc on Linux and from `ps`
 * elsewhere. A process id alone names nobody, since it is used again; with the start time it does.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export type ProcessInfo = {
  pid: number;
  parentPid: number;
  /** When it started, in the system's own form: with the pid, the same for no two processes. */
  startId: string;
  /** The command line. A program may have replaced it by a title, which is then the first word. */
  command: string[];
};

/** A living process, or undefined. One that has ended but was not collected by its parent does not live. */
export function readProcess(pid: number): ProcessInfo | undefined {
  return process.platform === "linux" ? readProc(pid) : readPs(pid);
}

/** Whether the process that had this start time still lives. */
export function isRunning(pid: number, startId: string): boolean {
  return readProcess(pid)?.startId === startId;
}

function readProc(pid: number): ProcessInfo | undefined {
  const stat = readOptional(`/proc/${pid}/stat`);
  const command = readOptional(`/proc/${pid}/cmdline`);
  if (stat === undefined || command === undefined) return undefined;
  // The second field is the name in parentheses and may itself contain spaces and parentheses: proc_pid_stat(5).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parent] = fields;
  if (state === "Z" || state === "X") return undefined;
  const boot = readOptional("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
  return {
    pid,
    parentPid: Number(parent),
    startId: `${boot}/${fields[19]}`,
    command: command.split("\0").filter(Boolean),
  };
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ESRCH: it ended between open and read.
    if (code === "ENOENT" || code === "ESRCH" || code === "EACCES") return undefined;
    throw error;
  }
}

function readPs(pid: number): ProcessInfo | undefined {
  const { stdout, error } = spawnSync("ps", ["-o", "ppid=,stat=,lstart=,command=", "-p", String(pid)], {
    encoding: "utf8",
    timeout: 5_000,
    env: { PATH: process.env.PATH, LC_ALL: "C" },
  });
  if (error) throw new Error(`Cannot look at process ${pid} with ps`, { cause: error });
  return parsePs(pid, stdout);
}

/** One line of `ps -o ppid=,stat=,lstart=,command=` in the C locale; `lstart` is five words. */
export function parsePs(pid: number, line: string): ProcessInfo | undefined {
  const match = /^\s*(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(line.trimEnd());
  if (!match) return undefined;
  const [, parent, state, started, command] = match as unknown as [string, string, string, string, string];
  if (state.startsWith("Z")) return undefined;
  return {
    pid,
    parentPid: Number(parent),
    startId: started.replace(/\s+/g, " "),
    command: command.split(/\s+/),
  };
}
