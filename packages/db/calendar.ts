/** Calendar days of a time zone (Gregorian), from what Intl knows of zones. Pure. */
import type { TimeRange } from "@rokuga/media/api.ts";

const DAY_MS = 86_400_000;

export type CalendarDay = TimeRange & {
  /** `2026-01-31` */
  day: string;
};

/**
 * The days that overlap `range`, whole, in order. A day is 23 or 25 h long where clocks are changed in it. It begins
 * with the first moment that bears its date, which is not midnight where clocks are set forward at midnight.
 * Throws a RangeError for a zone that Intl does not know.
 */
export function calendarDays(range: TimeRange, zone: string): CalendarDay[] {
  const dateAt = dateIn(zone);
  if (range.startMs >= range.endMs) return [];
  const days: CalendarDay[] = [];
  // Dates as UTC midnights: a calendar without zones.
  let date = dateAt(range.startMs);
  let startMs = startOf(date, dateAt);
  while (startMs < range.endMs) {
    const endMs = startOf(date + DAY_MS, dateAt);
    // A date that was left out (the date line was moved) has no moment.
    if (endMs > Math.max(startMs, range.startMs))
      days.push({ day: new Date(date).toISOString().slice(0, 10), startMs, endMs });
    date += DAY_MS;
    startMs = endMs;
  }
  return days;
}

type DateAt = (ms: number) => number;

/** The date that a calendar in `zone` shows at a moment. */
function dateIn(zone: string): DateAt {
  const format = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
    timeZone: zone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
  });
  return (ms) => {
    const { year, month, day } = Object.fromEntries(
      format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]),
    ) as { year: number; month: number; day: number };
    return Date.UTC(year, month - 1, day);
  };
}

/** The first moment at which `date` has come. Zones are less than a day away from UTC. */
function startOf(date: number, dateAt: DateAt): number {
  let low = date - DAY_MS;
  let high = date + DAY_MS;
  // Nearly all days begin on a quarter of an hour; searched for in these, then in milliseconds.
  for (const step of [DAY_MS / 96, 1]) {
    while (high - low > step) {
      const middle = low + Math.floor((high - low) / 2 / step) * step;
      if (dateAt(middle) < date) low = middle;
      else high = middle;
    }
    if (step > 1 && dateAt(high - 1) < date) return high;
  }
  return high;
}
