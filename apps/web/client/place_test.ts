import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPlace, parsePlace } from "./place.ts";

test("a place goes into the address and back", () => {
  const plain = { spanMs: null, zone: null, grid: 1 as const };
  const moment = { cameraId: "front", at: { kind: "moment" as const, ms: 1_771_322_400_123 }, ...plain };
  assert.equal(formatPlace(moment), "?camera=front&t=1771322400123");
  assert.deepEqual(parsePlace(formatPlace(moment)), moment);
  const live = { cameraId: "front", at: { kind: "live" as const }, ...plain };
  assert.equal(formatPlace(live), "?camera=front&t=live");
  assert.deepEqual(parsePlace(formatPlace(live)), live);
});

test("zoom and zone are named where they are not those that everyone gets", () => {
  const live = { cameraId: "front", at: { kind: "live" as const }, grid: 1 as const };
  const place = { ...live, spanMs: 600_000, zone: "Asia/Tokyo" };
  assert.equal(formatPlace(place), "?camera=front&t=live&zoom=600&zone=Asia/Tokyo");
  assert.deepEqual(parsePlace(formatPlace(place)), place);
  assert.equal(formatPlace({ ...place, spanMs: 3_600_000, zone: null }), "?camera=front&t=live");
  for (const wrong of ["?zoom=0", "?zoom=-5", "?zoom=x", "?zoom=Infinity"])
    assert.equal(parsePlace(wrong).spanMs, null);
  for (const wrong of ["?zone=Mars/Olympus", "?zone="]) assert.equal(parsePlace(wrong).zone, null);
});

test("the size of the grid goes into the address and back; 1 is not written", () => {
  const alone = {
    cameraId: "front",
    at: { kind: "live" as const },
    spanMs: null,
    zone: null,
    grid: 1 as const,
  };
  assert.equal(formatPlace(alone), "?camera=front&t=live");
  assert.equal(formatPlace({ ...alone, grid: 9 }), "?camera=front&t=live&grid=9");
  assert.equal(parsePlace("?camera=front&t=live&grid=9").grid, 9);
  for (const search of ["", "?grid=5", "?grid=16x", "?grid="]) assert.equal(parsePlace(search).grid, 1);
});

test("ISO 8601 with an offset is read, without one it is not a moment", () => {
  const ms = Date.parse("2026-03-12T10:00:00Z");
  assert.deepEqual(parsePlace("?t=2026-03-12T19:00:00%2B09:00").at, { kind: "moment", ms });
  assert.deepEqual(parsePlace("?t=2026-03-12T10:00:00Z").at, { kind: "moment", ms });
  assert.equal(parsePlace("?t=2026-03-12T10:00:00").at, null);
});

test("what cannot be read counts as not named", () => {
  assert.deepEqual(parsePlace(""), { cameraId: null, at: null, spanMs: null, zone: null, grid: 1 });
  assert.deepEqual(parsePlace("?camera=../etc&t=yesterday"), {
    ...{ cameraId: null, at: null, spanMs: null, zone: null, grid: 1 },
  });
  assert.equal(parsePlace("?t=-5").at, null);
  assert.equal(parsePlace("?t=0").at, null);
});
