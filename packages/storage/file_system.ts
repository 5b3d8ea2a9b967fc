/** What the store on a disk asks of the file system: durable writes, tolerant look-ups, listings in key order. */
import type { Dirent } from "node:fs";
import { open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "./file_error.ts";
import { isKey } from "./key.ts";
import { pieces } from "./pieces.ts";
import type { Pace } from "./storage.ts";

export type WriteOptions = { signal: AbortSignal | undefined; pace?: Pace | undefined };

/** Writes a new file and syncs it. When this fails, the file is gone. */
export async function writeDurable(
  path: string,
  body: Uint8Array,
  { signal, pace }: WriteOptions,
): Promise<void> {
  try {
    const file = await open(path, "wx", 0o644);
    try {
      await file.writeFile(pace ? pieces(body, { pace, signal }) : body, signal ? { signal } : {});
      await file.sync();
      const { size } = await file.stat();
      if (size !== body.byteLength) throw new Error(`only ${size} of ${body.byteLength} bytes were written`);
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** Makes what was created, renamed or deleted in a directory survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes the files of a directory that were last written longer ago than `ageMs`. */
export async function removeOlderThan(ageMs: number, directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const stats = await stat(path).catch(unlessAbsent);
    if (stats && Date.now() - stats.mtimeMs > ageMs) await rm(path, { force: true });
  }
}

/** Files and directories (with "/") that can be parts of keys. "a/b" comes after "a.b": "/" counts. */
export function namesInKeyOrder(entries: readonly Dirent[]): string[] {
  return entries
    .filter((entry) => isKey(entry.name) && (entry.isFile() || entry.isDirectory()))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort((one, other) => (one < other ? -1 : 1));
}

/** For `catch`: undefined instead of an error with one of these codes. */
export function unlessCode(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (!hasCode(error, ...codes)) throw error;
    return undefined;
  };
}

/** For `catch`: undefined instead of an error that says that there is nothing of that name. */
export const unlessAbsent = unlessCode("ENOENT", "ENOTDIR");
