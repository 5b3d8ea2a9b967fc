import assert from "node:assert/strict";
import { test } from "node:test";
import { FIRST_STATE, type PlayerState } from "./player_state.ts";
import { atOf } from "./session.ts";

const ready: PlayerState = { ...FIRST_STATE, phase: { kind: "ready" }, paused: false, shownMs: 5_000 };

test("live stays live for the address and for the next camera, a moment stays that moment", () => {
  assert.deepEqual(atOf({ ...ready, intent: "live" }), { kind: "live" });
  assert.deepEqual(atOf({ ...ready, intent: "moment" }), { kind: "moment", ms: 5_000 });
});

test("live that is paused is the moment it was paused at", () => {
  assert.deepEqual(atOf({ ...ready, intent: "live", paused: true }), { kind: "moment", ms: 5_000 });
});

test("live that cannot be shown is still what was asked for", () => {
  const stopped = { ...ready, intent: "live" as const, paused: true, phase: { kind: "no-live" as const } };
  assert.deepEqual(atOf(stopped), { kind: "live" });
});

test("what is on its way counts before anything is shown", () => {
  assert.deepEqual(atOf({ ...ready, intent: "moment", shownMs: null, wantedMs: 7_000 }), {
    kind: "moment",
    ms: 7_000,
  });
  assert.deepEqual(atOf({ ...ready, intent: "moment", shownMs: null, wantedMs: null }), { kind: "live" });
});
