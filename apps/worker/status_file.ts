/**
 * The worker's status as a file of the spool, which the relay reads: written anew every few seconds, and at once
 * when something changed; removed when the worker stops. A spool that is missing is no reason to stop.
 */
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { WORKERS } from "@rokuga/media/spool_layout.ts";
import { type WorkerStatus, workerStatusPath } from "@rokuga/media/worker_status.ts";
import { atMostEvery } from "@rokuga/runtime/abort.ts";
import type { Log } from "@rokuga/runtime/log.ts";

/** How often it is written, ms. */
const PERIOD_MS = 5_000;

/** A status that is so old is of a worker that was killed, ms. */
const STALE_MS = 3_600_000;

/** Names this worker among all on the spool: by its machine and its process. */
export function newWorkerId(): string {
  return `${hostname()
    .replaceAll(/[^A-Za-z0-9._-]/g, "-")
    .slice(0, 80)}-${process.pid}`;
}

export type StatusFileOptions = {
  spool: string;
  workerId: string;
  status: () => WorkerStatus;
  log: Log;
  periodMs?: number;
};

export class StatusFile implements AsyncDisposable {
  readonly #options: StatusFileOptions;
  readonly #warn: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> | undefined;
  #isChanged = false;

  constructor(options: StatusFileOptions) {
    const { log, periodMs = PERIOD_MS } = options;
    this.#options = options;
    this.#warn = atMostEvery(60_000, (error: unknown) =>
      log.warn("the worker's status cannot be written to the spool", { error }),
    );
    this.#timer = setInterval(() => this.changed(), periodMs);
    this.changed();
    void this.#removeStale();
  }

  /** Writes it at once, or once more when it is just being written. */
  changed(): void {
    this.#isChanged = true;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await rm(this.#path, { force: true }).catch(this.#warn);
  }

  get #path(): string {
    return workerStatusPath(this.#options.spool, this.#options.workerId);
  }

  async #writeAll(): Promise<void> {
    while (this.#isChanged) {
      this.#isChanged = false;
      await this.#write().catch(this.#warn);
    }
  }

  async #write(): Promise<void> {
    const { spool, status } = this.#options;
    // Not recursive: a spool that is not mounted must not be made beside its disk.
    await mkdir(join(spool, WORKERS)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    const temporary = `${this.#path}.new`;
    await writeFile(temporary, JSON.stringify(status()));
    await rename(temporary, this.#path);
  }

  async #removeStale(): Promise<void> {
    const directory = join(this.#options.spool, WORKERS);
    for (const name of await readdir(directory).catch(() => [])) {
      const path = join(directory, name);
      const isStale = await stat(path).then(
        ({ mtimeMs }) => Date.now() - mtimeMs > STALE_MS,
        () => false,
      );
      if (isStale) await rm(path, { force: true }).catch(this.#warn);
    }
  }
}
