/**
 * Does one thing at a time, and of those that were asked for meanwhile only the newest: for what follows a pointer,
 * where the last place counts and those on the way do not.
 */

export type Newest<Q> = Disposable & {
  /** Does it, or leaves it until what is being done is done; what waited before is forgotten. */
  ask(question: Q): void;
  /** Gives up what is being done and what waits. */
  clear(): void;
};

/** `work` may reject only when its signal aborts. */
export function newest<Q>(work: (question: Q, signal: AbortSignal) => Promise<void>): Newest<Q> {
  let running: AbortController | null = null;
  let waiting: { question: Q } | null = null;
  const run = async () => {
    while (waiting) {
      const { question } = waiting;
      waiting = null;
      const mine = new AbortController();
      running = mine;
      await work(question, mine.signal).catch(() => undefined);
      // Given up: whoever asked since then has begun anew.
      if (running !== mine) return;
      running = null;
    }
  };
  const clear = () => {
    waiting = null;
    running?.abort();
    running = null;
  };
  return {
    ask(question) {
      waiting = { question };
      if (!running) void run();
    },
    clear,
    [Symbol.dispose]: clear,
  };
}
