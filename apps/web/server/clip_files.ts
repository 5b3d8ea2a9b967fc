/**
 * The directory of clips that are made in the background. Each process has its own below it, so that several may share
 * one, and removes what earlier ones have left: a file without its job is of no use to anybody.
 */
import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rm, statfs } from "node:fs/promises";
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
  const appender = new Appender(file);
  try {
    const muxer = new ClipMuxer(plan, { into: "file" });
    await appender.append(muxer.begin());
    let read = 0;
    for await (const { bytes, ...place } of readClip(plan, { storage, signal })) {
      await appender.append(muxer.add(bytes, place));
      read += bytes.length;
      onRead(read);
    }
    const { end, patch } = muxer.finish();
    await appender.append(end);
    await appender.flush();
    if (patch) await file.write(patch.bytes, 0, patch.bytes.length, patch.at);
    const { size } = await file.stat();
    await file.close();
    return size;
  } catch (error) {
    await appender.settled();
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}

/** Bytes that are written together. */
const WRITE_BYTES = 1_000_000;

/** Appends to a file in large pieces, one of them while the next is being made. */
class Appender {
  readonly #file: FileHandle;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Keeps `parts` until they are written. Throws what a write before has thrown. */
  async append(parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      this.#waiting.push(part);
      this.#waitingBytes += part.length;
    }
    if (this.#waitingBytes < WRITE_BYTES) return;
    await this.#writing;
    this.#begin();
  }

  /** Resolves when everything is in the file. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#begin();
    await this.#writing;
  }

  /** Resolves when nothing is being written any more, however that ended. */
  async settled(): Promise<void> {
    await this.#writing.catch(() => undefined);
  }

  #begin(): void {
    this.#writing = this.#write(this.#waiting);
    // It is awaited with the next piece: until then a failure is nobody's.
    this.#writing.catch(() => undefined);
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** All of it: a write may be shorter than was asked for. */
  async #write(parts: Uint8Array[]): Promise<void> {
    let rest = parts;
    while (rest.length > 0) {
      let { bytesWritten } = await this.#file.writev(rest);
      const first = rest.findIndex(({ length }) => {
        if (bytesWritten < length) return true;
        bytesWritten -= length;
        return false;
      });
      rest = first < 0 ? [] : [rest[first]!.subarray(bytesWritten), ...rest.slice(first + 1)];
    }
  }
}
