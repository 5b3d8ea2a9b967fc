/**
 * Where the timeline has what, from top to bottom: the ruler, and a line for each camera. Pure; CSS pixels. What is
 * drawn, what is pressed and what is laid over the canvas go by this.
 */

export type Lane = { top: number; bottom: number };

export type Layout = {
  /** Times stand above this; the playhead's handle hangs from it. */
  rulerPx: number;
  lanes: Lane[];
  heightPx: number;
};

const RULER_PX = 26;
const SINGLE_PX = 44;
const LANE_PX = 20;
const BETWEEN_PX = 4;
const BOTTOM_PX = 8;

/** The layout for a number of cameras; without cameras there is the line of none. */
export function layoutOf(cameras: number): Layout {
  const count = Math.max(1, cameras);
  const linePx = count === 1 ? SINGLE_PX : LANE_PX;
  const lanes = Array.from({ length: count }, (_, index) => {
    const top = RULER_PX + index * (linePx + BETWEEN_PX);
    return { top, bottom: top + linePx };
  });
  return { rulerPx: RULER_PX, lanes, heightPx: lanes.at(-1)!.bottom + BOTTOM_PX };
}

/** Which lane is at a height; null on the ruler. What lies between two belongs to the upper one. */
export function laneAt({ rulerPx, lanes }: Layout, y: number): number | null {
  if (y < rulerPx) return null;
  const below = lanes.findIndex(({ top }) => y < top);
  return below === -1 ? lanes.length - 1 : Math.max(0, below - 1);
}

/** How near to the playhead a press takes hold of it, CSS pixels; a finger is less exact than a mouse. */
const GRIP_PX = 7;
const FINGER_GRIP_PX = 20;

/** Whether a press drags the playhead, on it or anywhere on the ruler, or pans. */
export function isScrub(
  layout: Layout,
  press: { x: number; y: number; playheadX: number | null; finger: boolean },
): boolean {
  const { x, y, playheadX, finger } = press;
  if (y < layout.rulerPx) return true;
  return playheadX !== null && Math.abs(x - playheadX) <= (finger ? FINGER_GRIP_PX : GRIP_PX);
}
