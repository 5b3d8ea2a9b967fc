import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraView } from "@rokuga/media/api.ts";
import { FIRST_STATE, type PlayerState } from "./player_state.ts";
import { type Situation, statusOf } from "./status.ts";
import { createText } from "./text_fixture.ts";

const text = createText("en", "Europe/Berlin");
const NOW = Date.parse("2026-03-12T13:00:00Z");

const camera: CameraView = {
  id: "front",
  name: "Front door",
  siteId: "home",
  state: "recording",
  sinceMs: NOW - 3_600_000,
  firstMs: NOW - 86_400_000,
  lastMs: NOW - 10_000,
  tracks: null,
  backlog: null,
};
const offline: CameraView = { ...camera, state: "offline", sinceMs: NOW - 600_000, lastMs: NOW - 600_000 };

function situation(player: Partial<PlayerState>, more: Partial<Situation> = {}): Situation {
  return {
    cameras: { cameras: [camera], failure: null },
    unknownCamera: null,
    camera,
    player: { ...FIRST_STATE, cameraId: "front", phase: { kind: "ready" }, paused: false, ...player },
    nowMs: NOW,
    browserNowMs: NOW,
    ...more,
  };
}

test("there is nothing to say while it plays", () => {
  assert.equal(statusOf(situation({ shownMs: NOW - 20_000, source: "live" }), text), null);
});

test("no answer yet, no cameras, an unknown camera", () => {
  const none = situation({}, { cameras: { cameras: null, failure: null } });
  assert.equal(statusOf(none, text)?.kind, "loading-cameras");
  const empty = situation({}, { cameras: { cameras: [], failure: null } });
  assert.match(statusOf(empty, text)!.text, /^No cameras yet\. One that is added on site/);
  const unknown = situation({}, { unknownCamera: "garage" });
  assert.match(statusOf(unknown, text)!.text, /“garage”/);
});

test("a server that is down is said with the time of the next try, and does not hide a picture", () => {
  const failure = { why: { kind: "network" as const }, retryAtMs: NOW + 3_200 };
  const before = statusOf(
    situation({ phase: { kind: "empty" } }, { cameras: { cameras: null, failure } }),
    text,
  );
  assert.deepEqual(before, {
    kind: "server-down",
    tone: "error",
    text: "The server cannot be reached. Trying again in 4 s.",
    blocking: true,
    action: { kind: "retry" },
  });
  assert.equal(statusOf(situation({}, { cameras: { cameras: [camera], failure } }), text)?.blocking, false);
});

test("loading is said after a moment and becomes slow", () => {
  const loading = (forMs: number) =>
    statusOf(
      situation({
        phase: { kind: "loading", sinceMs: NOW - forMs },
        source: "recording",
        wantedMs: NOW - 60_000,
      }),
      text,
    );
  assert.equal(loading(300), null);
  assert.equal(loading(1_000)?.text, "Loading 13:59:00…");
  assert.equal(loading(9_000)?.kind, "slow");
  assert.deepEqual(loading(9_000)?.action, { kind: "retry" });
});

test("the server's own sentence is passed on", () => {
  const why = { kind: "problem" as const, status: 503, detail: "The database is starting.", nearest: null };
  const phase = { kind: "retrying" as const, why, attempt: 1, retryAtMs: NOW + 900 };
  assert.equal(statusOf(situation({ phase }), text)?.text, "The database is starting. Trying again in 1 s.");
});

test("permission that ran out is told from a server's error", () => {
  const trouble = (status: number) => ({
    kind: "network" as const,
    what: "video" as const,
    status,
    timedOut: false,
  });
  const said = (status: number) =>
    statusOf(situation({ trouble: trouble(status), stalledSinceMs: NOW - 2_000 }), text)?.text;
  assert.match(said(403)!, /permission to load this video has run out/);
  assert.match(said(500)!, /error 500/);
});

test("trouble in the background is said only once the picture stands still", () => {
  const trouble = { kind: "network" as const, what: "video" as const, status: null, timedOut: false };
  assert.equal(statusOf(situation({ trouble }), text), null);
  assert.equal(statusOf(situation({ trouble, stalledSinceMs: NOW - 5_000 }), text)?.kind, "trouble");
});

