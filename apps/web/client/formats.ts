/**
 * How times and durations read in a language and a time zone. Pure; hours are 0 to 23, because footage is read
 * by the second and a misread "p.m." is half a day.
 */
import type { Language } from "../i18n/language.ts";
import type { Tick } from "./ticks.ts";
import { DAY_MS, HOUR_MS, localDay, MINUTE_MS, SECOND_MS } from "./zone.ts";

export type Formats = {
  /** The zone that times are shown in, as its IANA name. */
  zone: string;
  /** 14:03:22 */
  time(ms: number): string;
  /** Thu, 12 Mar 2026 */
  date(ms: number): string;
  /** The days of a range: Thu, 12 Mar 2026, or 11 Nov – 12 Dec 2026. */
  days(range: { startMs: number; endMs: number }): string;
  /** Thu, 12 Mar 2026, 14:03:22 */
  dateTime(ms: number): string;
  /** The time, with the date when it is not the day of `nowMs`. */
  moment(ms: number, nowMs: number): string;
  /** 10:02:00–10:05:30, with dates where they are needed. */
  range(range: { startMs: number; endMs: number }, nowMs: number): string;
  /** 1 h 5 min: the two largest units. */
  duration(ms: number): string;
  /** 38 MB */
  bytes(count: number): string;
  /** The label of a tick of the time axis. */
  tick(tick: Tick, stepMs: number): string;
};

const LOCALES = { en: "en-GB", ja: "ja-JP" } as const;

const UNITS = {
  en: { day: " d", hour: " h", minute: " min", second: " s", between: " " },
  ja: { day: "日", hour: "時間", minute: "分", second: "秒", between: "" },
} as const;

/** The formats of a language in a zone. Throws a RangeError for a zone that Intl does not know. */
export function createFormats(language: Language, zone: string): Formats {
  const format = (options: Intl.DateTimeFormatOptions) => {
    const formatter = new Intl.DateTimeFormat(LOCALES[language], {
      timeZone: zone,
      hourCycle: "h23",
      ...options,
    });
    return (ms: number) => formatter.format(ms);
  };
  const hourMinute = { hour: "2-digit", minute: "2-digit" } as const;
  const full = { ...hourMinute, second: "2-digit" } as const;
  const time = format(full);
  const shortTime = format(hourMinute);
  const date = format({ weekday: "short", year: "numeric", month: "short", day: "numeric" });
  const severalDays = new Intl.DateTimeFormat(LOCALES[language], {
    timeZone: zone,
    dateStyle: "medium",
  });
  const shortDate = format({ weekday: "short", month: "short", day: "numeric" });
  const zonedTime = format({ ...hourMinute, timeZoneName: "short" });
  const monthDay = format({ month: "short", day: "numeric" });
  const sameDay = (a: number, b: number) => localDay(a, zone) === localDay(b, zone);
  const moment = (ms: number, nowMs: number) =>
    sameDay(ms, nowMs) ? time(ms) : `${shortDate(ms)} ${time(ms)}`;
  return {
    zone,
    time,
    date,
    days({ startMs, endMs }) {
      const lastMs = endMs - 1;
      return sameDay(startMs, lastMs) ? date(startMs) : severalDays.formatRange(startMs, lastMs);
    },
    dateTime: (ms) => `${date(ms)} ${time(ms)}`,
    moment,
    range({ startMs, endMs }, nowMs) {
      const end = sameDay(startMs, endMs) ? time(endMs) : moment(endMs, startMs);
      return `${moment(startMs, nowMs)}–${end}`;
    },
    duration: (ms) => duration(ms, language),
    bytes: (count) => bytesText(count, LOCALES[language]),
    tick(tick, stepMs) {
      if (tick.kind === "day") return stepMs >= 2 * DAY_MS ? monthDay(tick.ms) : shortDate(tick.ms);
      if (tick.repeated) return zonedTime(tick.ms);
      if (stepMs < SECOND_MS) return `${time(tick.ms)}.${Math.floor((tick.ms % SECOND_MS) / 100)}`;
      return stepMs < MINUTE_MS ? time(tick.ms) : shortTime(tick.ms);
    },
  };
}

/** A duration in its two largest units; below a minute in seconds. */
export function duration(ms: number, language: Language): string {
  const unit = UNITS[language];
  const seconds = Math.max(0, Math.round(ms / SECOND_MS));
  const sizes = [
    [DAY_MS / SECOND_MS, unit.day],
    [HOUR_MS / SECOND_MS, unit.hour],
    [MINUTE_MS / SECOND_MS, unit.minute],
    [1, unit.second],
  ] as const;
  const largest = sizes.findIndex(([size]) => seconds >= size);
  if (largest === -1) return `0${unit.second}`;
  let rest = seconds;
  const parts: string[] = [];
  for (const [size, name] of sizes.slice(largest, largest + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${name}`);
  }
  return parts.join(unit.between);
}

/** Of 1,000 each, as disks are sold and browsers show downloads. */
const BYTE_UNITS = ["kilobyte", "megabyte", "gigabyte"] as const;

function bytesText(count: number, locale: string): string {
  const size = count < 999_500 ? 0 : count < 999_500_000 ? 1 : 2;
  const value = count / 1_000 ** (size + 1);
  const digits = value < 10 && size > 0 ? 1 : 0;
  const unit = { style: "unit", unit: BYTE_UNITS[size]!, unitDisplay: "short" } as const;
  return new Intl.NumberFormat(locale, { ...unit, maximumFractionDigits: digits }).format(value);
}
