/**
 * The store on a disk, a NAS or the embedded default: an object is a file under a root directory, its key is
 * the path. An object appears whole or not at all: it is written under `.incoming`, synced, renamed into place,
 * and the directories are synced, so that it survives a power cut.
 *
 * The root must exist: a share that is not mounted must not be mistaken for an empty store, so only the root's
 * owner makes it. No path leaves the root: keys cannot name a way out, and symbolic links that lead out are
 * refused. Content types are not kept. A key cannot go on below another ("a" and "a/b"), which S3 allows. On
 * Windows directories cannot be synced; the rest holds.
 */
import { randomUUID } from "node:crypto";
import { constants, type Stats } from "node:fs";
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { fileError, hasCode } from "./file_error.ts";
import {
  namesInKeyOrder,
  removeOlderThan,
  syncDirectory,
  unlessAbsent,
  unlessCode,
  type WriteOptions,
  writeDurable,
} from "./file_system.ts";
import { checkBody, checkKey, checkPrefix, checkRange, PROBE_NAME } from "./key.ts";
import {
  type GetOptions,
  NotFoundError,
  type ObjectInfo,
  type PutOptions,
  type Storage,
  type StorageOptions,
  StorageUnreachableError,
} from "./storage.ts";
import { limited, TimeLimit, webStream } from "./time_limit.ts";

/** No key begins with ".", so nothing here is an object. */
const INCOMING = ".incoming";
/** What lies in `.incoming` for longer is left from a crash. */
const STALE_MS = 24 * 3600_000;
/** A disk that spins up takes 10 s or so; a share that is gone never answers. */
const LIMIT_MS = 30_000;
const PUT_LIMIT_MS = 120_000;
const RENAME_ATTEMPTS = 20;
/** What is read at a time: each piece costs the same, however large it is. */
const READ_BYTES = 256 * 1024;

export class FileStorage implements Storage {
  readonly #root: string;
  #cleaned = false;

  /** `root`: absolute path of a directory. It is first looked at when it is used. */
  constructor(root: string) {
    this.#root = root;
  }

  async put(key: string, body: Uint8Array, { sha256, signal, pace }: PutOptions): Promise<void> {
    checkKey(key);
    checkBody(key, body, sha256);
    const limit = new TimeLimit(PUT_LIMIT_MS);
    const write = { signal, pace: pace && ((bytes: number) => limit.outside(() => pace(bytes))) };
    await this.#run(`store "${key}"`, signal, () => this.#write(key, body, write), limit);
  }

  async get(key: string, { range, signal }: GetOptions = {}): Promise<ReadableStream<Uint8Array>> {
    checkKey(key);
    checkRange(key, range);
    const attempt = `read "${key}"`;
    const { handle, stats } = await this.#run(attempt, signal, () => this.#open(key, signal));
    if (range && range.start >= stats.size) {
      await handle.close();
      throw new RangeError(`Cannot read "${key}" from byte ${range.start} on: it has ${stats.size} bytes`);
    }
    const source = handle.createReadStream({
      highWaterMark: READ_BYTES,
      ...(range ? { start: range.start, end: range.end - 1 } : {}),
    });
    const explain = (error: unknown) => fileError(error, { attempt, root: this.#root });
    return webStream(source, { idleMs: LIMIT_MS, signal, explain });
  }

  async head(key: string, { signal }: StorageOptions = {}): Promise<ObjectInfo | undefined> {
    checkKey(key);
    return this.#run(`look up "${key}"`, signal, async () => {
      const directory = await this.#directoryOf(key, { create: false });
      if (directory === undefined) return undefined;
      const stats = await lstat(join(directory, nameOf(key))).catch(unlessAbsent);
      return stats?.isFile() ? { key, bytes: stats.size } : undefined;
    });
  }

