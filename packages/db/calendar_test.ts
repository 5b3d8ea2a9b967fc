import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { calendarDays } from "./calendar.ts";

const HOUR_MS = 3_600_000;
const days = (from: string, to: string, zone: string) =>
  calendarDays({ startMs: Date.parse(from), endMs: Date.parse(to) }, zone).map(({ day, startMs, endMs }) => [
    day,
    new Date(startMs).toISOString().slice(0, 16),
    (endMs - startMs) / HOUR_MS,
  ]);

test("the days that overlap a range, whole", () => {
  assert.deepEqual(days("2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", "UTC"), [
    ["2026-01-31", "2026-01-31T00:00", 24],
  ]);
  assert.deepEqual(days("2026-01-31T14:59:59Z", "2026-01-31T15:00:01Z", "Asia/Tokyo"), [
    ["2026-01-31", "2026-01-30T15:00", 24],
    ["2026-02-01", "2026-01-31T15:00", 24],
  ]);
  assert.deepEqual(days("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z", "UTC"), []);
});

test("a day is shorter or longer when clocks are changed in it", () => {
  assert.deepEqual(days("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z", "Europe/Berlin"), [
    ["2026-03-28", "2026-03-27T23:00", 24],
    ["2026-03-29", "2026-03-28T23:00", 23],
    ["2026-03-30", "2026-03-29T22:00", 24],
  ]);
  assert.deepEqual(days("2026-10-25T12:00:00Z", "2026-10-25T12:00:01Z", "Europe/Berlin"), [
    ["2026-10-25", "2026-10-24T22:00", 25],
  ]);
  // Half an hour.
  assert.deepEqual(days("2026-04-05T00:00:00Z", "2026-04-05T00:00:01Z", "Australia/Lord_Howe"), [
    ["2026-04-05", "2026-04-04T13:00", 24.5],
  ]);
  // At midnight: the day begins at one o'clock.
  assert.deepEqual(days("2026-04-24T12:00:00Z", "2026-04-24T12:00:01Z", "Africa/Cairo"), [
    ["2026-04-24", "2026-04-23T22:00", 23],
  ]);
  // Midnight comes twice: the day begins with the first.
  assert.deepEqual(days("2026-11-01T12:00:00Z", "2026-11-01T12:00:01Z", "America/Havana"), [
    ["2026-11-01", "2026-11-01T04:00", 25],
  ]);
  // The date line was moved over it: there was no 30 December.
  assert.deepEqual(
    days("2011-12-29T20:00:00Z", "2012-01-01T00:00:00Z", "Pacific/Apia").map(([day, , hours]) => [
      day,
      hours,
    ]),
    [
      ["2011-12-29", 24],
      ["2011-12-31", 24],
      ["2012-01-01", 24],
    ],
  );
});

test("days follow each other without a hole and hold the range, in any zone", () => {
  const zones = Intl.supportedValuesOf("timeZone");
  const moment = fc.integer({ min: Date.UTC(2012, 1, 1), max: Date.UTC(2035, 0, 1) });
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      moment,
      fc.integer({ min: 1, max: 5 * 24 * HOUR_MS }),
      (zone, startMs, length) => {
        const endMs = startMs + length;
        const found = calendarDays({ startMs, endMs }, zone);
        assert.ok(found[0]!.startMs <= startMs && startMs < found[0]!.endMs);
        assert.ok(found.at(-1)!.startMs < endMs && endMs <= found.at(-1)!.endMs);
        for (const [index, { day, startMs: first, endMs: end }] of found.entries()) {
          if (index > 0) assert.equal(first, found[index - 1]!.endMs);
          // Swedish dates are ISO dates.
          const dateAt = (ms: number) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(ms);
          assert.deepEqual([dateAt(first), dateAt(end - 1)], [day, day]);
          assert.notEqual(dateAt(first - 1), day);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("a zone that does not exist is refused", () => {
  assert.throws(() => calendarDays({ startMs: 0, endMs: 1 }, "Mars/Olympus"), RangeError);
});
