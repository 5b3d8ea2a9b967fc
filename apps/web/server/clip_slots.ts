/**
 * Bounds how much goes on at a time: so many at once, so many more that wait their turn, and the rest is turned away
 * at once, because an answer that comes much later helps nobody.
 */

/** There are as many that wait as may. */
export class NoSlotError extends Error {
  override name = "NoSlotError";
}

export type Slot = Disposable;

export class Slots {
  readonly #most: number;
  readonly #mostWaiting: number;
  #taken = 0;
  #waiting: (() => void)[] = [];

  constructor({ most, mostWaiting }: { most: number; mostWaiting: number }) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** A slot, to be disposed of. Throws {@link NoSlotError} at once, or the signal's reason while it waits. */
  async take(signal: AbortSignal): Promise<Slot> {
    signal.throwIfAborted();
    if (this.#taken < this.#most) this.#taken++;
    else {
      if (this.#waiting.length >= this.#mostWaiting) throw new NoSlotError("All slots are taken");
      await this.#turn(signal);
    }
    let isFree = false;
    return {
      [Symbol.dispose]: () => {
        if (isFree) return;
        isFree = true;
        this.#pass();
      },
    };
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => {
      this.#waiting = this.#waiting.filter((one) => one !== resolve);
      reject(signal.reason);
    };
    this.#waiting.push(resolve);
    signal.addEventListener("abort", abort, { once: true });
    await promise.finally(() => signal.removeEventListener("abort", abort));
  }

  /** The slot goes to the one that has waited longest. */
  #pass(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken--;
  }
}
