/** How long to wait before the next attempt: doubles from the first to the longest pause, with jitter. */

export type BackoffOptions = {
  firstMs: number;
  longestMs: number;
  /** A number in [0, 1), as from `Math.random`. */
  random: () => number;
};

export class Backoff {
  #attempt = 0;
  readonly #options: BackoffOptions;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** The next pause, ms: between half and all of what doubling gives, so that many cameras do not retry in step. */
  next(): number {
    const { firstMs, longestMs, random } = this.#options;
    const fullMs = Math.min(longestMs, firstMs * 2 ** Math.min(this.#attempt++, 30));
    return Math.round(fullMs * (0.5 + random() / 2));
  }

  /** Starts anew, after a healthy while. */
  reset(): void {
    this.#attempt = 0;
  }
}
