import assert from "node:assert/strict";
import { test } from "node:test";
import { dayField, endOfDay } from "./day_field.ts";

test("a day begins and ends where its zone says, also on days of 23 and 25 hours", () => {
  assert.equal(dayField(Date.UTC(2026, 0, 31, 16), "Asia/Tokyo"), "2026-02-01");
  assert.equal(endOfDay("2026-02-01", "Asia/Tokyo"), Date.UTC(2026, 1, 1, 15));
  assert.equal(endOfDay("2026-03-29", "Europe/Berlin"), Date.UTC(2026, 2, 29, 22));
  assert.equal(endOfDay("2026-10-25", "Europe/Berlin"), Date.UTC(2026, 9, 25, 23));
  assert.equal(endOfDay("2026-12-31", "UTC"), Date.UTC(2027, 0, 1));
  for (const wrong of ["", "2026", "x-y-z", "null"]) assert.equal(endOfDay(wrong, "UTC"), null);
});
