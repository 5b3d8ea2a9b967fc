import assert from "node:assert/strict";
import { test } from "node:test";
import { edgeIn } from "./footage_edges.ts";

const FIRST = 100_000;
const answer = {
  cameraId: "door",
  ...{ nowMs: 900_000, startMs: 50_000, endMs: 900_000 },
  coverage: [
    { startMs: FIRST, endMs: 200_000 },
    { startMs: 300_000, endMs: 400_000 },
    { startMs: 500_000, endMs: 600_000 },
  ],
  gaps: [],
};
const edge = (ms: number, direction: 1 | -1) => edgeIn(answer, { ms, direction, firstMs: FIRST });

test("forward goes to the next beginning, from inside of footage and from a gap", () => {
  assert.equal(edge(150_000, 1), 300_000);
  assert.equal(edge(250_000, 1), 300_000);
  assert.equal(edge(300_000, 1), 500_000);
  assert.equal(edge(550_000, 1), null);
});

test("back goes to the beginning of this footage, and from there to the one before", () => {
  assert.equal(edge(550_000, -1), 500_000);
  assert.equal(edge(502_000, -1), 300_000);
  assert.equal(edge(450_000, -1), 300_000);
  assert.equal(edge(102_000, -1), null);
});

test("what the answer cuts off is no beginning", () => {
  const cut = { ...answer, startMs: 350_000, coverage: [{ startMs: 350_000, endMs: 400_000 }] };
  assert.equal(edgeIn(cut, { ms: 390_000, direction: -1, firstMs: FIRST }), null);
});
