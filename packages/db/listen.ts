/**
 * Wakes those who wait for news of a camera: one connection that LISTENs for what `append.ts` notifies. When
 * that connection breaks it is opened again, and everyone is woken, since something may have been missed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** What `append_events` notifies; the payload is a JSON array of streams. */
const CHANNEL = "rokuga_events";

export type Listener = {
  /**
   * Resolves at the next commit that concerns the camera, or after `timeoutMs`, or when `signal` aborts.
   * Call it before reading the state that is waited on, so that no commit falls in between.
   */
  next(cameraId: string, options: { timeoutMs: number; signal?: AbortSignal }): Promise<void>;
  /** Resolves once the connection listens. */
  ready(): Promise<void>;
} & AsyncDisposable;

export function listen(databaseUrl: string, { onError }: { onError: (error: unknown) => void }): Listener {
  const wakers = new Map<string, Set<() => void>>();
  const closing = new AbortController();
  const wake = (stream: string) => {
    for (const resolve of wakers.get(stream) ?? []) resolve();
  };
  const first = Promise.withResolvers<void>();
  const done = keepListening({
    databaseUrl,
    signal: closing.signal,
    onError,
    onReady: () => {
      first.resolve();
      for (const stream of wakers.keys()) wake(stream);
    },
    onNotice: (payload) => {
      for (const stream of JSON.parse(payload) as string[]) wake(stream);
    },
  });
  return {
    ready: () => first.promise,
    async next(cameraId, { timeoutMs, signal }) {
      const stream = `camera/${cameraId}`;
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiting = wakers.get(stream) ?? new Set();
      wakers.set(stream, waiting.add(resolve));
      const timer = setTimeout(resolve, timeoutMs);
      const stop = AbortSignal.any([closing.signal, ...(signal ? [signal] : [])]);
      const abort = () => resolve();
      stop.addEventListener("abort", abort, { once: true });
      if (stop.aborted) resolve();
      try {
        await promise;
      } finally {
        clearTimeout(timer);
        stop.removeEventListener("abort", abort);
        waiting.delete(resolve);
        if (waiting.size === 0) wakers.delete(stream);
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await done;
    },
  };
}

type KeepOptions = {
  databaseUrl: string;
  signal: AbortSignal;
  onError: (error: unknown) => void;
  onReady: () => void;
  onNotice: (payload: string) => void;
};

async function keepListening({
  databaseUrl,
  signal,
  onError,
  onReady,
  onNotice,
}: KeepOptions): Promise<void> {
  while (!signal.aborted) {
    const client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    const ended = Promise.withResolvers<void>();
    client.on("end", () => ended.resolve());
    client.on("error", (error) => {
      if (!signal.aborted) onError(error);
      ended.resolve();
    });
    client.on("notification", (notice) => onNotice(notice.payload ?? "[]"));
    signal.addEventListener("abort", () => ended.resolve(), { once: true });
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      onReady();
      await ended.promise;
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
    await client.end().catch(() => undefined);
    await sleep(1_000, undefined, { signal }).catch(() => undefined);
  }
}
