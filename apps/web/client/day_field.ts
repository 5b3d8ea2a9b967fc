/** Between instants and what fields for days hold (`2026-01-31`), in a zone. */
import { instantOf, localTime } from "./zone.ts";

/** The day that an instant is on, as a field holds it. */
export function dayField(ms: number, zone: string): string {
  const { year, month, day } = localTime(ms, zone);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

/** The end of the day of a field, ms: of what holds until a day, the day is a part. Null for what is no day. */
export function endOfDay(field: string, zone: string): number | null {
  const [year, month, day] = field.split("-").map(Number);
  if (!year || !month || !day) return null;
  // Days do not all have 24 h: the next one's beginning is asked for by its date.
  const next = new Date(Date.UTC(year, month - 1, day + 1));
  return instantOf(
    {
      ...{ year: next.getUTCFullYear(), month: next.getUTCMonth() + 1, day: next.getUTCDate() },
      ...{ hour: 0, minute: 0, second: 0 },
    },
    zone,
  );
}