  async *list(prefix: string, { signal }: StorageOptions = {}): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix);
    yield* this.#walk(prefix.slice(0, prefix.lastIndexOf("/") + 1), prefix, signal);
  }

  async delete(keys: readonly string[], { signal }: StorageOptions = {}): Promise<void> {
    for (const key of keys) checkKey(key);
    const emptied = new Set<string>();
    for (const key of keys) {
      await this.#run(`delete "${key}"`, signal, async () => {
        const directory = await this.#directoryOf(key, { create: false });
        if (directory === undefined) return;
        await unlink(join(directory, nameOf(key))).catch(unlessAbsent);
        emptied.add(directory);
      });
    }
    await this.#run("remove empty directories", signal, async () => {
      for (const directory of emptied) await this.#removeEmpty(directory);
    });
  }

  /** Browsers cannot read this program's disk. */
  async browserUrl(key: string): Promise<undefined> {
    checkKey(key);
  }

  async check({ signal, prefix = "" }: StorageOptions & { prefix?: string } = {}): Promise<void> {
    checkPrefix(prefix);
    await this.#run("write to the store", signal, async () => {
      const path = await this.#writeIncoming(new TextEncoder().encode(PROBE_NAME), { signal });
      await unlink(path);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** Runs file operations with the limits and errors that all of them share. */
  async #run<T>(
    attempt: string,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
    limit: number | TimeLimit = LIMIT_MS,
  ): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await limited(work(), limit, signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw fileError(error, { attempt, root: this.#root });
    }
  }

  async #write(key: string, body: Uint8Array, options: WriteOptions): Promise<void> {
    const incoming = await this.#writeIncoming(body, options);
    try {
      for (let attempt = 1; ; attempt++) {
        options.signal?.throwIfAborted();
        try {
          return await this.#moveIntoPlace(incoming, key);
        } catch (error) {
          // A deletion that leaves a directory empty removes it, perhaps just when it was looked up.
          if (!hasCode(error, "ENOENT") || attempt === RENAME_ATTEMPTS) throw error;
        }
      }
    } catch (error) {
      await rm(incoming, { force: true });
      throw error;
    }
  }

  async #moveIntoPlace(incoming: string, key: string): Promise<void> {
    const directory = (await this.#directoryOf(key, { create: true }))!;
    await rename(incoming, join(directory, nameOf(key)));
    // It is gone when the object itself has been deleted in between.
    await syncDirectory(directory).catch(unlessAbsent);
  }

  /** Writes a whole file under `.incoming`, durable and of the right length, and returns its path. */
  async #writeIncoming(body: Uint8Array, options: WriteOptions): Promise<string> {
    const directory = join(await this.#realRoot(), INCOMING);
    await mkdir(directory).catch(unlessCode("EEXIST"));
    if (!this.#cleaned) await removeOlderThan(STALE_MS, directory);
    this.#cleaned = true;
    const path = join(directory, randomUUID());
    await writeDurable(path, body, options);
    return path;
  }

  async #open(key: string, signal: AbortSignal | undefined): Promise<{ handle: FileHandle; stats: Stats }> {
    const directory = await this.#directoryOf(key, { create: false });
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);
    const path = directory === undefined ? undefined : join(directory, nameOf(key));
    const handle = path === undefined ? undefined : await open(path, flags).catch(unlessAbsent);
    const stats = await handle?.stat();
    // After an abort nobody waits for the handle any more.
    if (handle && stats?.isFile() && !signal?.aborted) return { handle, stats };
    await handle?.close();
    signal?.throwIfAborted();
    throw new NotFoundError(`There is no object "${key}" under ${this.#root}`);
  }

  async #realRoot(): Promise<string> {
    const root = await realpath(this.#root).catch(unlessAbsent);
    if (root) return root;
    throw new StorageUnreachableError(
      `The directory ${this.#root} of the store does not exist. Mount its disk or share, or create the directory`,
    );
  }

  /** The real directory of a key's file; undefined when it does not exist and is not to be made. */
  async #directoryOf(key: string, { create }: { create: boolean }): Promise<string | undefined> {
    const root = await this.#realRoot();
    let path = root;
    for (const segment of key.split("/").slice(0, -1)) {
      const parent = path;
      path = join(parent, segment);
      const stats = await lstat(path).catch(unlessAbsent);
      if (stats?.isSymbolicLink()) {
        path = await realpath(path);
        if (!path.startsWith(root + sep)) {
          throw new Error(
            `Cannot use "${key}": ${join(parent, segment)} is a symbolic link out of ${this.#root}`,
          );
        }
      } else if (!stats) {
        if (!create) return undefined;
        await mkdir(path).catch(unlessCode("EEXIST"));
        await syncDirectory(parent);
      }
    }
    return path;
  }

  /** `directory`: "" or a key's directory with "/" at its end. */
  async *#walk(
    directory: string,
    prefix: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ObjectInfo> {
    const attempt = `list "${prefix}"`;
    const path = await this.#run(attempt, signal, () =>
      this.#directoryOf(`${directory}x`, { create: false }),
    );
    if (path === undefined) return;
    const read = async () => (await readdir(path, { withFileTypes: true }).catch(unlessAbsent)) ?? [];
    for (const name of namesInKeyOrder(await this.#run(attempt, signal, read))) {
      const key = directory + name;
      if (!key.startsWith(prefix)) continue;
      if (name.endsWith("/")) {
        yield* this.#walk(key, prefix, signal);
        continue;
      }
      const stats = await this.#run(attempt, signal, () => stat(join(path, name)).catch(unlessAbsent));
      if (stats) yield { key, bytes: stats.size };
    }
  }

  /** Removes a directory and those above it, as far as they are empty. */
  async #removeEmpty(directory: string): Promise<void> {
    const root = await this.#realRoot();
    for (let path = directory; path.startsWith(root + sep); path = dirname(path)) {
      try {
        await rmdir(path);
      } catch (error) {
        if (hasCode(error, "ENOTEMPTY", "EEXIST", "ENOENT")) return;
        throw error;
      }
    }
  }
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}
