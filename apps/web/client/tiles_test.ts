import assert from "node:assert/strict";
import { test } from "node:test";
import type { TimeRange } from "@rokuga/media/api.ts";
import {
  bestPieces,
  COARSEST_LEVEL,
  joined,
  levelFor,
  type Piece,
  resolutionOf,
  tileRange,
  tilesOf,
} from "./tiles.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "./zone.ts";

const T = 10 * MINUTE_MS;

test("a month on a screen is a handful of tiles, each pixel told apart, and none at a second's resolution", () => {
  for (const [spanMs, widthPx] of [
    [SECOND_MS, 1200],
    [HOUR_MS, 1200],
    [DAY_MS, 360],
    [7 * DAY_MS, 1440],
    [32 * DAY_MS, 1440],
    [32 * DAY_MS, 3000],
    [700 * DAY_MS, 1440],
  ] as const) {
    const msPerPx = spanMs / widthPx;
    const level = levelFor(msPerPx);
    const nowMs = 1_790_000_123_456;
    const tiles = tilesOf({ startMs: nowMs - spanMs, endMs: nowMs }, level);
    assert.ok(tiles.length >= 1 && tiles.length <= 8, `${tiles.length} tiles for ${spanMs} ms`);
    assert.ok(level === 0 || resolutionOf(level) <= msPerPx);
    if (level < COARSEST_LEVEL) assert.ok(resolutionOf(level) * 4 > msPerPx || level === 0);
    assert.ok(tileRange(tiles[0]!).startMs <= nowMs - spanMs && tileRange(tiles.at(-1)!).endMs >= nowMs);
  }
  assert.ok(resolutionOf(levelFor((32 * DAY_MS) / 1440)) > 5 * MINUTE_MS);
});

test("tiles are half-open and aligned", () => {
  assert.deepEqual(tilesOf({ startMs: T, endMs: 2 * T }, 0), [{ level: 0, index: 1 }]);
  assert.deepEqual(
    tilesOf({ startMs: T - 1, endMs: 2 * T + 1 }, 0).map(({ index }) => index),
    [0, 1, 2],
  );
  assert.deepEqual(tilesOf({ startMs: -5 * T, endMs: 1 }, 0), [{ level: 0, index: 0 }]);
  assert.deepEqual(tileRange({ level: 1, index: 2 }), { startMs: 8 * T, endMs: 12 * T });
});

const piece = (
  range: TimeRange,
  coverage: [number, number][],
  gaps: [number, number, "deleted" | "expired"][] = [],
) =>
  ({
    ...range,
    answer: {
      nowMs: range.endMs,
      coverage: coverage.map(([startMs, endMs]) => ({ startMs, endMs })),
      gaps: gaps.map(([startMs, endMs, cause]) => ({ startMs, endMs, cause })),
    },
  }) satisfies Piece;

test("what a border divides is one again, and gaps only of the same cause", () => {
  const whole = joined("door", [
    piece({ startMs: 0, endMs: 100 }, [[10, 100]], [[0, 10, "deleted"]]),
    piece({ startMs: 100, endMs: 200 }, [[100, 150]], [[150, 200, "deleted"]]),
    piece(
      { startMs: 200, endMs: 300 },
      [],
      [
        [200, 250, "deleted"],
        [250, 300, "expired"],
      ],
    ),
  ]);
  assert.deepEqual(whole, {
    cameraId: "door",
    nowMs: 300,
    startMs: 0,
    endMs: 300,
    coverage: [{ startMs: 10, endMs: 150 }],
    gaps: [
      { startMs: 0, endMs: 10, cause: "deleted" },
      { startMs: 150, endMs: 250, cause: "deleted" },
      { startMs: 250, endMs: 300, cause: "expired" },
    ],
  });
  assert.equal(joined("door", []), null);
});

test("where a tile is missing the coarser one stands in, and then finer ones, each only for what is missing", () => {
  const known = new Map<number, Piece[]>([
    [1, [piece({ startMs: 0, endMs: 100 }, [[0, 100]])]],
    [2, [piece({ startMs: 0, endMs: 160 }, [[0, 80]])]],
    [0, [piece({ startMs: 150, endMs: 175 }, [[150, 175]])]],
  ]);
  const pieces = bestPieces(
    { startMs: 50, endMs: 200 },
    { level: 1, find: (level) => known.get(level) ?? [] },
  );
  assert.deepEqual(
    pieces.map(({ startMs, endMs }) => [startMs, endMs]),
    [
      [50, 100],
      [100, 160],
      [160, 175],
    ],
  );
  assert.deepEqual(joined("door", pieces)!.coverage, [
    { startMs: 50, endMs: 100 },
    { startMs: 160, endMs: 175 },
  ]);
});
