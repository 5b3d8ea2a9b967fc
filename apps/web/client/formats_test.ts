import assert from "node:assert/strict";
import { test } from "node:test";
import { createFormats, duration } from "./formats.ts";

const at = (text: string) => Date.parse(text);

test("durations show their two largest units", () => {
  assert.equal(duration(0, "en"), "0 s");
  assert.equal(duration(18_400, "en"), "18 s");
  assert.equal(duration(65_000, "en"), "1 min 5 s");
  assert.equal(duration(3_600_000, "en"), "1 h");
  assert.equal(duration(2 * 86_400_000 + 3_600_000 + 5_000, "en"), "2 d 1 h");
  assert.equal(duration(3_725_000, "ja"), "1時間2分");
  assert.equal(duration(-500, "en"), "0 s");
});

test("times are those of the zone, by 24 hours", () => {
  const formats = createFormats("en", "Europe/Berlin");
  assert.equal(formats.time(at("2026-07-15T22:00:05Z")), "00:00:05");
  assert.equal(formats.date(at("2026-07-15T22:00:05Z")), "Thu, 16 Jul 2026");
  assert.equal(createFormats("ja", "Asia/Tokyo").time(at("2026-07-15T22:00:05Z")), "07:00:05");
  assert.equal(createFormats("ja", "Asia/Tokyo").date(at("2026-07-15T22:00:05Z")), "2026年7月16日(木)");
});

test("the date is said when it is another day", () => {
  const formats = createFormats("en", "Europe/Berlin");
  const nowMs = at("2026-07-16T10:00:00Z");
  assert.equal(formats.moment(at("2026-07-15T22:00:05Z"), nowMs), "00:00:05");
  assert.equal(formats.moment(at("2026-07-15T21:59:59Z"), nowMs), "Wed 15 Jul 23:59:59");
});

test("a range says dates only where they differ", () => {
  const formats = createFormats("en", "Europe/Berlin");
  const nowMs = at("2026-07-16T10:00:00Z");
  const within = { startMs: at("2026-07-16T08:02:00Z"), endMs: at("2026-07-16T08:05:30Z") };
  assert.equal(formats.range(within, nowMs), "10:02:00–10:05:30");
  const over = { startMs: at("2026-07-15T21:00:00Z"), endMs: at("2026-07-16T08:05:30Z") };
  assert.equal(formats.range(over, nowMs), "Wed 15 Jul 23:00:00–Thu 16 Jul 10:05:30");
});

test("several days are a range, with what they share said once", () => {
  const formats = createFormats("en", "Europe/Berlin");
  const [startMs, endMs] = [at("2026-07-15T22:00:00Z"), at("2026-07-18T22:00:00Z")];
  assert.equal(formats.days({ startMs, endMs: startMs + 86_400_000 }), "Thu, 16 Jul 2026");
  assert.match(formats.days({ startMs, endMs }), /^16\s?–\s?18 Jul 2026$/);
  assert.match(createFormats("ja", "Asia/Tokyo").days({ startMs, endMs }), /^2026\/07\/16～2026\/07\/19$/);
});
