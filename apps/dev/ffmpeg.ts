/**
 * Decides which FFmpeg the relay uses: the one that FFMPEG_PATH names, else the installed one, else the one from
 * npm. The last is a build of 2018 that crashes on host names: it serves the synthetic camera and files only.
 */
import { createRequire } from "node:module";
import { errorChain } from "@rokuga/runtime/log.ts";
import { CannotStart } from "./cannot_start.ts";
import { findExecutable, outputOf } from "./executable.ts";

export type Ffmpeg = { path: string; version: string; origin: "given" | "installed" | "npm" };

export type FfmpegOptions = {
  /** FFMPEG_PATH. */
  given: string | undefined;
  /** PATH, in which to look for an installed one. */
  path: string | undefined;
  signal: AbortSignal;
  /** Path of the one from npm; undefined when its package is not there. For tests. */
  packaged?: () => string | undefined;
};

const HOW_TO_INSTALL =
  "Install it (Debian: apt install ffmpeg, macOS: brew install ffmpeg), or set FFMPEG_PATH to its path.";

/** Finds FFmpeg and runs it once. Throws {@link CannotStart} when there is none that runs. */
export async function findFfmpeg({
  given,
  path,
  signal,
  packaged = packagedFfmpeg,
}: FfmpegOptions): Promise<Ffmpeg> {
  if (given !== undefined) {
    const found = given.includes("/") ? given : findExecutable(given, path);
    if (found === undefined)
      throw new CannotStart(`There is no ${given} on the PATH (FFMPEG_PATH). ${HOW_TO_INSTALL}`);
    return { path: found, version: await versionOf(found, signal), origin: "given" };
  }
  const installed = findExecutable("ffmpeg", path);
  if (installed !== undefined)
    return { path: installed, version: await versionOf(installed, signal), origin: "installed" };
  const fromNpm = packaged();
  if (fromNpm === undefined)
    throw new CannotStart(`FFmpeg is missing; cameras are recorded with it. ${HOW_TO_INSTALL}`);
  return { path: fromNpm, version: await versionOf(fromNpm, signal), origin: "npm" };
}

async function versionOf(path: string, signal: AbortSignal): Promise<string> {
  try {
    const version = parseVersion(await outputOf(path, ["-hide_banner", "-version"], signal));
    if (version !== undefined) return version;
  } catch (error) {
    signal.throwIfAborted();
    throw new CannotStart(`Cannot run FFmpeg at ${path}: ${errorChain(error)}. ${HOW_TO_INSTALL}`);
  }
  throw new CannotStart(`What is at ${path} is not FFmpeg: it does not say its version. ${HOW_TO_INSTALL}`);
}

/** `5.1.9` of `ffmpeg version 5.1.9-0+deb12u1 …`; builds from a repository have names such as `N-92720-g0e8eb07`. */
export function parseVersion(output: string): string | undefined {
  const word = /^ffmpeg version (\S+)/m.exec(output)?.[1];
  return word === undefined
    ? undefined
    : (/^n?(\d+(?:\.\d+)+)/.exec(word)?.[1] ?? /^\w+(?:-\d+)?/.exec(word)?.[0] ?? word);
}

function packagedFfmpeg(): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    return (require("@ffmpeg-installer/ffmpeg") as { path: string }).path;
  } catch {
    // An optional dependency: absent, or made for another platform (it throws a string then).
    return undefined;
  }
}
