/**
 * Stepping by single frames. Browsers have no such command: the step is a seek to the middle of the next or
 * previous frame, for which the frame's duration must be known. Pure; the media element feeds it what it showed.
 */

/** What is known of the frames shown so far. */
export type FrameClock = {
  /** Media time of the frame on the screen, s; null before the first. */
  shownS: number | null;
  /** Shortest distance seen between two frames that followed each other, s. */
  frameS: number | null;
};

export const NO_FRAMES: FrameClock = { shownS: null, frameS: null };

/** Used until the camera's own frame rate is known. */
const USUAL_FRAME_S = 1 / 25;
/** Frames further apart are not neighbours (a seek, a gap), and closer ones are rounding, s. */
const LONGEST_FRAME_S = 1.1;
const SHORTEST_FRAME_S = 1 / 250;

/** Takes note of a frame that was put on the screen. */
export function frameShown(clock: FrameClock, mediaTimeS: number): FrameClock {
  const distance = clock.shownS === null ? null : mediaTimeS - clock.shownS;
  const plausible = distance !== null && distance >= SHORTEST_FRAME_S && distance <= LONGEST_FRAME_S;
  return {
    shownS: mediaTimeS,
    frameS: plausible ? Math.min(distance, clock.frameS ?? distance) : clock.frameS,
  };
}

/** The media time to seek to for the next (`1`) or the previous (`-1`) frame, s. */
export function stepTarget(clock: FrameClock, step: { currentS: number; direction: 1 | -1 }): number {
  const frameS = clock.frameS ?? USUAL_FRAME_S;
  const near = clock.shownS !== null && Math.abs(clock.shownS - step.currentS) <= 2 * frameS;
  const shownS = near && clock.shownS !== null ? clock.shownS : step.currentS;
  return Math.max(0, shownS + (step.direction + 0.5) * frameS);
}
