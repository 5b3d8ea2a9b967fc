/**
 * A producer's connection to the queue: opened when it is first needed, and anew after an attempt that failed. It
 * counts how often the queue was reached anew, because what was queued before may then be gone.
 *
 * Redis: that is whenever the connection is ready again, also when nobody called in between. PostgreSQL, whose
 * connections come and go with the calls: with the first call that succeeds after one failed, or after a
 * connection broke.
 */
import { once } from "node:events";
import { type Backend, openBackend } from "./backend.ts";
import { type LaneQueues, openQueues, REACH_MS } from "./open_queues.ts";

export class Reach implements AsyncDisposable {
  readonly #backend: Backend;
  readonly #onError: (error: Error) => void;
  #opening: Promise<LaneQueues> | undefined;
  #isLost = true;
  #connections = 0;

  /** `onError` hears of every connection that broke. Throws SettingError when the URL can never work. */
  constructor(url: string, { onError }: { onError: (error: Error) => void }) {
    this.#onError = (error) => {
      this.#isLost = true;
      onError(error);
    };
    this.#backend = openBackend(url, { role: "producer", onError: this.#onError });
    if (this.#backend.kind === "redis") this.#backend.connection.on("ready", () => this.#connections++);
  }

  get connections(): number {
    return this.#connections;
  }

  /** Rejects soon, with "The queue cannot be reached", when it is away. */
  async run<T>(use: (queues: LaneQueues) => Promise<T>): Promise<T> {
    try {
      const result = await use(await this.#queues());
      if (this.#backend.kind === "postgres" && this.#isLost) this.#connections++;
      this.#isLost = false;
      return result;
    } catch (error) {
      this.#isLost = true;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const queues = await this.#opening?.catch(() => undefined);
    await queues?.[Symbol.asyncDispose]();
    await this.#backend.close();
  }

  async #queues(): Promise<LaneQueues> {
    let opening: Promise<LaneQueues> | undefined;
    try {
      await this.#untilConnected();
      opening = this.#opening ??= openQueues(this.#backend, { onError: this.#onError });
      return await opening;
    } catch (cause) {
      // The next call makes them anew, unless another one has already.
      if (this.#opening === opening) this.#opening = undefined;
      throw new Error("The queue cannot be reached", { cause });
    }
  }

  /** An attempt to connect that is under way is waited for; the pause between two attempts is not. */
  async #untilConnected(): Promise<void> {
    if (this.#backend.kind === "postgres") return;
    const { connection } = this.#backend;
    if (connection.status === "ready") return;
    if (connection.status === "connecting" || connection.status === "connect") {
      const settled = new AbortController();
      const limit = AbortSignal.any([settled.signal, AbortSignal.timeout(REACH_MS)]);
      await Promise.race(["ready", "close"].map((event) => once(connection, event, { signal: limit }))).catch(
        () => undefined,
      );
      settled.abort();
    }
    if ((connection.status as string) === "ready") return;
    throw new Error("its connection is lost and being opened again");
  }
}
