/**
 * Shares the uplink among uploads: live footage before the backlog, and no more than the cap. Who is next is
 * decided in upload_turns.ts; here are the waiting and the timer.
 */
import type { Pace } from "@rokuga/storage/storage.ts";
import { type Importance, type Turn, UploadTurns } from "./upload_turns.ts";

export type Upload = Disposable & {
  /** For the store's put; undefined when the upload need not wait for anything. */
  readonly pace: Pace | undefined;
};

type Waiting = { resolve: () => void; reject: (reason: unknown) => void };

/** Timers fire up to a millisecond early. */
const TIMER_MS = 1;

export class Pacer {
  readonly #isCapped: boolean;
  readonly #turns: UploadTurns;
  readonly #waiting = new Map<Turn, Waiting>();
  #timer: NodeJS.Timeout | undefined;

  /** `bitsPerSecond`: most that all uploads together may send; undefined for no cap. */
  constructor({ bitsPerSecond }: { bitsPerSecond?: number | undefined } = {}) {
    this.#isCapped = bitsPerSecond !== undefined;
    this.#turns = new UploadTurns({ bitsPerSecond, nowMs: performance.now() });
  }

  /** An upload begins; it ends when it is disposed of. The signal ends its waiting with its reason. */
  begin(importance: Importance, signal: AbortSignal): Upload {
    this.#turns.begin(importance);
    const asked = new Set<Turn>();
    const isPaced = this.#isCapped || importance === "backlog";
    return {
      pace: isPaced ? (bytes) => this.#wait({ importance, bytes, asked, signal }) : undefined,
      [Symbol.dispose]: () => {
        this.#turns.end(importance);
        for (const turn of asked) this.#withdraw(turn, new Error("the upload has ended"));
        this.#serve();
      },
    };
  }

  async #wait(ask: {
    importance: Importance;
    bytes: number;
    asked: Set<Turn>;
    signal: AbortSignal;
  }): Promise<void> {
    const { importance, bytes, asked, signal } = ask;
    signal.throwIfAborted();
    const turn: Turn = { importance, bytes, askedMs: performance.now() };
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = () => this.#withdraw(turn, signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    asked.add(turn);
    this.#waiting.set(turn, { resolve, reject });
    this.#turns.ask(turn);
    this.#serve();
    try {
      await promise;
    } finally {
      asked.delete(turn);
      signal.removeEventListener("abort", stop);
    }
  }

  #withdraw(turn: Turn, reason: unknown): void {
    this.#turns.withdraw(turn);
    this.#waiting.get(turn)?.reject(reason);
    this.#waiting.delete(turn);
  }

  /** Lets go whoever may, and looks again when the next one may. */
  #serve(): void {
    clearTimeout(this.#timer);
    for (;;) {
      const next = this.#turns.next(performance.now());
      if (next === undefined) return;
      if (typeof next === "number") {
        this.#timer = setTimeout(() => this.#serve(), Math.ceil(next) + TIMER_MS);
        return;
      }
      this.#waiting.get(next)?.resolve();
      this.#waiting.delete(next);
    }
  }
}
