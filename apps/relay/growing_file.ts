/** A segment that FFmpeg is writing, followed as it grows: parsed and hashed on the way, so that it is read once. */
import { createHash } from "node:crypto";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { SegmentParser } from "@rokuga/media/segment_parser.ts";

/** Bytes read at a time. */
export const READ_BYTES = 256 * 1024;

export class GrowingFile {
  readonly parser = new SegmentParser();
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #bytes = 0;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** Undefined when there is no such file. */
  static async open(path: string): Promise<GrowingFile | undefined> {
    try {
      return new GrowingFile(path, await open(path, "r"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Read so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Reads what was written since the last time, through `buffer`. Resolves with whether there was anything. */
  async readNew(buffer: Uint8Array): Promise<boolean> {
    const before = this.#bytes;
    for (let full = true; full; ) {
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#bytes);
      this.#bytes += bytesRead;
      const bytes = buffer.subarray(0, bytesRead);
      this.parser.push(bytes);
      this.#hash.update(bytes);
      // Less than was asked for is the end: another read would only say so.
      full = bytesRead === buffer.length;
    }
    return this.#bytes > before;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** SHA-256, lower-case hex, of the file, which was cut to `bytes` if it had more. Once, at the end. */
  async sha256(bytes: number): Promise<string> {
    if (bytes === this.#bytes) return this.#hash.digest("hex");
    return createHash("sha256")
      .update(await readFile(this.#path))
      .digest("hex");
  }
}
