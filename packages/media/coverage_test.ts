import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { causedGaps, clip, subtract, union } from "./coverage.ts";

const range = (startMs: number, endMs: number) => ({ startMs, endMs });

test("union joins what touches, and what is closer than the slack", () => {
  assert.deepEqual(union([range(10, 20), range(0, 5), range(20, 30), range(31, 40)]), [
    range(0, 5),
    range(10, 30),
    range(31, 40),
  ]);
  assert.deepEqual(union([range(10, 20), range(0, 5), range(31, 40)], 5), [range(0, 20), range(31, 40)]);
});

test("covered and open time tile the window exactly, whatever the ranges", () => {
  const ranges = fc.array(
    fc
      .tuple(fc.nat(1000), fc.integer({ min: 1, max: 100 }))
      .map(([start, length]) => range(start, start + length)),
  );
  fc.assert(
    fc.property(ranges, fc.nat(500), fc.integer({ min: 1, max: 600 }), (some, start, length) => {
      const window = range(start, start + length);
      const covered = clip(union(some), window);
      const tiles = [...covered, ...subtract(window, union(some))].sort((a, b) => a.startMs - b.startMs);
      assert.equal(tiles[0]!.startMs, window.startMs);
      assert.equal(tiles.at(-1)!.endMs, window.endMs);
      for (const [index, tile] of tiles.slice(1).entries()) assert.equal(tile.startMs, tiles[index]!.endMs);
    }),
  );
});

test("each hole gets the strongest cause there is evidence for", () => {
  const gaps = causedGaps(range(0, 1_000_000), {
    coverage: [range(100_000, 200_000), range(250_000, 300_000)],
    runs: [
      { startMs: 100_000, endMs: 310_000, endReason: "disconnected" },
      { startMs: 400_000, endMs: 450_000, endReason: "stopped" },
      { startMs: 500_000, endMs: null, endReason: null },
    ],
    losses: [{ ...range(210_000, 220_000), cause: "corrupt" }],
    lastHeardMs: 600_000,
    untilFirstRun: range(50_000, 100_000),
  });
  assert.deepEqual(gaps, [
    { ...range(0, 50_000), cause: "unknown" },
    { ...range(50_000, 100_000), cause: "camera-unreachable" },
    { ...range(200_000, 210_000), cause: "waiting-on-site" },
    { ...range(210_000, 220_000), cause: "corrupt" },
    { ...range(220_000, 250_000), cause: "waiting-on-site" },
    { ...range(300_000, 310_000), cause: "waiting-on-site" },
    { ...range(310_000, 400_000), cause: "camera-unreachable" },
    { ...range(400_000, 450_000), cause: "waiting-on-site" },
    { ...range(450_000, 500_000), cause: "relay-stopped" },
    { ...range(500_000, 660_000), cause: "waiting-on-site" },
    { ...range(660_000, 1_000_000), cause: "unknown" },
  ]);
});

test("what is covered after all is no gap, whatever was said to be lost", () => {
  const evidence = {
    coverage: [range(0, 100)],
    runs: [],
    losses: [{ ...range(20, 40), cause: "corrupt" as const }],
    lastHeardMs: 0,
  };
  assert.deepEqual(causedGaps(range(0, 100), evidence), []);
});
