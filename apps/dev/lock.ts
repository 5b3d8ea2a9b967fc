/**
 * One launcher, or one command that starts servers of its own, for each state directory. The lock is a file that names its holder by process id and start time,
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

const Holder = z.object({
  pid: z.int().positive(),
  startId: z.string(),
  /** Of the page, once it can be opened. */
  url: z.string().optional(),
  /** `pnpm db:rebuild`, when it is not the launcher. */
  command: z.string().optional(),
});
export type Holder = z.infer<typeof Holder>;

export type Lock = Disposable & {
  /** Tells a second start where this one can be seen. */
  publish(url: string): void;
};

/** Who has the lock now, if anybody has who still runs. */
export function lockHolder(home: string): Holder | undefined {
  const holder = parse(readIfPresent(pathOf(home)));
  return holder && isRunning(holder.pid, holder.startId) ? holder : undefined;
}

/** Takes the lock. `command`: who we are, unless the launcher. Throws {@link CannotStart} when another has it. */
export function takeLock(home: string, { command }: { command?: string } = {}): Lock {
  const path = pathOf(home);
  const startId = readProcess(process.pid)?.startId ?? "";
  const self: Holder = { pid: process.pid, startId, ...(command === undefined ? {} : { command }) };
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
  if (holder && isRunning(holder.pid, holder.startId)) throw new CannotStart(alreadyRuns(holder, home));
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

function alreadyRuns({ pid, url, command }: Holder, home: string): string {
  if (command !== undefined) {
    return `${command} is at work in ${home} (process ${pid}). Wait until it has ended, then start again.`;
  }
  return (
    `Rokuga already runs here (process ${pid}, ${url ?? "still starting"}). ` +
    `Stop it first, or set ROKUGA_HOME to another directory than ${home}.`
  );
}

const pathOf = (home: string) => join(home, "lock");

function parse(text: string | undefined): Holder | undefined {
  try {
    return text === undefined ? undefined : Holder.parse(JSON.parse(text));
  } catch {
    // Whatever it is, it names no living holder.
    return undefined;
  }
}
