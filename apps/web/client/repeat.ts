/**
 * Asks for something again and again: at an interval while it works, with growing pauses while it does not. One
 * request at a time.
 */
import { backoffMs } from "./backoff.ts";

export type Repeater = Disposable & {
  /** Asks now, unless it is asking. */
  now(): void;
};

export type RepeatOptions = {
  /** Asks once. True: it worked. Rejects only when its signal aborts. */
  ask(signal: AbortSignal): Promise<boolean>;
  /** The pause after success, ms. */
  everyMs(): number;
  /** It failed, and is asked again at this time of the browser's clock. */
  onFailure?(failure: { attempt: number; retryAtMs: number }): void;
};

/** Starts asking at once. */
export function repeat({ ask, everyMs, onFailure }: RepeatOptions): Repeater {
  const ending = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  let attempt = 0;

  const turn = async () => {
    clearTimeout(timer);
    if (asking || ending.signal.aborted) return;
    asking = true;
    // It rejects only when it was aborted, and then nothing follows.
    const worked = await ask(ending.signal).catch(() => false);
    asking = false;
    if (ending.signal.aborted) return;
    attempt = worked ? 0 : attempt + 1;
    const pauseMs = worked ? everyMs() : backoffMs(attempt);
    if (!worked) onFailure?.({ attempt, retryAtMs: Date.now() + pauseMs });
    timer = setTimeout(turn, pauseMs);
  };
  void turn();

  return {
    now: () => void turn(),
    [Symbol.dispose]() {
      ending.abort();
      clearTimeout(timer);
    },
  };
}
