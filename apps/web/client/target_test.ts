import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraView } from "@rokuga/media/api.ts";
import { divert } from "./target.ts";
import type { At } from "./windows.ts";

const camera: CameraView = {
  id: "front",
  name: "Front door",
  siteId: "home",
  state: "offline",
  sinceMs: 1_000_000,
  firstMs: 500_000,
  lastMs: 1_000_000,
  tracks: null,
  backlog: null,
};

test("live of an offline camera becomes its last moments", () => {
  const last = { at: { kind: "moment", ms: 980_000 }, offline: true, askedMs: null };
  assert.deepEqual(divert({ kind: "live" }, camera), last);
});

test("a moment before the first footage becomes the first footage", () => {
  const first = { at: { kind: "moment", ms: 500_000 }, offline: false, askedMs: 499_999 };
  assert.deepEqual(divert({ kind: "moment", ms: 499_999 }, camera), first);
});

test("anything else stays what it is", () => {
  const live = { kind: "live" as const };
  const same = (at: At) => ({ at, offline: false, askedMs: null });
  assert.deepEqual(divert(live, { ...camera, state: "recording" }), same(live));
  assert.deepEqual(divert(live, { ...camera, state: "waiting" }), same(live));
  assert.deepEqual(divert(live, { ...camera, firstMs: null, lastMs: null }), same(live));
  assert.deepEqual(divert(live, null), same(live));
  const moment = { kind: "moment" as const, ms: 500_000 };
  assert.deepEqual(divert(moment, camera), same(moment));
  assert.deepEqual(divert(moment, null), same(moment));
});
