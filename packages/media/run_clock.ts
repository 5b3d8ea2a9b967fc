/**
 * Where the media time of a run lies on the wall clock (docs/design/time.md).
 *
 * A frame can only arrive late, never early, so the least-delayed frame of a stretch tells best when the run's
 * time zero was: the minimum over frames of arrival time minus media time elapsed. The first segment starts
 * there; each later one where the one before ended, moved toward the wall clock by at most 500 ppm of the time
 * between, so that footage never jumps. A step of the wall clock during a run does not move footage.
 *
 * Arrival times come from a monotonic clock that was set by the wall clock when the run began; the caller reads
 * the clocks, this module only computes.
 */
import { TICKS_PER_MS } from "./segment.ts";

/** The strongest correction toward the wall clock: half a millisecond a second. */
export const MAX_CORRECTION = 500e-6;

/** A step: wall and monotonic clock disagree by more than they did before by this, ms. Slewing by NTP stays below it. */
export const STEP_MS = 500;

export type ClockReading = { wallMs: number; monotonicMs: number };

export type WallClockStep = { atMs: number; byMs: number };

export class RunClock {
  /** Wall minus monotonic, ms: follows the wall clock, but not its steps. */
  #offsetMs: number;
  /** What steps have added to the wall clock since the run began, ms. */
  #steppedMs = 0;
  /** Least of arrival minus media time over the current segment, ms: the wall time of media tick 0. */
  #zeroMs = Number.POSITIVE_INFINITY;
  #movedMs = 0;
  #next: { ticks: number; ms: number } | undefined;

  constructor(start: ClockReading) {
    this.#offsetMs = start.wallMs - start.monotonicMs;
  }

  /**
   * Notes that the frame with media time `ticks` (unwrapped over the run) had arrived at `now`.
   * Returns the step of the wall clock that was seen, if any.
   */
  observe(ticks: number, now: ClockReading): WallClockStep | undefined {
    const disagreementMs = now.wallMs - this.#steppedMs - now.monotonicMs - this.#offsetMs;
    const stepped = Math.abs(disagreementMs) > STEP_MS;
    if (stepped) this.#steppedMs += disagreementMs;
    else this.#offsetMs += disagreementMs;
    const arrivalMs = now.monotonicMs + this.#offsetMs;
    this.#zeroMs = Math.min(this.#zeroMs, arrivalMs - ticks / TICKS_PER_MS);
    return stepped ? { atMs: arrivalMs, byMs: disagreementMs } : undefined;
  }

  /** The whole run is moved elsewhere by so much, ms: what comes is placed on the same scale as what was. */
  moveBy(byMs: number): void {
    this.#movedMs += byMs;
  }

  /** When the frame at `ticks` was sent, by the least-delayed frame since the last segment was closed. */
  arrivalOf(ticks: number): number | undefined {
    return Number.isFinite(this.#zeroMs) ? this.#zeroMs + ticks / TICKS_PER_MS - this.#movedMs : undefined;
  }

  /**
   * Places a closed segment: media time from `startTicks` to `endTicks` (unwrapped over the run). Segments are
   * to be closed in order. Needs at least one observation, or the place of the segment before.
   */
  close({ startTicks, endTicks }: { startTicks: number; endTicks: number }): {
    startMs: number;
    endMs: number;
    /** How much too late it is placed at least, ms: a frame of it had arrived before. */
    lateByMs: number;
  } {
    const targetMs = (ticks: number) => this.#zeroMs + ticks / TICKS_PER_MS - this.#movedMs;
    const start = this.#next
      ? this.#next.ms + (startTicks - this.#next.ticks) / TICKS_PER_MS
      : targetMs(startTicks);
    if (!Number.isFinite(start))
      throw new Error("Cannot place a segment on the clock: no frame of its run was observed");
    const elapsedMs = (endTicks - startTicks) / TICKS_PER_MS;
    const errorMs = Number.isFinite(this.#zeroMs) ? targetMs(endTicks) - (start + elapsedMs) : 0;
    const most = MAX_CORRECTION * elapsedMs;
    const end = start + elapsedMs + Math.min(most, Math.max(-most, errorMs));
    this.#next = { ticks: endTicks, ms: end };
    this.#zeroMs = Number.POSITIVE_INFINITY;
    return { startMs: Math.round(start), endMs: Math.round(end), lateByMs: Math.max(0, -errorMs) };
  }
}
