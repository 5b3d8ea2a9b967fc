/**
 * The state directory: that it exists, is ours alone, can be written and has room. Everything that survives a
 * restart is below it:
 *
 *     lock, ports.json, processes.json    this launcher's notes
 *     secrets/                            passwords and keys, one file each, mode 0600
 *     postgres/, redis/                   the embedded servers' data
 *     store/, spool/                      footage: stored, and not yet confirmed stored
 *     clips/                              clips that are made in the background; the web app empties it at its start
 *     logs/                               what each part and server printed
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { errorChain } from "@rokuga/runtime/log.ts";
import { CannotStart } from "./cannot_start.ts";

/** Below this much free space nothing is started: recording and the database would fail soon, in worse ways. */
export const LEAST_FREE_BYTES = 500_000_000;

/** Makes the directory and its parts, readable by this user only. Throws {@link CannotStart}. */
export function prepareStateDirectory(home: string): void {
  const probe = join(home, `.probe-${process.pid}`);
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    for (const name of ["secrets", "store", "spool", "logs"])
      mkdirSync(join(home, name), { recursive: true, mode: 0o700 });
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT") throw noSpace(home);
    throw new CannotStart(
      `Cannot write to the state directory ${home}: ${errorChain(error)}. Make it writable, or set ROKUGA_HOME to another directory.`,
    );
  }
  const free = freeBytes(home);
  if (free < LEAST_FREE_BYTES) throw noSpace(home, free);
}

/** The sentence for a full disk. */
export function noSpace(home: string, free = freeBytes(home)): CannotStart {
  const megabytes = Math.floor(free / 1e6);
  return new CannotStart(
    `The disk of the state directory ${home} is nearly full: ${megabytes} MB are free, ${LEAST_FREE_BYTES / 1e6} MB are needed. ` +
      `Free some space, or set ROKUGA_HOME to a directory on another disk.`,
  );
}

/** Bytes that this user may still write there. */
function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** Replaces a file's content so that a reader, or a power cut, sees the old or the new one and never half. */
export function writeFileAtomically(path: string, content: string): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, content, { mode: 0o600, flush: true });
  renameSync(temporary, path);
}

/** A path as a person at the repository's root would write it. */
export function shortPath(root: string, path: string): string {
  const short = relative(root, path);
  return short === "" || short.startsWith("..") ? path : short;
}

/** The text of a file, or undefined when there is none. */
export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Takes other users' access to a file away. */
export function makePrivate(path: string): void {
  chmodSync(path, 0o600);
}
