import assert from "node:assert/strict";
import { test } from "node:test";
import type { TimeRange } from "@rokuga/media/api.ts";
import { footageBeside } from "./footage_beside.ts";
import type { Answer } from "./http.ts";
import { HOUR_MS } from "./zone.ts";

const SIGNAL = new AbortController().signal;
const answer = <T>(value: T): Answer<T> => ({ ok: true, value, sentAtMs: 0, receivedAtMs: 0 });
const unknown: Answer<never> = { ok: false, failure: { kind: "network" } };

/** Knows what each camera has; one that is not listed cannot be asked about. */
function guideOf(footage: Record<string, TimeRange[]>) {
  return {
    coverage: async ({ cameraId, range }: { cameraId: string; range: TimeRange }) => {
      const inside = footage[cameraId]?.filter(
        ({ startMs, endMs }) => endMs > range.startMs && startMs < range.endMs,
      );
      return inside ? answer(inside) : unknown;
    },
    footageAfter: async ({ cameraId, ms }: { cameraId: string; ms: number }) => {
      const next = footage[cameraId]?.find(({ endMs }) => endMs > ms);
      return footage[cameraId] ? answer(next ? Math.max(ms, next.startMs) : null) : unknown;
    },
  };
}

test("what any camera has is found, up to where the gap ends", async () => {
  const guide = guideOf({ a: [{ startMs: 5_000, endMs: 90_000 }], b: [] });
  const found = await footageBeside(guide, { cameraIds: ["a", "b", "gone"], ms: 0, endMs: 60_000 }, SIGNAL);
  assert.deepEqual(found, { startMs: 5_000, endMs: 60_000 });
});

test("what comes hours later is found too", async () => {
  const [startMs, endMs] = [5 * HOUR_MS, 5 * HOUR_MS + 1_000];
  const guide = guideOf({ a: [{ startMs: 7 * HOUR_MS, endMs: 8 * HOUR_MS }], b: [{ startMs, endMs }] });
  const question = { cameraIds: ["a", "b"], ms: 0, endMs: 24 * HOUR_MS };
  assert.deepEqual(await footageBeside(guide, question, SIGNAL), { startMs, endMs });
  assert.equal(await footageBeside(guide, { ...question, endMs: 4 * HOUR_MS }, SIGNAL), null);
});

test("nothing is found where nobody has anything, nor where nobody can be asked", async () => {
  const question = { cameraIds: ["a"], ms: 0, endMs: 24 * HOUR_MS };
  assert.equal(await footageBeside(guideOf({ a: [] }), question, SIGNAL), null);
  assert.equal(await footageBeside(guideOf({}), question, SIGNAL), null);
});
