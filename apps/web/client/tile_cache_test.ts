import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraView, TimelineAnswer } from "@rokuga/media/api.ts";
import { type DueTile, TileCache } from "./tile_cache.ts";
import { tileRange } from "./tiles.ts";
import { arrivedSince } from "./timeline_data.ts";
import { pan, zoomAround } from "./view.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "./zone.ts";

const NOW = 20_000 * DAY_MS + 12 * HOUR_MS;
const view = { startMs: NOW - 10 * DAY_MS, endMs: NOW - 10 * DAY_MS + HOUR_MS };
const wanted = { cameraIds: ["door", "yard"], view, widthPx: 1_000 };

/** All of a tile is covered. */
const answer = ({ cameraId, tile }: DueTile): TimelineAnswer => ({
  ...{ cameraId, nowMs: NOW, gaps: [] },
  ...{ ...tileRange(tile), coverage: [tileRange(tile)] },
});
const loadAll = (cache: TileCache, of = wanted, nowMs = NOW) => {
  const due = cache.due(of, nowMs);
  for (const one of due) cache.add(one, answer(one), nowMs);
  return due;
};

test("what is in sight is asked for first, of all cameras, and then what is beside it", () => {
  const due = new TileCache().due(wanted, NOW);
  const isInSight = ({ tile }: DueTile) =>
    tileRange(tile).startMs < view.endMs && tileRange(tile).endMs > view.startMs;
  const firstBeside = due.findIndex((one) => !isInSight(one));
  assert.ok(firstBeside > 1 && due.slice(firstBeside).every((one) => !isInSight(one)));
  assert.deepEqual([...new Set(due.slice(0, firstBeside).map(({ cameraId }) => cameraId))], ["door", "yard"]);
});

test("what was loaded serves while panning nearby and zooming a little", () => {
  const cache = new TileCache();
  assert.ok(loadAll(cache).length > 0);
  assert.deepEqual(cache.due(wanted, NOW), []);
  assert.deepEqual(
    cache.due({ ...wanted, view: zoomAround(view, { factor: 0.9, atMs: view.startMs }) }, NOW),
    [],
  );
  assert.ok(cache.due({ ...wanted, view: pan(view, 6 * HOUR_MS) }, NOW).length > 0);
});

test("the present ages within seconds, the past more slowly, a month of it not at all", () => {
  const cache = new TileCache();
  const present = { ...wanted, cameraIds: ["door"], view: { startMs: NOW - HOUR_MS, endMs: NOW + 1 } };
  loadAll(cache, present);
  assert.deepEqual(cache.due(present, NOW + 3 * SECOND_MS), []);
  assert.ok(cache.due(present, NOW + 5 * SECOND_MS).length > 0);
  const past = { ...wanted, cameraIds: ["door"] };
  loadAll(cache, past);
  assert.deepEqual(cache.due(past, NOW + 5 * SECOND_MS), []);
  assert.ok(cache.due(past, NOW + 21 * SECOND_MS).length > 0);
  const month = { ...present, view: { startMs: NOW - 31 * DAY_MS, endMs: NOW } };
  loadAll(cache, month);
  assert.deepEqual(cache.due(month, NOW + 50 * SECOND_MS), []);
});

test("where footage has come, and only there, the tile is asked for again at once", () => {
  const cache = new TileCache();
  loadAll(cache);
  cache.expire("door", { startMs: view.startMs + 1, endMs: view.startMs + 2 });
  const due = cache.due(wanted, NOW);
  assert.equal(due.length, 1);
  assert.equal(due[0]!.cameraId, "door");
  cache.add(due[0]!, answer(due[0]!), NOW);
  assert.deepEqual(cache.due(wanted, NOW), []);
});

test("closer by, what is known from further away stands in until more is loaded", () => {
  const cache = new TileCache();
  loadAll(cache);
  const close = { view: zoomAround(view, { factor: 0.05, atMs: view.startMs + 1 }), widthPx: 1_000 };
  const known = cache.answerOf("door", close)!;
  assert.ok(known.startMs <= close.view.startMs && known.endMs >= close.view.endMs);
  assert.equal(known.coverage.length, 1);
  assert.equal(cache.answerOf("door", close), known, "the same object as long as nothing else is known");
  loadAll(cache, { ...close, cameraIds: ["door"] });
  assert.notEqual(cache.answerOf("door", close), known);
  assert.equal(cache.answerOf("attic", close), null);
});

test("it keeps what is in use when it has to forget", () => {
  const cache = new TileCache();
  for (let n = 0; n < 200; n++) {
    loadAll(cache, { ...wanted, view: pan(view, -n * 10 * HOUR_MS) });
    loadAll(cache);
  }
  assert.deepEqual(cache.due(wanted, NOW), []);
  assert.ok(cache.due({ ...wanted, view: pan(view, -10 * HOUR_MS) }, NOW).length > 0, "and forgets the rest");
});

const camera = (changes: Partial<CameraView>): CameraView => ({
  ...{ id: "door", name: "Door", siteId: "home", state: "recording", sinceMs: 1, tracks: null },
  ...{ firstMs: 1_000, lastMs: 9_000, backlog: null },
  ...changes,
});
const backlog = (segments: number, oldestMs: number) => ({ reportedMs: 1, segments, bytes: 1, oldestMs });

test("footage has come after what was the last of it, or out of what waited on site", () => {
  const then = camera({});
  assert.equal(arrivedSince(then, camera({})), null);
  assert.equal(arrivedSince(undefined, then), null);
  assert.deepEqual(arrivedSince(then, camera({ lastMs: 12_000 })), { startMs: 8_999, endMs: 12_001 });
  const waiting = camera({ backlog: backlog(10, 4_000) });
  assert.deepEqual(arrivedSince(waiting, camera({ backlog: backlog(8, 6_000) })), {
    startMs: 3_999,
    endMs: 9_001,
  });
  assert.deepEqual(arrivedSince(waiting, camera({})), { startMs: 3_999, endMs: 9_001 });
  assert.deepEqual(arrivedSince(then, camera({ firstMs: 500 })), { startMs: 499, endMs: 9_001 });
});
