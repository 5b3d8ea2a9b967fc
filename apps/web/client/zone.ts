/**
 * Wall-clock time in a time zone, from what Intl knows of zones: offsets, the instants at which they change, and
 * the way back from a local date and time to an instant. Gregorian calendar only. Nothing here formats text.
 */
import type { TimeRange } from "@rokuga/media/api.ts";

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** A date and time as a clock on the wall shows it. `month` counts from 1. */
export type LocalTime = {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
};

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    clocks.set(zone, clock);
  }
  return clock;
}

/** What a clock in `zone` shows at an instant. Throws a RangeError for a zone that Intl does not know. */
export function localTime(ms: number, zone: string): LocalTime {
  const parts = Object.fromEntries(
    clockOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year, month, day, hour, minute, second } = parts as LocalTime;
  return { year, month, day, hour, minute, second };
}

/** How far the clocks of `zone` are ahead of UTC at an instant, ms. */
export function offsetMs(ms: number, zone: string): number {
  const whole = Math.floor(ms / SECOND_MS) * SECOND_MS;
  return asIfUtc(localTime(whole, zone)) - whole;
}

/**
 * The instant at which a clock in `zone` shows a local time; the first of the two where clocks are set back, and
 * where they are set forward over it, the instant that is as long after the change as was asked for.
 */
export function instantOf(local: LocalTime, zone: string): number {
  const wanted = asIfUtc(local);
  // Offsets are within a day of UTC and change at most once in two days: one of these two is right.
  const before = wanted - offsetMs(wanted - DAY_MS, zone);
  if (asIfUtc(localTime(before, zone)) === wanted) return before;
  const after = wanted - offsetMs(wanted + DAY_MS, zone);
  return asIfUtc(localTime(after, zone)) === wanted ? after : before;
}

/** The instants inside `range` at which the offset of `zone` changes, in order. */
export function offsetChanges(range: TimeRange, zone: string): number[] {
  const changes: number[] = [];
  for (let startMs = range.startMs; startMs < range.endMs; startMs += DAY_MS) {
    const endMs = Math.min(startMs + DAY_MS, range.endMs);
    const before = offsetMs(startMs, zone);
    if (offsetMs(endMs, zone) === before) continue;
    let low = startMs;
    let high = endMs;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetMs(middle, zone) === before) low = middle;
      else high = middle;
    }
    changes.push(high);
  }
  return changes;
}

/** Number of the local day that holds an instant, counted from 1 January 1970. */
export function localDay(ms: number, zone: string): number {
  return Math.floor((ms + offsetMs(ms, zone)) / DAY_MS);
}

function asIfUtc(local: LocalTime): number {
  const ms = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second);
  return ms;
}

/** Whether Intl knows a zone of this name. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name !== "";
  } catch {
    return false;
  }
}

/** The zone of the viewer's browser, as its IANA name. */
export const browserZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The zones to choose from, this one and the browser's among them. */
export function zonesWith(zone: string): string[] {
  return [...new Set([browserZone(), zone, "UTC", ...Intl.supportedValuesOf("timeZone")])];
}
