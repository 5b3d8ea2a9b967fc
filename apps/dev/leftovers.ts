/**
 * Processes that an earlier launcher left when it was killed. They end by themselves (a part when its channel
 * closes, a server by the guard), but not at once, and two relays on one spool, or two servers on one data
 * directory, must never be. So what was started is noted in the state directory, and a new start first sees the
 * old ones end.
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { signalGroup } from "@rokuga/runtime/guard.ts";
import { z } from "zod";
import { CannotStart } from "./cannot_start.ts";
import { isRunning, readProcess } from "./process_table.ts";
import { readIfPresent, writeFileAtomically } from "./state_directory.ts";

const Note = z.object({ name: z.string(), pid: z.int().min(2), startId: z.string() });
type Note = z.infer<typeof Note>;

/** How long they may take to end by themselves, then after SIGINT or SIGTERM, then after SIGKILL, ms. */
const LIMITS = { alone: 3_000, asked: 12_000, killed: 3_000 };

export type Processes = { add(name: string, pid: number): void; remove(pid: number): void };

/** The notes of this launcher's own processes. */
export function noteProcesses(home: string): Processes {
  const notes = new Map<number, Note>();
  const write = () => writeFileAtomically(fileOf(home), `${JSON.stringify([...notes.values()])}\n`);
  return {
    add(name, pid) {
      const startId = readProcess(pid)?.startId;
      if (startId === undefined) return;
      notes.set(pid, { name, pid, startId });
      write();
    },
    remove(pid) {
      if (notes.delete(pid)) write();
    },
  };
}

export type EndOptions = {
  signal: AbortSignal;
  /** Called with the names of what still lives, when there is something to wait for. */
  onWait?: (names: string[]) => void;
  limits?: typeof LIMITS;
};

/**
 * Waits until what an earlier launcher left has ended, and ends it when it does not. Resolves with the names of
 * what had to be ended. Throws {@link CannotStart} for what cannot be.
 */
export async function endLeftovers(
  home: string,
  { signal, onWait = () => {}, limits = LIMITS }: EndOptions,
): Promise<string[]> {
  const left = readNotes(home).filter(isAlive);
  if (left.length > 0) onWait(left.map(({ name }) => name));
  await ended(left, limits.alone, signal);
  const asked = left.filter(isAlive);
  for (const note of asked) signalGroup(note.pid, note.name === "postgres" ? "SIGINT" : "SIGTERM");
  await ended(asked, limits.asked, signal);
  for (const note of asked.filter(isAlive)) signalGroup(note.pid, "SIGKILL");
  await ended(asked, limits.killed, signal);
  const stubborn = asked.find(isAlive);
  if (stubborn) {
    throw new CannotStart(
      `Cannot end process ${stubborn.pid} (${stubborn.name}), which an earlier start left. End it by hand, then start again.`,
    );
  }
  return asked.map(({ name }) => name);
}

const isAlive = ({ pid, startId }: Note) => isRunning(pid, startId);

async function ended(notes: readonly Note[], limitMs: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (notes.some(isAlive) && Date.now() < deadline) await delay(50, undefined, { signal });
}

function readNotes(home: string): Note[] {
  try {
    return z.array(Note).parse(JSON.parse(readIfPresent(fileOf(home)) ?? "[]"));
  } catch (cause) {
    throw new CannotStart(
      `Cannot read ${fileOf(home)}, which names the processes of an earlier start. Make sure that none of them runs, then delete that file.`,
      { cause },
    );
  }
}

function fileOf(home: string): string {
  return join(home, "processes.json");
}
