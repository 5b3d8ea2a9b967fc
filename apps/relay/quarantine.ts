/** Segments that cannot be played are kept for a person to look at, but not for ever: their loss is told already. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { QUARANTINE } from "@rokuga/media/spool_layout.ts";
import { emptyIfAbsent } from "./spool.ts";

/** Removes the oldest files until at most `mostBytes` are left. Resolves with how many went. */
export async function trimQuarantine(spool: string, mostBytes: number): Promise<number> {
  const directory = join(spool, QUARANTINE);
  const names: string[] = await readdir(directory).catch(emptyIfAbsent);
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const { size, mtimeMs } = await stat(path);
      return { path, size, mtimeMs };
    }),
  );
  let bytes = files.reduce((sum, { size }) => sum + size, 0);
  let removed = 0;
  for (const { path, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (bytes <= mostBytes) break;
    await rm(path, { force: true });
    bytes -= size;
    removed++;
  }
  return removed;
}
