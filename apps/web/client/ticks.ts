/**
 * Where a time axis has its marks: at round local times, so that days begin at local midnight and hours stay
 * whole across a change of the clocks. Pure; it says where and of which kind, formats.ts says how they read.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import { DAY_MS, HOUR_MS, localDay, MINUTE_MS, offsetChanges, offsetMs, SECOND_MS } from "./zone.ts";

export type Tick = {
  ms: number;
  /** `day`: the first instant of a local day. `time`: any other. */
  kind: "day" | "time";
  /** The clocks show this local time twice: a label must say which of the two it is. */
  repeated: boolean;
};

export type Ticks = {
  /** Distance between labelled ticks, ms; whole days are local days of 23 to 25 hours. */
  stepMs: number;
  labelled: Tick[];
  /** Instants of the marks between, without those that are labelled. */
  minor: number[];
};

/** Distances between labelled ticks and, for each, between the marks under them. */
const STEPS: readonly (readonly [labelledMs: number, minorMs: number])[] = [
  [100, 20],
  [200, 50],
  [500, 100],
  [SECOND_MS, 200],
  [2 * SECOND_MS, 500],
  [5 * SECOND_MS, SECOND_MS],
  [10 * SECOND_MS, 2 * SECOND_MS],
  [15 * SECOND_MS, 5 * SECOND_MS],
  [30 * SECOND_MS, 5 * SECOND_MS],
  [MINUTE_MS, 10 * SECOND_MS],
  [2 * MINUTE_MS, 30 * SECOND_MS],
  [5 * MINUTE_MS, MINUTE_MS],
  [10 * MINUTE_MS, 2 * MINUTE_MS],
  [15 * MINUTE_MS, 5 * MINUTE_MS],
  [30 * MINUTE_MS, 5 * MINUTE_MS],
  [HOUR_MS, 15 * MINUTE_MS],
  [2 * HOUR_MS, 30 * MINUTE_MS],
  [3 * HOUR_MS, HOUR_MS],
  [6 * HOUR_MS, HOUR_MS],
  [12 * HOUR_MS, 3 * HOUR_MS],
  [DAY_MS, 6 * HOUR_MS],
  [2 * DAY_MS, 12 * HOUR_MS],
  [7 * DAY_MS, DAY_MS],
  [14 * DAY_MS, DAY_MS],
  [28 * DAY_MS, 7 * DAY_MS],
];

/** The ticks of a range that is drawn `widthPx` wide, with labels at least `labelPx` apart. */
export function ticksOf(
  range: TimeRange,
  options: { zone: string; widthPx: number; labelPx: number },
): Ticks {
  const { zone, widthPx, labelPx } = options;
  const msPerPx = (range.endMs - range.startMs) / widthPx;
  const [stepMs, minorMs] = STEPS.find(([labelledMs]) => labelledMs >= labelPx * msPerPx) ?? STEPS.at(-1)!;
  const changes = offsetChanges({ startMs: range.startMs - DAY_MS, endMs: range.endMs + DAY_MS }, zone);
  const labelled = roundInstants(range, { zone, stepMs, changes }).map((ms) => ({
    ms,
    kind: isDayStart(ms, zone) ? ("day" as const) : ("time" as const),
    repeated: isRepeated(ms, { zone, changes }),
  }));
  const taken = new Set(labelled.map((tick) => tick.ms));
  const minor = roundInstants(range, { zone, stepMs: minorMs, changes }).filter((ms) => !taken.has(ms));
  return { stepMs, labelled, minor };
}

type Steps = { zone: string; stepMs: number; changes: readonly number[] };

/** The instants in a range at which the local time is a multiple of the step, or a local day of the step begins. */
function roundInstants(range: TimeRange, { zone, stepMs, changes }: Steps): number[] {
  const borders = [...changes.filter((ms) => ms > range.startMs && ms < range.endMs), range.endMs];
  const instants: number[] = [];
  let fromMs = range.startMs;
  for (const toMs of borders) {
    const offset = offsetMs(fromMs, zone);
    const aligned = Math.min(stepMs, DAY_MS);
    // Where clocks are set forward over midnight, the day begins at the change.
    if (stepMs >= DAY_MS && changes.includes(fromMs) && isDayStart(fromMs, zone)) instants.push(fromMs);
    for (let ms = Math.ceil((fromMs + offset) / aligned) * aligned - offset; ms < toMs; ms += aligned) {
      if (ms !== instants.at(-1)) instants.push(ms);
    }
    fromMs = toMs;
  }
  if (stepMs < DAY_MS) return instants;
  return instants.filter((ms) => isDayStart(ms, zone) && isWholeStep(localDay(ms, zone), stepMs / DAY_MS));
}

/** Steps of whole weeks count from Mondays (day 4 of the epoch was one), other days from the epoch. */
function isWholeStep(day: number, days: number): boolean {
  return days % 7 === 0 ? (day - 4) % days === 0 : day % days === 0;
}

function isDayStart(ms: number, zone: string): boolean {
  return localDay(ms - 1, zone) < localDay(ms, zone);
}

/** Whether the clocks were or will be set back over this local time. */
function isRepeated(ms: number, { zone, changes }: Omit<Steps, "stepMs">): boolean {
  return changes.some((changeMs) => {
    const backMs = offsetMs(changeMs - 1, zone) - offsetMs(changeMs, zone);
    return backMs > 0 && ms >= changeMs - backMs && ms < changeMs + backMs;
  });
}