test("live that stops coming says since when, and why if the camera is offline", () => {
  const stalled = { source: "live" as const, shownMs: NOW - 40_000, stalledSinceMs: NOW - 20_000 };
  assert.match(statusOf(situation(stalled), text)!.text, /^No new footage since 13:59:20\./);
  const off = situation(stalled, { camera: offline });
  assert.equal(statusOf(off, text)?.text, "Front door is offline since 13:50:00.");
  assert.equal(statusOf(situation({ ...stalled, stalledSinceMs: NOW - 8_000 }), text), null);
});

test("a gap that was left out is told with its cause", () => {
  const range = { startMs: NOW - 600_000, endMs: NOW - 300_000 };
  const notice = { kind: "gap" as const, range, cause: "camera-unreachable" as const };
  assert.equal(
    statusOf(situation({ notice }), text)?.text,
    "No footage 13:50:00–13:55:00: Camera unreachable. Playing from 13:55:00.",
  );
  const unknown = statusOf(situation({ notice: { ...notice, cause: null } }), text);
  assert.equal(unknown?.text, "There is no footage there. Playing from 13:55:00.");
});

test("an offline camera shows its last moments and says so", () => {
  const said = statusOf(situation({ notice: { kind: "offline" } }, { camera: offline }), text);
  assert.equal(said?.text, "Front door is offline since 13:50:00. These are its last moments.");
  assert.equal(said?.blocking, false);
});

test("no footage, the end and no live offer a way on", () => {
  const noFootage = statusOf(situation({ phase: { kind: "no-footage", askedMs: NOW - 1_000 } }), text);
  assert.deepEqual(noFootage?.action, {
    kind: "play-from",
    ms: camera.lastMs! - 30_000,
    label: "lastFootage",
  });
  const end = statusOf(situation({ phase: { kind: "end", endMs: NOW - 10_000 } }), text);
  assert.deepEqual(end?.action, { kind: "go-live" });
  const never = { ...camera, firstMs: null, lastMs: null };
  const first = statusOf(situation({ phase: { kind: "no-live" } }, { camera: never }), text);
  assert.match(first!.text, /^No footage of Front door yet/);
  const offlineEnd = statusOf(situation({ phase: { kind: "end", endMs: NOW } }, { camera: offline }), text);
  assert.match(offlineEnd!.text, /Front door is offline since 13:50:00\.$/);
  assert.equal(offlineEnd?.action, null);
});

test("an unsupported codec is named as people know it", () => {
  const phase = { kind: "unsupported" as const, codecs: ["hvc1.1.6.L120.90"] };
  assert.match(
    statusOf(situation({ phase }), text)!.text,
    /^This camera records H\.265 \(HEVC\), which this browser/,
  );
});

test("a broken place can be skipped", () => {
  const phase = { kind: "broken" as const, atMs: NOW - 60_000, detail: "bufferAppendError" };
  const said = statusOf(situation({ phase }), text);
  assert.equal(said?.text, "The video at 13:59:00 cannot be played.");
  assert.deepEqual(said?.action, { kind: "play-from", ms: NOW - 50_000, label: "skip" });
});

test("a gap in which others play is said in place of the end, but not of what keeps it from loading", () => {
  const gap = { startMs: NOW - 60_000, endMs: null, cause: "camera-unreachable" as const };
  const kindOf = (phase: PlayerState["phase"]) => statusOf(situation({ gap, phase }), text)?.kind;
  const said = statusOf(situation({ gap }), text);
  assert.deepEqual([said?.text, said?.blocking], ["No footage at this moment: Camera unreachable", true]);
  assert.equal(kindOf({ kind: "end", endMs: NOW - 60_000 }), "gap-here");
  assert.equal(kindOf({ kind: "no-footage", askedMs: NOW - 60_000 }), "gap-here");
  assert.equal(kindOf({ kind: "no-hls" }), "no-hls");
});
