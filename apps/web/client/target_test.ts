import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraView } from "@rokuga/media/api.ts";
import { divert } from "./target.ts";

const camera: CameraView = {
  id: "front",
  name: "Front door",
  siteId: "home",
  state: "offline",
  sinceMs: 1_000_000,
  firstMs: 500_000,
  lastMs: 1_000_000,
  tracks: null,
};

test("live of an offline camera becomes its last moments", () => {
  assert.deepEqual(divert({ kind: "live" }, camera), { at: { kind: "moment", ms: 980_000 }, offline: true });
});

test("live of other cameras, and a moment of any, stays what it is", () => {
  const live = { kind: "live" as const };
  assert.deepEqual(divert(live, { ...camera, state: "recording" }), { at: live, offline: false });
  assert.deepEqual(divert(live, { ...camera, state: "waiting" }), { at: live, offline: false });
  assert.deepEqual(divert(live, { ...camera, lastMs: null }), { at: live, offline: false });
  assert.deepEqual(divert(live, null), { at: live, offline: false });
  const moment = { kind: "moment" as const, ms: 700_000 };
  assert.deepEqual(divert(moment, camera), { at: moment, offline: false });
});
