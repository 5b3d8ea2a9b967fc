/** Limits on waiting: for a promise, and for the next bytes of a stream. */
import type { Readable } from "node:stream";

/** Given up on after its time; the caller says of what. */
export class TimeLimitError extends Error {
  override name = "TimeLimitError";
}

/**
 * The promise, or the signal's reason when that aborts first, or {@link TimeLimitError} after the limit, ms. What
 * the promise stands for goes on in the background: file operations cannot be stopped.
 */
export function limited<T>(work: Promise<T>, limit: number | TimeLimit, signal?: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timeLimit = typeof limit === "number" ? new TimeLimit(limit) : limit;
  timeLimit.start(reject);
  unlessAborted(work, signal).then(resolve, reject);
  return promise.finally(() => timeLimit.stop());
}

/** The promise, or the signal's reason when that aborts first. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  work.then(resolve, reject);
  return promise.finally(() => signal.removeEventListener("abort", abort));
}

/** A limit that stands still while the work waits for something of its own accord. For one `limited` call. */
export class TimeLimit {
  readonly #limitMs: number;
  #leftMs: number;
  #startedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #onTime: ((error: TimeLimitError) => void) | undefined;
  #waiting = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#leftMs = limitMs;
  }

  start(onTime: (error: TimeLimitError) => void): void {
    this.#onTime = onTime;
    if (this.#waiting === 0) this.#run();
  }

  stop(): void {
    this.#onTime = undefined;
    clearTimeout(this.#timer);
  }

  /** What `wait` gives. The time that it takes does not count. */
  async outside<T>(wait: () => Promise<T>): Promise<T> {
    if (this.#waiting++ === 0 && this.#onTime) {
      clearTimeout(this.#timer);
      this.#leftMs -= performance.now() - this.#startedMs;
    }
    try {
      return await wait();
    } finally {
      if (--this.#waiting === 0 && this.#onTime) this.#run();
    }
  }

  #run(): void {
    this.#startedMs = performance.now();
    this.#timer = setTimeout(
      () => this.#onTime?.(new TimeLimitError(`no answer within ${this.#limitMs} ms`)),
      Math.max(0, this.#leftMs),
    );
  }
}

export type BodyOptions = {
  /** Time for the next bytes to come once the consumer wants them. A consumer may pause as long as it likes. */
  idleMs: number;
  signal: AbortSignal | undefined;
  /** Makes the error that the consumer gets. */
  explain: (error: unknown) => unknown;
};

/** A web stream over a Node stream, which is destroyed when the consumer cancels, the signal aborts or time is up. */
export function webStream(
  source: Readable,
  { idleMs, signal, explain }: BodyOptions,
): ReadableStream<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const abort = () => source.destroy();
  // An error between two reads is reported by the next read.
  source.on("error", () => undefined);
  signal?.addEventListener("abort", abort, { once: true });
  const end = () => {
    signal?.removeEventListener("abort", abort);
    source.destroy();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await limited(chunks.next(), idleMs, signal);
          if (!done)
            return controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
          // A stream that was destroyed by the signal ends like one that is complete.
          signal?.throwIfAborted();
          end();
          controller.close();
        } catch (error) {
          end();
          controller.error(signal?.aborted ? signal.reason : explain(error));
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}
