/** Turns what the file system says into what a caller of a store can act on. */
import { StorageUnreachableError } from "./storage.ts";
import { TimeLimitError } from "./time_limit.ts";

/** Codes of a disk or network share that is gone or broken for now. */
const OUTAGES = new Set([
  "EIO",
  "ENODEV",
  "ENXIO",
  "ENOTCONN",
  "ESTALE",
  "ETIMEDOUT",
  "EHOSTDOWN",
  "EHOSTUNREACH",
]);

const REASONS: Record<string, string> = {
  ENOSPC: "the disk is full. Free space, or keep footage for a shorter time",
  EDQUOT: "the disk quota is used up. Raise it, or keep footage for a shorter time",
  EROFS: "the file system is read-only. Mount it for writing",
  EACCES: "this program's user is not allowed to. Change the owner or the mode of the directory",
  EPERM: "the operation is not permitted to this program's user",
  EMFILE: "too many files are open in this program. Raise the limit (ulimit -n)",
  ENAMETOOLONG: "the path is too long for this file system",
  ENOTDIR: "a part of the path is a file, not a directory",
  EISDIR: "there is a directory of that name",
  ELOOP: "it is a symbolic link, which is not followed. Remove the link",
  EXDEV: "another file system is mounted inside the store. Mount the whole store there",
};

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? "");
}

/** `attempt`: what could not be done, as in "store "a/b.ts"". Errors that already are sentences pass through. */
export function fileError(error: unknown, { attempt, root }: { attempt: string; root: string }): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof TimeLimitError || (code !== undefined && OUTAGES.has(code))) {
    return new StorageUnreachableError(
      `Cannot ${attempt}: the disk or share under ${root} does not answer. Check that it is connected and mounted`,
      { cause: error },
    );
  }
  if (code === undefined || !(error instanceof Error) || !("syscall" in error)) return error;
  return new Error(`Cannot ${attempt} under ${root}: ${REASONS[code] ?? error.message}`, { cause: error });
}
