import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { CausedGap, TimeRange } from "./api.ts";
import {
  causeAfter,
  causedGaps,
  clip,
  coverageOf,
  type GapEvidence,
  type RelayMoment,
  type RunSpan,
  SILENCE_MS,
  STARTING_MS,
  subtract,
  union,
} from "./coverage.ts";
import type { RunEndReason } from "./events.ts";
import { BRIDGE_MS } from "./segment.ts";

const range = (startMs: number, endMs: number) => ({ startMs, endMs });

test("union joins what touches, and what is closer than the slack", () => {
  assert.deepEqual(union([range(10, 20), range(0, 5), range(20, 30), range(31, 40)]), [
    range(0, 5),
    range(10, 30),
    range(31, 40),
  ]);
  assert.deepEqual(union([range(10, 20), range(0, 5), range(31, 40)], 5), [range(0, 20), range(31, 40)]);
});

test("covered and open time tile the window exactly, whatever the ranges", () => {
  const ranges = fc.array(
    fc
      .tuple(fc.nat(1000), fc.integer({ min: 1, max: 100 }))
      .map(([start, length]) => range(start, start + length)),
  );
  fc.assert(
    fc.property(ranges, fc.nat(500), fc.integer({ min: 1, max: 600 }), (some, start, length) => {
      const window = range(start, start + length);
      const covered = clip(union(some), window);
      const tiles = [...covered, ...subtract(window, union(some))].sort((a, b) => a.startMs - b.startMs);
      assert.equal(tiles[0]!.startMs, window.startMs);
      assert.equal(tiles.at(-1)!.endMs, window.endMs);
      for (const [index, tile] of tiles.slice(1).entries()) assert.equal(tile.startMs, tiles[index]!.endMs);
    }),
  );
});

test("segments of a run that follow each other are bridged, others are not", () => {
  const segment = (runId: string, sequence: number, startMs: number, endMs: number) => ({
    ...range(startMs, endMs),
    runId,
    sequence,
  });
  const covered = coverageOf([
    segment("a", 2, 20_300, 30_000),
    segment("a", 0, 0, 10_000),
    // 1 s late: the uncertainty of a last frame.
    segment("a", 1, 11_000, 20_000),
    // More than that: the camera was silent.
    segment("a", 3, 30_001 + BRIDGE_MS, 40_000),
    // A number is missing.
    segment("a", 5, 40_500, 50_000),
    // Another run.
    segment("b", 6, 50_500, 60_000),
    segment("b", 7, 59_000, 61_000),
  ]);
  assert.deepEqual(covered, [
    range(0, 30_000),
    range(30_001 + BRIDGE_MS, 40_000),
    range(40_500, 50_000),
    range(50_500, 61_000),
  ]);
});

const NOTHING: GapEvidence = {
  coverage: [],
  losses: [],
  backlog: null,
  runs: [],
  relay: [],
  lastHeardMs: 0,
  registeredMs: null,
  firstRunMs: null,
};

/** Gaps as `[start s, end s, cause]`. */
const seconds = (gaps: readonly CausedGap[]) =>
  gaps.map(({ startMs, endMs, cause }) => [startMs / 1000, endMs / 1000, cause]);
const ended = (startS: number, endS: number, endReason: RunEndReason): RunSpan => ({
  ...range(startS * 1000, endS * 1000),
  endReason,
});
const openRun = (startS: number): RunSpan => ({ startMs: startS * 1000, endMs: null, endReason: null });

test("each hole gets the strongest cause there is evidence for", () => {
  const gaps = causedGaps(range(0, 1_000_000), {
    ...NOTHING,
    coverage: [range(100_000, 200_000), range(250_000, 300_000)],
    runs: [ended(100, 310, "disconnected"), ended(400, 450, "stopped"), openRun(500)],
    losses: [{ ...range(210_000, 220_000), cause: "corrupt" }],
    lastHeardMs: 600_000,
    registeredMs: 50_000,
    firstRunMs: 100_000,
  });
  assert.deepEqual(seconds(gaps), [
    [0, 50, "unknown"],
    [50, 100, "camera-unreachable"],
    [200, 210, "waiting-on-site"],
    [210, 220, "corrupt"],
    [220, 250, "waiting-on-site"],
    [300, 310, "waiting-on-site"],
    [310, 400, "camera-unreachable"],
    [400, 450, "waiting-on-site"],
    [450, 500, "relay-stopped"],
    [500, 660, "waiting-on-site"],
    [660, 1000, "unknown"],
  ]);
});

test("what was recorded, is not stored and is not on the site any more was deleted", () => {
  const gaps = causedGaps(range(0, 400_000), {
    ...NOTHING,
    coverage: [range(0, 50_000), range(300_000, 310_000)],
    runs: [openRun(0)],
    backlog: { reportedMs: 250_000, ranges: [range(100_000, 200_000), range(240_000, 249_000)] },
    lastHeardMs: 400_000,
  });
  assert.deepEqual(seconds(gaps), [
    [50, 100, "deleted"],
    [100, 200, "waiting-on-site"],
    [200, 240, "deleted"],
    // To 250: nothing but the last frames since the report was put together.
    [240, 300, "waiting-on-site"],
    [310, 400, "waiting-on-site"],
  ]);
});

