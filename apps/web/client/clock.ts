/**
 * The server's clock as the browser sees it. Delays ("18 s behind") and the live edge are reckoned in server
 * time, so a viewer whose own clock is wrong still reads the truth. Good to half a request's round trip.
 */

export type ServerClock = {
  /** The server's time now, ms since the epoch. */
  nowMs(): number;
  /** Learns from an answer that carried the server's time. */
  learn(answer: { serverMs: number; sentAtMs: number; receivedAtMs: number }): void;
};

/** Answers slower than this say too little about the clock, ms. */
const USEFUL_ROUND_TRIP_MS = 2_000;

/** What to add to the browser's clock to get the server's, ms: the answer is taken to be made half-way. */
export function clockOffsetMs(answer: { serverMs: number; sentAtMs: number; receivedAtMs: number }): number {
  return answer.serverMs - (answer.sentAtMs + answer.receivedAtMs) / 2;
}

export function createServerClock(browserNowMs: () => number = Date.now): ServerClock {
  let offsetMs: number | undefined;
  return {
    nowMs: () => Math.round(browserNowMs() + (offsetMs ?? 0)),
    learn(answer) {
      const slow = answer.receivedAtMs - answer.sentAtMs > USEFUL_ROUND_TRIP_MS;
      if (slow && offsetMs !== undefined) return;
      offsetMs = clockOffsetMs(answer);
    },
  };
}
