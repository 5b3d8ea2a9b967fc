import assert from "node:assert/strict";
import { test } from "node:test";
import {
  contains,
  follow,
  fractionOf,
  MAX_SPAN_MS,
  MIN_SPAN_MS,
  mostSpanMs,
  msAt,
  pan,
  spanMs,
  viewAround,
  within,
  zoomAround,
} from "./view.ts";
import { DAY_MS, HOUR_MS } from "./zone.ts";

const view = { startMs: 1_000_000, endMs: 1_000_000 + HOUR_MS };

test("a place on the screen and its instant go back and forth", () => {
  assert.equal(msAt(view, 0.25), view.startMs + HOUR_MS / 4);
  assert.equal(fractionOf(view, msAt(view, 0.25)), 0.25);
});

test("zooming keeps the instant under the pointer where it is", () => {
  const atMs = msAt(view, 0.3);
  for (const factor of [0.5, 2, 7.3]) {
    const zoomed = zoomAround(view, { factor, atMs });
    assert.ok(Math.abs(fractionOf(zoomed, atMs) - 0.3) < 1e-6);
    assert.ok(Math.abs(spanMs(zoomed) - HOUR_MS * factor) < 1e-3);
  }
});

test("zooming ends at a second, and at a month or at all there is", () => {
  assert.equal(spanMs(zoomAround(view, { factor: 1e9, atMs: view.startMs })), MAX_SPAN_MS);
  assert.equal(spanMs(zoomAround(view, { factor: 1e-9, atMs: view.startMs })), MIN_SPAN_MS);
  const nowMs = 400 * DAY_MS;
  assert.equal(mostSpanMs({ firstMs: nowMs - DAY_MS, nowMs }), MAX_SPAN_MS);
  assert.equal(mostSpanMs({ firstMs: null, nowMs }), MAX_SPAN_MS);
  const mostMs = mostSpanMs({ firstMs: nowMs - 100 * DAY_MS, nowMs });
  assert.ok(
    mostMs > 125 * DAY_MS && mostMs < 140 * DAY_MS,
    "with now at its place, the first footage is in sight",
  );
  assert.equal(spanMs(zoomAround(view, { factor: 1e9, atMs: view.startMs, mostMs })), mostMs);
});

test("panning stops where footage or now would leave the screen", () => {
  const nowMs = view.endMs;
  const future = within(pan(view, DAY_MS), { firstMs: 0, nowMs });
  assert.equal(future.endMs, nowMs + HOUR_MS / 5);
  const past = within(pan(view, -DAY_MS), { firstMs: view.startMs, nowMs });
  assert.equal(past.startMs, view.startMs - 0.9 * HOUR_MS);
  assert.deepEqual(within(view, { firstMs: view.startMs, nowMs }), view);
});

test("while it plays, the playhead stands still and the range moves", () => {
  const beforeMs = msAt(view, 0.5);
  const moved = follow(view, { beforeMs, afterMs: beforeMs + 1_000, jumped: false });
  assert.deepEqual(moved, pan(view, 1_000));
});

test("a jump inside the range moves nothing, one out of it centres the playhead", () => {
  const beforeMs = msAt(view, 0.1);
  assert.deepEqual(follow(view, { beforeMs, afterMs: msAt(view, 0.9), jumped: true }), view);
  const far = view.endMs + DAY_MS;
  const moved = follow(view, { beforeMs, afterMs: far, jumped: true });
  assert.equal(fractionOf(moved, far), 0.5);
  assert.equal(spanMs(moved), HOUR_MS);
});

test("ranges are half-open", () => {
  assert.ok(contains(view, view.startMs));
  assert.ok(!contains(view, view.endMs));
  assert.deepEqual(viewAround(view.endMs, { spanMs: HOUR_MS, fraction: 1 }), view);
});
