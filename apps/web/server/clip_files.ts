/**
 * The directory of clips that are made in the background. Each process has its own below it, so that several may share
 * one, and removes what earlier ones have left: a file without its job is of no use to anybody.
 */
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { ClipMuxer } from "@rokuga/media/clip_muxer.ts";
import type { ClipPlan } from "@rokuga/media/clip_plan.ts";
import { type ReadOptions, readClip } from "./clip_read.ts";

/** `<process id>-<anything>` */
const OWN_DIRECTORY = /^(\d{1,10})-/;

/** Makes this process's directory, absolute path, and removes those of processes that are gone. */
export async function openClipDirectory(root: string): Promise<string> {
  try {
    return await makeOwnDirectory(root);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new Error(
      `Cannot use the directory for clips: ${why}. Make it writable, or set CLIPS_DIR to another`,
      {
        cause,
      },
    );
  }
}

async function makeOwnDirectory(root: string): Promise<string> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  for (const name of await readdir(root)) {
    const pid = OWN_DIRECTORY.exec(name)?.[1];
    // In a container the same number is given again and again: one that is ours now was an earlier process's.
    if (pid !== undefined && (Number(pid) === process.pid || !isRunning(Number(pid))))
      await rm(join(root, name), { recursive: true, force: true });
  }
  const path = join(root, `${process.pid}-${randomUUID()}`);
  await mkdir(path, { mode: 0o700 });
  return path;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs as another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Bytes that this user may still write in a directory. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

export type WriteClipOptions = ReadOptions & {
  path: string;
  /** Called after each fragment with the bytes of footage that were read so far. */
  onRead: (bytes: number) => void;
};

/** Writes a clip to a new file. Resolves with its length, bytes. When it fails, or the signal aborts, there is no file. */
export async function writeClip(
  plan: ClipPlan,
  { path, onRead, storage, signal }: WriteClipOptions,
): Promise<number> {
  signal.throwIfAborted();
  const file = await open(path, "wx", 0o600);
  try {
    const append = async (parts: readonly Uint8Array[]) => {
      // From where the file ends, all of it: unlike `writev`, which may write less.
      for (const part of parts) await file.writeFile(part);
    };
    const muxer = new ClipMuxer(plan, { into: "file" });
    await append(muxer.begin());
    let read = 0;
    for await (const { bytes, ...place } of readClip(plan, { storage, signal })) {
      await append(muxer.add(bytes, place));
      read += bytes.length;
      onRead(read);
    }
    const { end, patch } = muxer.finish();
    await append(end);
    if (patch) await file.write(patch.bytes, 0, patch.bytes.length, patch.at);
    const { size } = await file.stat();
    await file.close();
    return size;
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}
