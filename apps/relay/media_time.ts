/** Unwraps timestamps of 33 bits (ISO/IEC 13818-1 §2.4.3.7), which start again every 26.5 hours, over a run. */

const WRAP = 2 ** 33;

export class TickUnwrapper {
  #last: number | undefined;

  /** The timestamp nearest to the one before that is equal to `ticks` modulo 2³³. */
  unwrap(ticks: number): number {
    const last = this.#last ?? ticks;
    const delta = ((((ticks - last + WRAP / 2) % WRAP) + WRAP) % WRAP) - WRAP / 2;
    this.#last = last + delta;
    return this.#last;
  }
}
