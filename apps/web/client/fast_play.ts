/**
 * Plays keyframes only: the element is paused and sent from one to the next at the pace of the clock. Which and when
 * is decided in fast_plan.ts. Where the network or the decoder is slower than asked, playing waits for it instead of
 * leaping ahead.
 */
import { type Anchor, fastStep } from "./fast_plan.ts";
import type { PlacedFragment } from "./position.ts";

/** How often it is looked whether the next picture is due, ms: at 16× and a keyframe a second it is due each 60. */
const LOOK_EVERY_MS = 20;
/** A picture that took longer than this to come has held up the clock, ms. */
const SLOW_MS = 400;

export type FastSource = {
  video: HTMLVideoElement;
  rate: number;
  fragments(): readonly PlacedFragment[];
  onEnd(): void;
};

export class FastPlay implements Disposable {
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Whether it plays. The element is paused then. */
  get active(): boolean {
    return this.#timer !== undefined;
  }

  /** Plays from where the element is, until it is stopped or the end comes. */
  start({ video, rate, fragments, onEnd }: FastSource): void {
    this.stop();
    video.pause();
    let anchor: Anchor | null = null;
    let askedAtMs: number | null = null;
    this.#timer = setInterval(() => {
      if (video.seeking || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
      const atMs = performance.now();
      // The first picture, and one that was long in coming, begin the count anew.
      if (!anchor || (askedAtMs !== null && atMs - askedAtMs > SLOW_MS))
        anchor = { timeS: video.currentTime, atMs };
      askedAtMs = null;
      const step = fastStep(fragments(), { anchor, rate, atMs, currentS: video.currentTime });
      if (step.kind === "show") {
        askedAtMs = atMs;
        video.currentTime = step.timeS;
      } else if (step.kind === "end") {
        this.stop();
        onEnd();
      }
    }, LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
