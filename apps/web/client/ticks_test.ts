import assert from "node:assert/strict";
import { test } from "node:test";
import { createFormats } from "./formats.ts";
import { type Ticks, ticksOf } from "./ticks.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "./zone.ts";

const at = (text: string) => Date.parse(text);
const range = (start: string, end: string) => ({ startMs: at(start), endMs: at(end) });
const iso = (ticks: Ticks) => ticks.labelled.map(({ ms }) => new Date(ms).toISOString().slice(5, 16));
const labels = (ticks: Ticks, zone: string) => {
  const formats = createFormats("en", zone);
  return ticks.labelled.map((tick) => formats.tick(tick, ticks.stepMs));
};

test("an hour has ticks at round minutes of the wall clock", () => {
  const ticks = ticksOf(range("2026-07-15T12:07:00Z", "2026-07-15T13:07:00Z"), {
    zone: "Asia/Kathmandu",
    widthPx: 1000,
    labelPx: 100,
  });
  assert.equal(ticks.stepMs, 10 * MINUTE_MS);
  assert.deepEqual(labels(ticks, "Asia/Kathmandu"), ["18:00", "18:10", "18:20", "18:30", "18:40", "18:50"]);
  assert.ok(ticks.minor.every((ms) => ms % (2 * MINUTE_MS) === MINUTE_MS || ms % (2 * MINUTE_MS) === 0));
});

test("a few seconds have ticks with seconds", () => {
  const ticks = ticksOf(range("2026-07-15T12:00:00.500Z", "2026-07-15T12:00:05.500Z"), {
    zone: "Asia/Tokyo",
    widthPx: 500,
    labelPx: 90,
  });
  assert.equal(ticks.stepMs, SECOND_MS);
  assert.deepEqual(labels(ticks, "Asia/Tokyo"), ["21:00:01", "21:00:02", "21:00:03", "21:00:04", "21:00:05"]);
});

test("midnight is a day, with its date", () => {
  const ticks = ticksOf(range("2026-07-15T20:00:00Z", "2026-07-16T00:00:00Z"), {
    zone: "Europe/Berlin",
    widthPx: 400,
    labelPx: 90,
  });
  assert.deepEqual(labels(ticks, "Europe/Berlin"), ["22:00", "23:00", "Thu 16 Jul", "01:00"]);
});

test("Berlin, clocks set forward: hours stay whole and two o'clock does not exist", () => {
  const ticks = ticksOf(range("2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z"), {
    zone: "Europe/Berlin",
    widthPx: 500,
    labelPx: 90,
  });
  assert.deepEqual(labels(ticks, "Europe/Berlin"), ["Sun 29 Mar", "01:00", "03:00", "04:00", "05:00"]);
  assert.deepEqual(
    ticks.labelled.slice(1).map((tick, index) => tick.ms - ticks.labelled[index]!.ms),
    [HOUR_MS, HOUR_MS, HOUR_MS, HOUR_MS],
  );
});

test("Berlin, clocks set back: two o'clock comes twice and each says which it is", () => {
  const ticks = ticksOf(range("2026-10-24T22:00:00Z", "2026-10-25T03:00:00Z"), {
    zone: "Europe/Berlin",
    widthPx: 500,
    labelPx: 90,
  });
  assert.deepEqual(labels(ticks, "Europe/Berlin"), [
    "Sun 25 Oct",
    "01:00",
    "02:00 CEST",
    "02:00 CET",
    "03:00",
  ]);
  assert.deepEqual(iso(ticks), ["10-24T22:00", "10-24T23:00", "10-25T00:00", "10-25T01:00", "10-25T02:00"]);
});

test("New York, clocks set forward: three-hour steps stay on the wall clock's threes", () => {
  const ticks = ticksOf(range("2026-03-08T05:00:00Z", "2026-03-08T20:00:00Z"), {
    zone: "America/New_York",
    widthPx: 500,
    labelPx: 90,
  });
  assert.equal(ticks.stepMs, 3 * HOUR_MS);
  assert.deepEqual(labels(ticks, "America/New_York"), [
    "Sun 8 Mar",
    "03:00",
    "06:00",
    "09:00",
    "12:00",
    "15:00",
  ]);
  assert.deepEqual(iso(ticks).slice(0, 3), ["03-08T05:00", "03-08T07:00", "03-08T10:00"]);
});

