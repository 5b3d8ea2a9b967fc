import assert from "node:assert/strict";
import { test } from "node:test";
import { questionFor, serves } from "./timeline_data.ts";
import { pan, zoomAround } from "./view.ts";
import { HOUR_MS } from "./zone.ts";

const view = { startMs: 10 * HOUR_MS, endMs: 11 * HOUR_MS };
const wanted = { cameraId: "front", view, widthPx: 1000 };
const asked = questionFor(wanted);

test("as much again is asked on either side, a pixel at a time", () => {
  assert.deepEqual(asked, {
    cameraId: "front",
    range: { startMs: 9 * HOUR_MS, endMs: 12 * HOUR_MS },
    resolutionMs: 3_600,
  });
});

test("an answer serves while panning inside its range and not beyond", () => {
  assert.ok(serves(asked, wanted));
  assert.ok(serves(asked, { ...wanted, view: pan(view, 0.9 * HOUR_MS) }));
  assert.ok(!serves(asked, { ...wanted, view: pan(view, 1.1 * HOUR_MS) }));
});

test("an answer does not serve a much closer or a wider view", () => {
  const atMs = 10.5 * HOUR_MS;
  assert.ok(serves(asked, { ...wanted, view: zoomAround(view, { factor: 0.8, atMs }) }));
  assert.ok(!serves(asked, { ...wanted, view: zoomAround(view, { factor: 0.5, atMs }) }));
  assert.ok(!serves(asked, { ...wanted, view: zoomAround(view, { factor: 4, atMs }) }));
});

test("an answer of another camera serves nothing", () => {
  assert.ok(!serves(asked, { ...wanted, cameraId: "yard" }));
  assert.ok(!serves(null, wanted));
});
