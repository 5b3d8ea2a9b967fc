/**
 * One launcher for each state directory. The lock is a file that names its holder by process id and start time,
 * so that one left behind by a crash or a reboot is recognized and taken over.
 *
 * Known limit: holders are recognized within one machine (one process table). Two containers that share a state
 * directory do not see each other.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CannotStart } from "./cannot_start.ts";
import { isRunning, readProcess } from "./process_table.ts";
import { readIfPresent, writeFileAtomically } from "./state_directory.ts";

const Holder = z.object({ pid: z.int().positive(), startId: z.string(), url: z.string().optional() });
type Holder = z.infer<typeof Holder>;

export type Lock = Disposable & {
  /** Tells a second start where this one can be seen. */
  publish(url: string): void;
};

/** Takes the lock. Throws {@link CannotStart} when another launcher has it. */
export function takeLock(home: string): Lock {
  const path = join(home, "lock");
  const self: Holder = { pid: process.pid, startId: readProcess(process.pid)?.startId ?? "" };
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(self), { mode: 0o600 });
  try {
    while (!tryLink(temporary, path)) removeStale(path, home);
  } finally {
    rmSync(temporary, { force: true });
  }
  return {
    publish: (url) => writeFileAtomically(path, JSON.stringify({ ...self, url } satisfies Holder)),
    [Symbol.dispose]() {
      const holder = parse(readIfPresent(path));
      if (holder?.pid === self.pid && holder.startId === self.startId) rmSync(path, { force: true });
    },
  };
}

/** A link appears with its content: nobody ever reads a lock that is half written. */
function tryLink(temporary: string, path: string): boolean {
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Removes a lock whose holder is gone; throws when it is not. */
function removeStale(path: string, home: string): void {
  const text = readIfPresent(path);
  if (text === undefined) return;
  const holder = parse(text);
  if (holder && isRunning(holder.pid, holder.startId)) {
    throw new CannotStart(
      `Rokuga already runs here (process ${holder.pid}, ${holder.url ?? "still starting"}). ` +
        `Stop it first, or set ROKUGA_HOME to another directory than ${home}.`,
    );
  }
  // Another start may have done the same in the meantime and hold the lock by now: what is moved away is checked.
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (readFileSync(aside, "utf8") === text) rmSync(aside);
  else renameSync(aside, path);
}

function parse(text: string | undefined): Holder | undefined {
  try {
    return text === undefined ? undefined : Holder.parse(JSON.parse(text));
  } catch {
    // Whatever it is, it names no living holder.
    return undefined;
  }
}
