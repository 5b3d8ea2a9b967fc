import assert from "node:assert/strict";
import { test } from "node:test";
import { HOUR_MS, instantOf, localDay, localTime, MINUTE_MS, offsetChanges, offsetMs } from "./zone.ts";

const at = (text: string) => Date.parse(text);
const day = (text: string) => ({ startMs: at(`${text}T00:00:00Z`), endMs: at(`${text}T24:00:00Z`) });

test("offsets follow summer time and odd zones", () => {
  assert.equal(offsetMs(at("2026-01-15T12:00:00Z"), "Europe/Berlin"), HOUR_MS);
  assert.equal(offsetMs(at("2026-07-15T12:00:00Z"), "Europe/Berlin"), 2 * HOUR_MS);
  assert.equal(offsetMs(at("2026-07-15T12:00:00.999Z"), "America/New_York"), -4 * HOUR_MS);
  assert.equal(offsetMs(at("2026-07-15T12:00:00Z"), "Asia/Kathmandu"), 5 * HOUR_MS + 45 * MINUTE_MS);
  assert.equal(offsetMs(at("2026-07-15T12:00:00Z"), "Asia/Tokyo"), 9 * HOUR_MS);
});

test("an unknown zone is an error", () => {
  assert.throws(() => offsetMs(0, "Mars/Olympus"), RangeError);
});

test("local midnight is hour 0, not 24", () => {
  const { day: date, hour } = localTime(at("2026-03-11T23:00:00Z"), "Europe/Berlin");
  assert.deepEqual({ date, hour }, { date: 12, hour: 0 });
});

test("the instants at which clocks change are found to the millisecond", () => {
  assert.deepEqual(offsetChanges(day("2026-03-29"), "Europe/Berlin"), [at("2026-03-29T01:00:00Z")]);
  assert.deepEqual(offsetChanges(day("2026-10-25"), "Europe/Berlin"), [at("2026-10-25T01:00:00Z")]);
  assert.deepEqual(offsetChanges(day("2026-03-08"), "America/New_York"), [at("2026-03-08T07:00:00Z")]);
  assert.deepEqual(offsetChanges(day("2026-10-25"), "Asia/Tokyo"), []);
  const month = { startMs: at("2026-10-10T00:00:00Z"), endMs: at("2026-11-10T00:00:00Z") };
  assert.deepEqual(offsetChanges(month, "America/New_York"), [at("2026-11-01T06:00:00Z")]);
});

test("a local time goes back to its instant", () => {
  const local = { year: 2026, month: 7, day: 15, hour: 14, minute: 30, second: 5 };
  assert.equal(instantOf(local, "Europe/Berlin"), at("2026-07-15T12:30:05Z"));
  assert.equal(instantOf(local, "America/New_York"), at("2026-07-15T18:30:05Z"));
});

test("a local time that comes twice means the first, one that is left out the time after", () => {
  const twice = { year: 2026, month: 10, day: 25, hour: 2, minute: 30, second: 0 };
  assert.equal(instantOf(twice, "Europe/Berlin"), at("2026-10-25T00:30:00Z"));
  const never = { year: 2026, month: 3, day: 29, hour: 2, minute: 30, second: 0 };
  assert.equal(instantOf(never, "Europe/Berlin"), at("2026-03-29T01:30:00Z"));
});

test("days are counted by the clock on the wall", () => {
  const before = localDay(at("2026-03-11T22:59:59Z"), "Europe/Berlin");
  assert.equal(localDay(at("2026-03-11T23:00:00Z"), "Europe/Berlin"), before + 1);
});
