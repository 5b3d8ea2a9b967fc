/**
 * Finds installed programs and asks them for their version. Nothing is started through a shell.
 */
import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** The first executable file of that name on a PATH, or undefined. */
export function findExecutable(name: string, path = ""): string | undefined {
  return path
    .split(delimiter)
    .filter((directory) => directory !== "")
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

/** Whether this is a file that this user may execute. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Absent, or in a directory that may not be looked into: not executable for us either way.
    return false;
  }
}

/** What a program prints when it is asked, within 10 s. Throws when it cannot be run or fails. */
export async function outputOf(
  command: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, {
    signal,
    timeout: 10_000,
    killSignal: "SIGKILL",
  });
  return stdout;
}