test("a relay that was off explains what no run does; when it is back it is the camera", () => {
  const gaps = causedGaps(range(0, 1_000_000), {
    ...NOTHING,
    coverage: [range(0, 100_000)],
    // Cut off: what the camera last sent is older than what the relay last noted.
    runs: [ended(0, 100, "relay-died"), ended(500, 500, "stopped")],
    relay: [
      { kind: "started", atMs: 300_000, lastAliveMs: 110_000 },
      { kind: "stopped", atMs: 600_000 },
    ],
    lastHeardMs: 600_000,
    registeredMs: 0,
    firstRunMs: 0,
  });
  assert.deepEqual(seconds(gaps), [
    [100, 300, "relay-stopped"],
    [300, 500, "camera-unreachable"],
    // Until told otherwise, however long it is silent.
    [500, 1000, "relay-stopped"],
  ]);
});

test("after the last run a cause holds for as long as the site is heard", () => {
  const window = range(0, 1_000_000);
  const afterwards = (endReason: RunEndReason, more: Partial<GapEvidence> = {}) =>
    seconds(
      causedGaps(window, {
        ...NOTHING,
        coverage: [range(0, 100_000)],
        runs: [ended(0, 100, endReason)],
        lastHeardMs: 500_000,
        ...more,
      }),
    );
  const silence = [560, 1000, "unknown"];
  for (const reason of ["disconnected", "failed", "stalled", "changed"] as const) {
    assert.deepEqual(afterwards(reason), [[100, 560, "camera-unreachable"], silence], reason);
  }
  for (const reason of ["killed", "stopped", "relay-died", "hung"] as const) {
    assert.deepEqual(afterwards(reason), [[100, 560, "relay-stopped"], silence], reason);
  }
  assert.deepEqual(afterwards("disk-full"), [[100, 560, "spool-overflow"], silence]);
  // Never a run: the camera was never reached.
  const never = causedGaps(window, { ...NOTHING, registeredMs: 100_000, lastHeardMs: 500_000 });
  assert.deepEqual(seconds(never), [[0, 100, "unknown"], [100, 560, "camera-unreachable"], silence]);
});

test("what is covered after all is no gap, whatever was said to be lost", () => {
  const losses = [{ ...range(20, 40), cause: "corrupt" as const }];
  assert.deepEqual(causedGaps(range(0, 100), { ...NOTHING, coverage: [range(0, 100)], losses }), []);
});

const within = (at: number, { startMs, endMs }: TimeRange) => startMs <= at && at < endMs;
const earliest = (moments: number[]) => Math.min(Number.POSITIVE_INFINITY, ...moments);

/** The rules once more, for one moment, as they read: slow, and without layers. Undefined where there is coverage. */
function causeAt(at: number, evidence: GapEvidence): CausedGap["cause"] | undefined {
  const { coverage, losses, backlog, runs, relay, lastHeardMs, registeredMs, firstRunMs } = evidence;
  const heard = at < lastHeardMs + SILENCE_MS;
  const startAfter = (ms: number) => earliest(runs.map((run) => run.startMs).filter((start) => start > ms));
  const restartAfter = (ms: number) =>
    earliest(relay.flatMap((moment) => (moment.kind === "started" && moment.atMs > ms ? [moment.atMs] : [])));
  if (coverage.some((span) => within(at, span))) return undefined;
  const loss = losses.find((span) => within(at, span));
  if (loss) return loss.cause;
  if (backlog?.ranges.some((span) => within(at, span))) return "waiting-on-site";
  const recording = runs.some(({ startMs, endMs }, index) => {
    if (at < startMs) return false;
    if (endMs !== null) return at < endMs;
    return runs[index + 1] ? at < runs[index + 1]!.startMs : heard;
  });
  if (recording) return backlog && at < backlog.reportedMs ? "deleted" : "waiting-on-site";
  const off = relay.some((moment) => {
    if (moment.kind === "started") {
      const runMs = startAfter(moment.atMs);
      const untilMs = runMs - moment.atMs <= STARTING_MS ? runMs : moment.atMs;
      return moment.lastAliveMs !== null && moment.lastAliveMs <= at && at < untilMs;
    }
    return moment.atMs <= at && at < restartAfter(moment.atMs) && at < startAfter(moment.atMs);
  });
  if (off) return "relay-stopped";
  const before = runs
    .filter((run) => run.endReason !== null && run.endMs !== null && run.endMs <= at)
    .sort((a, b) => a.endMs! - b.endMs!)
    .at(-1);
  if (before) {
    const next = startAfter(before.endMs!);
    const holds = next === Number.POSITIVE_INFINITY ? heard : at < next;
    const cause = causeAfter(before.endReason!);
    if (holds)
      return cause === "relay-stopped" && at >= restartAfter(before.endMs!) ? "camera-unreachable" : cause;
  }
  if (registeredMs !== null && at >= registeredMs && (firstRunMs === null ? heard : at < firstRunMs)) {
    return "camera-unreachable";
  }
  return "unknown";
}

