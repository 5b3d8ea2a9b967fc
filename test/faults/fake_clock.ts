/**
 * A wall clock for one part that can be set at will, with libfaketime (Debian's package `faketime`), and a
 * `timedatectl` that says whether it is synchronised. The monotonic clock goes on untouched, as it does in reality.
 */
import { globSync } from "node:fs";
import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type FakeClock = {
  /** For the part's environment. */
  environment: Record<string, string>;
  /** From now on the part's clock shows so much more than the true one, ms. */
  set(offsetMs: number): Promise<void>;
  setSynchronised(synchronised: boolean): Promise<void>;
};

/** Makes a clock, by default one that is right and says that it is synchronised. Keeps its files in `directory`. */
export async function fakeClock(
  directory: string,
  { offsetMs = 0, synchronised = true }: { offsetMs?: number; synchronised?: boolean } = {},
): Promise<FakeClock> {
  const library = globSync("/usr/lib/*/faketime/libfaketime.so.1")[0];
  if (!library)
    throw new Error("Cannot fake a clock: libfaketime is not there. Install the package faketime");
  const programs = join(directory, "bin");
  await mkdir(programs, { recursive: true });
  const offset = join(directory, "offset");
  const state = join(directory, "synchronised");
  const write = async (path: string, text: string) => {
    // Whoever reads sees the old or the new text, never half of it.
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  const clock: FakeClock = {
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: offset,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      PATH: `${programs}:${process.env.PATH}`,
    },
    set: (ms) => write(offset, `${ms < 0 ? "-" : "+"}${Math.abs(ms) / 1000}\n`),
    setSynchronised: (is) => write(state, is ? "yes\n" : "no\n"),
  };
  await clock.set(offsetMs);
  await clock.setSynchronised(synchronised);
  const timedatectl = join(programs, "timedatectl");
  await writeFile(timedatectl, `#!/bin/sh\nexec cat '${state}'\n`);
  await chmod(timedatectl, 0o755);
  return clock;
}
