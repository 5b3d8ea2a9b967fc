import assert from "node:assert/strict";
import { test } from "node:test";
import { placeAfter, recoveryFor } from "./recovery.ts";

const moment = { kind: "moment" as const, ms: 5_000 };
const live = { kind: "live" as const };
const missing = { kind: "network" as const, what: "playlist" as const, status: 404, timedOut: false };
const context = { at: moment, mediaFailures: 0, recording: true };

test("a media failure is repaired once, loaded again once, and then given up", () => {
  const failure = { kind: "media" as const, detail: "bufferAppendError: no", untilMs: null };
  assert.deepEqual(recoveryFor(failure, context), { kind: "recover" });
  assert.deepEqual(recoveryFor(failure, { ...context, mediaFailures: 1 }), { kind: "retry" });
  assert.deepEqual(recoveryFor(failure, { ...context, mediaFailures: 2 }), {
    kind: "give-up",
    detail: failure.detail,
  });
});

test("damaged footage is left out, but not for ever", () => {
  const failure = { kind: "media" as const, detail: "fragParsingError: no", untilMs: 7_000 };
  assert.deepEqual(recoveryFor(failure, context), { kind: "skip", toMs: 7_000 });
  assert.deepEqual(recoveryFor(failure, { ...context, mediaFailures: 9 }), { kind: "skip", toMs: 7_000 });
  assert.equal(recoveryFor(failure, { ...context, mediaFailures: 10 }).kind, "give-up");
});

test("no playlist for a moment means looking for footage after it", () => {
  assert.deepEqual(recoveryFor(missing, context), { kind: "find-footage", fromMs: 5_000 });
  assert.deepEqual(recoveryFor({ kind: "outside" }, context), { kind: "find-footage", fromMs: 5_000 });
});

test("no live playlist is waited for while the camera records, and said otherwise", () => {
  assert.deepEqual(recoveryFor(missing, { ...context, at: live }), { kind: "retry" });
  assert.deepEqual(recoveryFor(missing, { ...context, at: live, recording: false }), { kind: "no-live" });
});

test("live that has forgotten the moment to join becomes the recording", () => {
  assert.deepEqual(recoveryFor({ kind: "outside" }, { ...context, at: { kind: "live", fromMs: 7_000 } }), {
    kind: "open",
    at: { kind: "moment", ms: 7_000 },
  });
});

test("other failed requests are repeated, a missing video file too", () => {
  assert.deepEqual(recoveryFor({ ...missing, status: 500 }, context), { kind: "retry" });
  assert.deepEqual(recoveryFor({ ...missing, status: null, timedOut: true }, context), { kind: "retry" });
  assert.deepEqual(recoveryFor({ ...missing, what: "video" }, context), { kind: "retry" });
});

test("a codec that cannot be played is said", () => {
  assert.deepEqual(recoveryFor({ kind: "codec", codec: "hvc1.1" }, context), {
    kind: "unsupported",
    codec: "hvc1.1",
  });
});

test("after a gap comes the next footage, near the present live, and otherwise nothing", () => {
  const now = { nowMs: 1_000_000, recording: true };
  assert.deepEqual(placeAfter(5_000, { ...now, nextMs: 9_000 }), { kind: "moment", ms: 9_000 });
  assert.deepEqual(placeAfter(990_000, { ...now, nextMs: null }), { kind: "live" });
  assert.equal(placeAfter(990_000, { ...now, nextMs: null, recording: false }), null);
  assert.equal(placeAfter(5_000, { ...now, nextMs: null }), null);
});
