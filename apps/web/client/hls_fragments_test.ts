import assert from "node:assert/strict";
import { test } from "node:test";
import { type HlsFragment, place } from "./hls_fragments.ts";
import { wallAt } from "./position.ts";

const BASE = Date.parse("2026-03-12T10:00:00.000Z");

test("a loaded fragment stands where its picture starts, not its earlier audio", () => {
  const fragments: HlsFragment[] = [
    { start: 30, duration: 2, programDateTime: BASE, elementaryStreams: { video: null } },
    { start: 32, duration: 2, programDateTime: BASE + 2_000, elementaryStreams: {} },
  ];
  const placed = fragments.map(place);
  assert.equal(wallAt(placed, 32.5), BASE + 2_500);
  // What hls.js makes of it once it is loaded.
  Object.assign(fragments[1]!, {
    start: 31.87,
    duration: 2.13,
    elementaryStreams: { video: { startPTS: 32, endPTS: 34 } },
  });
  assert.equal(wallAt(placed, 32.5), BASE + 2_500);
  assert.equal(placed[1]!.duration, 2);
});
