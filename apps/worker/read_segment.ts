/**
 * Reads segments from the spool into memory that is used again. A fresh buffer of megabytes for each segment would
 * make the garbage collector run all the time: it was a third of the worker's CPU with 16 cameras.
 */
import { open } from "node:fs/promises";

/** Buffers are made in multiples of this, so that segments of about the same size share them. */
const STEP_BYTES = 1 << 20;

export class SegmentReader {
  readonly #free: Uint8Array[] = [];
  readonly #most: number;

  /** `most`: how many buffers are kept for later, as many as segments are read at the same time. */
  constructor({ most }: { most: number }) {
    this.#most = most;
  }

  /**
   * Calls `use` with a segment's bytes, which are valid until what it returns has settled. Resolves with
   * `undefined` when there is no such file. Throws {@link RangeError} when it does not have `bytes` bytes.
   */
  async read<T>(
    path: string,
    { bytes, use }: { bytes: number; use: (body: Uint8Array) => Promise<T> },
  ): Promise<T | undefined> {
    const file = await open(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw new Error("Cannot read a segment in the spool", { cause: error });
    });
    if (!file) return undefined;
    const buffer = this.#take(bytes);
    try {
      const { size } = await file.stat();
      if (size !== bytes) {
        throw new RangeError(
          `The segment in the spool has ${size} bytes, its description says ${bytes}: it was changed after it was closed`,
        );
      }
      const body = buffer.subarray(0, bytes);
      for (let at = 0; at < bytes; ) {
        const { bytesRead } = await file.read(body, at, bytes - at, at);
        if (bytesRead === 0)
          throw new RangeError(
            `The segment in the spool became shorter while it was read: ${at} of ${bytes} bytes`,
          );
        at += bytesRead;
      }
      return await use(body);
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
