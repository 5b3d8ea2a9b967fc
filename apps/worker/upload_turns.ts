/**
 * Whose piece is sent next, as a pure state machine: time comes in with each call.
 *
 * With a cap on the rate, all pieces draw on one token bucket, live ones first. Without one, pieces of the backlog
 * wait while a live upload is in flight, so that it has the uplink to itself. In both, a piece of the backlog that
 * has waited for {@link LONGEST_WAIT_MS} has a turn, so that its connection is not given up; with a cap at most
 * every other turn.
 */
import { fullBucket, refill, type TokenBucket, take, waitMs } from "./token_bucket.ts";

export type Importance = "live" | "backlog";

export type Turn = { readonly importance: Importance; readonly bytes: number; readonly askedMs: number };

/** After which a piece of the backlog has a turn although live uploads are under way, ms. */
export const LONGEST_WAIT_MS = 5_000;

export class UploadTurns {
  #bucket: TokenBucket | undefined;
  readonly #waiting: Record<Importance, Turn[]> = { live: [], backlog: [] };
  #liveInFlight = 0;
  #lastWasOverdue = false;

  /** `bitsPerSecond`: undefined for no cap. `nowMs`: of a monotonic clock, here and everywhere. */
  constructor({ bitsPerSecond, nowMs }: { bitsPerSecond: number | undefined; nowMs: number }) {
    if (bitsPerSecond !== undefined) this.#bucket = fullBucket(bitsPerSecond, nowMs);
  }

  /** A live upload begins or ends. */
  begin(importance: Importance): void {
    if (importance === "live") this.#liveInFlight++;
  }

  end(importance: Importance): void {
    if (importance === "live") this.#liveInFlight--;
  }

  ask(turn: Turn): void {
    this.#waiting[turn.importance].push(turn);
  }

  /** The turn is not wanted any more. */
  withdraw(turn: Turn): void {
    const waiting = this.#waiting[turn.importance];
    const at = waiting.indexOf(turn);
    if (at >= 0) waiting.splice(at, 1);
  }

  /** The turn that comes now; or in how many ms to ask again; or undefined when nobody waits. */
  next(nowMs: number): Turn | number | undefined {
    const live = this.#waiting.live[0];
    const backlog = this.#waiting.backlog[0];
    if (!live && !backlog) return undefined;
    const overdueInMs = backlog ? Math.max(0, backlog.askedMs + LONGEST_WAIT_MS - nowMs) : Infinity;
    if (!this.#bucket) {
      if (live) return this.#give(live);
      return this.#liveInFlight > 0 && overdueInMs > 0 ? overdueInMs : this.#give(backlog!);
    }
    const isOverdue = overdueInMs === 0 && !(this.#lastWasOverdue && live);
    const turn = isOverdue ? backlog! : (live ?? backlog!);
    this.#bucket = refill(this.#bucket, nowMs);
    const pauseMs = waitMs(this.#bucket, turn.bytes);
    if (pauseMs > 0) return pauseMs;
    this.#lastWasOverdue = isOverdue && live !== undefined;
    this.#bucket = take(this.#bucket, turn.bytes);
    return this.#give(turn);
  }

  #give(turn: Turn): Turn {
    this.withdraw(turn);
    return turn;
  }
}
