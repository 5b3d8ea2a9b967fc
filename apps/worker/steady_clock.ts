/**
 * Watches a clock by a monotonic one: it is steady once it has gone on evenly for a day. What was set meanwhile, ahead
 * or back, is found at the next look.
 */
import { DAY_MS } from "@rokuga/media/retention.ts";

/** More than this between two looks is no drift, ms. */
const JUMP_MS = 300_000;

export class SteadyClock {
  readonly #monotonicMs: () => number;
  #last: { wallMs: number; monotonicMs: number } | undefined;
  #sinceMs = 0;

  constructor(monotonicMs: () => number = () => performance.now()) {
    this.#monotonicMs = monotonicMs;
  }

  /** Whether the clock, which shows `wallMs`, has been steady for a day. */
  look(wallMs: number): boolean {
    const monotonicMs = this.#monotonicMs();
    const last = this.#last;
    this.#last = { wallMs, monotonicMs };
    const jumpMs = last ? wallMs - last.wallMs - (monotonicMs - last.monotonicMs) : Number.POSITIVE_INFINITY;
    if (Math.abs(jumpMs) > JUMP_MS) this.#sinceMs = monotonicMs;
    return monotonicMs - this.#sinceMs >= DAY_MS;
  }
}
