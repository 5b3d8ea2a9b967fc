import assert from "node:assert/strict";
import { test } from "node:test";
import { SpoolLedger } from "./spool_ledger.ts";

const SITE = { siteId: "home", correctedByMs: 0 };
const place = { offset: 0, length: 1 };
const RUN = { cameraId: "a", runId: "0mk3x0abcd123" };
const LATER = { cameraId: "a", runId: "0mk3x0zzzz123" };
const OTHER = { cameraId: "b", runId: "0mk3x0abcd999" };

/** `count` segments of a second from `startMs` on, 100 bytes each. */
function fill(
  ledger: SpoolLedger,
  identity: typeof RUN,
  { startMs, count }: { startMs: number; count: number },
) {
  const run = ledger.openRun(identity, SITE);
  for (let sequence = 0; sequence < count; sequence++) {
    const times = { startMs: startMs + sequence * 1_000, endMs: startMs + sequence * 1_000 + 1_000 };
    ledger.add(run, { sequence, bytes: 100, ...times, place }, { handed: false });
  }
  return run;
}

test("the oldest come first across runs and cameras, and only those that are wanted", () => {
  const ledger = new SpoolLedger();
  fill(ledger, LATER, { startMs: 10_500, count: 3 });
  fill(ledger, RUN, { startMs: 1_000, count: 3 });
  fill(ledger, OTHER, { startMs: 1_500, count: 3 });
  const names = (segments: Iterable<{ run: { cameraId: string }; startMs: number }>) =>
    [...segments].map(({ run, startMs }) => `${run.cameraId}${startMs}`);
  assert.deepEqual(names(ledger.oldest(4, () => true)), ["a1000", "b1500", "a2000", "b2500"]);
  for (const segment of ledger.oldest(4, () => true)) segment.handed = true;
  assert.deepEqual(names(ledger.oldest(3, ({ handed }) => !handed)), ["a3000", "b3500", "a10500"]);
});

test("a segment counts once, however often it is added, and not after it was removed", () => {
  const ledger = new SpoolLedger();
  const run = fill(ledger, RUN, { startMs: 0, count: 3 });
  fill(ledger, RUN, { startMs: 0, count: 3 });
  assert.deepEqual([ledger.count, ledger.bytes, run.chunks.get(0)], [3, 300, 3]);
  const [first] = ledger.oldest(1, () => true);
  ledger.remove(first!);
  ledger.remove(first!);
  assert.deepEqual([ledger.count, ledger.bytes, run.chunks.get(0)], [2, 200, 2]);
  ledger.closeRun(run);
  assert.ok(ledger.run(RUN), "a run with segments stays");
});

test("ranges are joined over runs where they touch, and moved by clock corrections", () => {
  const ledger = new SpoolLedger();
  fill(ledger, RUN, { startMs: 1_000, count: 3 });
  const later = fill(ledger, LATER, { startMs: 5_000, count: 2 });
  fill(ledger, OTHER, { startMs: 0, count: 9 });
  assert.deepEqual(ledger.ranges("a", 0), [
    { startMs: 1_000, endMs: 4_000 },
    { startMs: 5_000, endMs: 7_000 },
  ]);
  assert.deepEqual(ledger.ranges("a", 1_000), [{ startMs: 1_000, endMs: 7_000 }]);
  later.correctedByMs = 60_000;
  assert.deepEqual(ledger.ranges("a", 0)[1], { startMs: 65_000, endMs: 67_000 });
});

test("a day's outage of 16 cameras is known by camera", () => {
  const ledger = new SpoolLedger();
  for (let camera = 0; camera < 16; camera++) {
    const runId = `0mk3x0abcd${String(camera).padStart(3, "0")}`;
    fill(ledger, { cameraId: `camera-${camera}`, runId }, { startMs: camera, count: 8_640 });
  }
  assert.equal(ledger.count, 138_240);
  const backlogs = ledger.backlogs();
  assert.deepEqual(backlogs.get("camera-3"), {
    cameraId: "camera-3",
    segments: 8_640,
    bytes: 864_000,
    oldestMs: 3,
    oldestEndMs: 1_003,
  });
  assert.equal(ledger.ranges("camera-3", 0).length, 1);
});