const moment = fc.nat(400).map((step) => step * 1_000);
const span = fc
  .tuple(moment, fc.integer({ min: 1, max: 90 }))
  .map(([startMs, length]) => range(startMs, startMs + length * 1_000));
const byStart = <T extends TimeRange>(ranges: T[]) => ranges.sort((a, b) => a.startMs - b.startMs);
const reason = fc.constantFrom<RunEndReason>("disconnected", "changed", "relay-died", "stopped", "disk-full");
const runSpan = fc.oneof(
  fc.tuple(span, reason).map(([run, endReason]): RunSpan => ({ ...run, endReason })),
  fc
    .tuple(moment, reason)
    .map(([startMs, endReason]): RunSpan => ({ ...range(startMs, startMs), endReason })),
  moment.map((startMs): RunSpan => ({ startMs, endMs: null, endReason: null })),
);
const relayMoment = fc.oneof(
  fc
    .tuple(moment, fc.option(moment))
    .map(([atMs, lastAliveMs]): RelayMoment => ({ kind: "started", atMs, lastAliveMs })),
  moment.map((atMs): RelayMoment => ({ kind: "stopped", atMs })),
);
const evidence: fc.Arbitrary<GapEvidence> = fc
  .record({
    coverage: fc.array(span, { maxLength: 5 }).map((some) => union(some)),
    // Sorted, and made disjoint: which of two that begin together holds is for the one who reads them to say.
    losses: fc
      .array(span, { maxLength: 3 })
      .map((some) => union(some).map((one): CausedGap => ({ ...one, cause: "corrupt" }))),
    backlog: fc.option(
      fc.record({ reportedMs: moment, ranges: fc.array(span, { maxLength: 3 }).map((some) => union(some)) }),
    ),
    runs: fc.array(runSpan, { maxLength: 6 }).map((runs) => runs.sort((a, b) => a.startMs - b.startMs)),
    relay: fc.array(relayMoment, { maxLength: 4 }).map((relay) => relay.sort((a, b) => a.atMs - b.atMs)),
    lastHeardMs: moment,
    registeredMs: fc.option(moment),
  })
  .map((known) => ({ ...known, firstRunMs: known.runs[0]?.startMs ?? null }));

test("gaps and coverage tile any window, and each moment has the cause that the rules give it", () => {
  fc.assert(
    fc.property(evidence, span, (known, window) => {
      const gaps = causedGaps(window, known);
      const tiles = byStart([...gaps, ...clip(known.coverage, window)]);
      let cursor = window.startMs;
      for (const tile of tiles) {
        assert.equal(tile.startMs, cursor);
        assert.ok(tile.startMs < tile.endMs);
        cursor = tile.endMs;
      }
      assert.equal(cursor, window.endMs);
      // All moments of the evidence are whole seconds.
      for (let at = window.startMs; at < window.endMs; at += 1_000) {
        const found = gaps.find((gap) => within(at, gap))?.cause;
        const wanted = causeAt(at, known);
        // Slivers of what was recorded go to their neighbours.
        if (wanted === "deleted" && found !== "deleted")
          assert.ok(found !== "unknown" && isSliver(at, window, known), `at ${at}`);
        else assert.equal(found, wanted, `at ${at}`);
      }
    }),
    { numRuns: 3_000 },
  );
});

/** Whether what is concluded to be deleted around `at` is too short to conclude anything. */
function isSliver(at: number, window: TimeRange, known: GapEvidence): boolean {
  const deleted = (ms: number) => within(ms, window) && causeAt(ms, known) === "deleted";
  let [startMs, endMs] = [at, at];
  while (deleted(startMs - 1_000)) startMs -= 1_000;
  while (deleted(endMs)) endMs += 1_000;
  return endMs - startMs <= BRIDGE_MS;
}

test("many holes with many kinds of evidence are each explained by the strongest", () => {
  const count = 10_000;
  // A run does not follow so soon on a start of the relay that the start explains the wait for it.
  const SCALE = 1_000;
  const every = (offset: number, length: number) =>
    Array.from({ length: count }, (_, index) =>
      range((index * 100 + offset) * SCALE, (index * 100 + offset + length) * SCALE),
    );
  const gaps = causedGaps(range(0, count * 100 * SCALE), {
    ...NOTHING,
    coverage: every(0, 50),
    losses: every(60, 10).map((one) => ({ ...one, cause: "corrupt" as const })),
    runs: every(0, 80).map((one) => ({ ...one, endReason: "disconnected" as const })),
    backlog: { reportedMs: 0, ranges: every(70, 5) },
    relay: every(95, 5).map(({ startMs: lastAliveMs, endMs: atMs }) => ({
      kind: "started",
      atMs,
      lastAliveMs,
    })),
    lastHeardMs: count * 100 * SCALE,
  });
  assert.equal(gaps.length, count * 5);
});
