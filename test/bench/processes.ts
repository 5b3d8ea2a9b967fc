/** What the processes below another one use, from /proc. Linux only. */
import { readdirSync, readFileSync } from "node:fs";

export type Process = { pid: number; parent: number; command: string; cpuSeconds: number };

/** Clock ticks per second of /proc (sysconf(_SC_CLK_TCK) on every Linux that Node runs on). */
const TICKS_PER_SECOND = 100;

/** The process and everything below it. */
export function processTree(root: number): Process[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
  const tree = all.filter((process) => process.pid === root);
  for (const process of tree) tree.push(...all.filter((candidate) => candidate.parent === process.pid));
  return tree;
}

function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    // Fields 4 (parent), 14 and 15 (CPU time in user and kernel mode) of proc(5).
    return {
      pid,
      parent: Number(fields[1]),
      command,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}

/** Memory of a process, with what it shares counted in parts (PSS), MB. */
export function memoryMegabytes(pid: number): number {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
    return Number(kilobytes ?? 0) / 1000;
  } catch {
    return 0;
  }
}

/** What kind of process it is: the part of Rokuga, or the program. */
export function kindOf({ command }: Process): string {
  const part = /apps\/(relay|worker|web|dev)\/main\.ts/.exec(command)?.[1];
  if (part) return part === "dev" ? "launcher" : part;
  const known = ["ffmpeg", "redis-server", "postgres"].find((name) => command.includes(name));
  return known ?? "other";
}