test("a week over the change has one tick at each local midnight", () => {
  for (const zone of ["Europe/Berlin", "America/New_York"]) {
    const ticks = ticksOf(range("2026-10-22T12:00:00Z", "2026-11-04T12:00:00Z"), {
      zone,
      widthPx: 1300,
      labelPx: 90,
    });
    assert.equal(ticks.stepMs, DAY_MS);
    assert.equal(ticks.labelled.length, 13);
    assert.ok(ticks.labelled.every((tick) => tick.kind === "day"));
    const days = ticks.labelled
      .slice(1)
      .map((tick, index) => (tick.ms - ticks.labelled[index]!.ms) / HOUR_MS);
    assert.deepEqual(
      days.toSorted((a, b) => a - b),
      [...Array(11).fill(24), 25],
    );
  }
});

test("a day that begins at one o'clock, because midnight is left out, has its tick there", () => {
  // Cairo set its clocks forward at the beginning of 26 April 2024.
  const ticks = ticksOf(range("2024-04-24T12:00:00Z", "2024-04-27T12:00:00Z"), {
    zone: "Africa/Cairo",
    widthPx: 300,
    labelPx: 90,
  });
  assert.deepEqual(iso(ticks), ["04-24T22:00", "04-25T22:00", "04-26T21:00"]);
});

test("weeks begin on Mondays", () => {
  const ticks = ticksOf(range("2026-10-01T00:00:00Z", "2026-10-31T00:00:00Z"), {
    zone: "Asia/Tokyo",
    widthPx: 390,
    labelPx: 90,
  });
  assert.deepEqual(labels(ticks, "Asia/Tokyo"), ["5 Oct", "12 Oct", "19 Oct", "26 Oct"]);
});

test("labels keep their distance at every zoom", () => {
  for (let spanMs = 5 * SECOND_MS; spanMs < 32 * DAY_MS; spanMs *= 1.7) {
    const startMs = at("2026-10-20T11:11:11.111Z");
    const view = { startMs, endMs: startMs + spanMs };
    const ticks = ticksOf(view, { zone: "America/New_York", widthPx: 1000, labelPx: 84 });
    const places = ticks.labelled.map(({ ms }) => ((ms - startMs) / spanMs) * 1000);
    const distances = places.slice(1).map((place, index) => place - places[index]!);
    assert.ok(ticks.labelled.length >= 1, `no tick in ${spanMs} ms`);
    assert.ok(
      Math.min(...distances, 1000) >= 84 * 0.6,
      `labels ${Math.min(...distances)} px apart in ${spanMs} ms`,
    );
    assert.equal(
      new Set([...ticks.minor, ...ticks.labelled.map(({ ms }) => ms)]).size,
      ticks.minor.length + ticks.labelled.length,
    );
  }
});

test("days are as long as they are: 23 and 25 h where clocks change, 24 h elsewhere", () => {
  const hours = (zone: string, from: string) => {
    const startMs = Date.parse(from);
    const ticks = ticksOf({ startMs, endMs: startMs + 7 * DAY_MS }, { zone, widthPx: 1000, labelPx: 84 });
    const days = ticks.labelled.filter(({ kind }) => kind === "day").map(({ ms }) => ms);
    return days.slice(1).map((ms, index) => (ms - days[index]!) / HOUR_MS);
  };
  assert.deepEqual(hours("Europe/Berlin", "2026-03-25T23:00:00Z"), [24, 24, 24, 23, 24, 24, 24]);
  assert.deepEqual(hours("Europe/Berlin", "2026-10-21T22:00:00Z"), [24, 24, 24, 25, 24, 24]);
  assert.deepEqual(hours("America/New_York", "2026-03-05T05:00:00Z"), [24, 24, 24, 23, 24, 24, 24]);
  assert.deepEqual(hours("America/New_York", "2026-10-29T04:00:00Z"), [24, 24, 24, 25, 24, 24]);
  assert.deepEqual(hours("Asia/Tokyo", "2026-03-25T15:00:00Z"), [24, 24, 24, 24, 24, 24]);
});

test("a second has its tenths", () => {
  const startMs = Date.parse("2026-07-15T01:02:03.950Z");
  const ticks = ticksOf(
    { startMs, endMs: startMs + 1_000 },
    { zone: "Asia/Tokyo", widthPx: 400, labelPx: 84 },
  );
  assert.deepEqual(labels(ticks, "Asia/Tokyo"), ["10:02:04.0", "10:02:04.5"]);
});
