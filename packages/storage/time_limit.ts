/** Limits on waiting: for a promise, and for the next bytes of a stream. */
import type { Readable } from "node:stream";

/** Given up on after its time; the caller says of what. */
export class TimeLimitError extends Error {
  override name = "TimeLimitError";
}

/**
 * The promise, or the signal's reason when that aborts first, or {@link TimeLimitError} after `limitMs`. What
 * the promise stands for goes on in the background: file operations cannot be stopped.
 */
export function limited<T>(work: Promise<T>, limitMs: number, signal?: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new TimeLimitError(`no answer within ${limitMs} ms`)), limitMs);
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  work.then(resolve, reject);
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  });
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
