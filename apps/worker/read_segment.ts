/**
 * Reads segments from the spool into memory that is used again. A fresh buffer of megabytes for each segment would
 * make the garbage collector run all the time: it was a third of the worker's CPU with 16 cameras.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";

/** Buffers are made in multiples of this, so that segments of about the same size share them. */
const STEP_BYTES = 1 << 20;

export type ReadResult<T> =
  | { kind: "read"; value: T }
  /** There is no such file. */
  | { kind: "missing" }
  /** The file is not what it was when it was closed; `detail` says how. */
  | { kind: "changed"; detail: string };

type ReadOptions<T> = {
  bytes: number;
  sha256: string | undefined;
  use: (body: Uint8Array, sha256: string) => Promise<T>;
};

export class SegmentReader {
  readonly #free: Uint8Array[] = [];
  readonly #most: number;

  /** `most`: how many buffers are kept for later, as many as segments are read at the same time. */
  constructor({ most }: { most: number }) {
    this.#most = most;
  }

  /**
   * Calls `use` with the bytes of a segment that is `bytes` long and has this SHA-256 (lower-case hex; undefined for
   * one that an earlier version has closed), and with their SHA-256. The bytes are valid until what it returns has
   * settled. Throws when the file cannot be read, and what `use` throws.
   */
  async read<T>(path: string, { bytes, sha256, use }: ReadOptions<T>): Promise<ReadResult<T>> {
    const file = await open(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw unreadable(error);
    });
    if (!file) return { kind: "missing" };
    const buffer = this.#take(bytes);
    try {
      const body = buffer.subarray(0, bytes);
      const found = await fill(body, file).catch((error) => {
        throw unreadable(error);
      });
      if (found !== bytes) {
        return { kind: "changed", detail: `the file has ${found} bytes, when it was closed it had ${bytes}` };
      }
      const actual = createHash("sha256").update(body).digest("hex");
      if (sha256 !== undefined && actual !== sha256) {
        return { kind: "changed", detail: "the file holds other bytes than when it was closed" };
      }
      return { kind: "read", value: await use(body, actual) };
    } finally {
      await file.close();
      if (this.#free.length < this.#most) this.#free.push(buffer);
    }
  }

  /** A buffer that is large enough: the smallest free one, or a new one. */
  #take(bytes: number): Uint8Array {
    const fitting = this.#free
      .filter((buffer) => buffer.length >= bytes)
      .sort((a, b) => a.length - b.length)[0];
    if (!fitting) return new Uint8Array(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
    this.#free.splice(this.#free.indexOf(fitting), 1);
    return fitting;
  }
}

/** Resolves with how many bytes the file has, which it has read when they are as many as `body`'s. */
async function fill(body: Uint8Array, file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  if (size !== body.byteLength) return size;
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(body, at, size - at, at);
    // It became shorter while it was read.
    if (bytesRead === 0) return at;
    at += bytesRead;
  }
  return size;
}

function unreadable(cause: NodeJS.ErrnoException): Error {
  return new Error(`Cannot read a segment in the spool (${cause.code ?? cause.message}): check its disk`, {
    cause,
  });
}
