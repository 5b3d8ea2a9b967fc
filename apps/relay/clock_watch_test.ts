import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "@rokuga/runtime/log.ts";
import { tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { ClockWatch, type Correction } from "./clock_watch.ts";
import type { ClockState } from "./spool.ts";

const START = 1_770_000_000_000;
const HOUR = 3_600_000;
const RUN = { cameraId: "a", runId: "0mk3x0abcd123" };
const LATER = { cameraId: "a", runId: "0mk3x0zzzz123" };

async function startClock(state: ClockState) {
  const directory = await tempDirectory("clock");
  const machine = { uptimeMs: 5_000, steppedMs: 0, state, bootId: "first" };
  const corrections: Correction[] = [];
  const open = () =>
    ClockWatch.open({
      spool: directory.path,
      readState: async () => machine.state,
      nowMs: () => START + machine.uptimeMs + machine.steppedMs,
      uptimeMs: () => machine.uptimeMs,
      readBootId: async () => machine.bootId,
      onCorrection: async (correction) => void corrections.push(correction),
      log: silentLog,
    });
  let watch = await open();
  return {
    ...{ directory, machine, corrections },
    begins: (run: typeof RUN) => watch.runBegins(run),
    async pass(ms: number) {
      machine.uptimeMs += ms;
      await watch.look();
    },
    async restart() {
      watch = await open();
    },
  };
}

const moves = (corrections: Correction[]) => corrections.map(({ run, byMs }) => [run.runId, byMs]);

test("when a wrong clock is set right, the runs that began before are moved by the step, each once", async () => {
  const clock = await startClock("unsynchronised");
  await using _ = clock.directory;
  await clock.begins(RUN);
  await clock.pass(60_000);
  clock.machine.steppedMs = 3 * HOUR;
  clock.machine.state = "synchronised";
  await clock.pass(1_000);
  assert.deepEqual(moves(clock.corrections), [[RUN.runId, 3 * HOUR]]);
  assert.equal(clock.corrections[0]!.seenMs, START + 66_000 + 3 * HOUR, "by the clock that is right");
  await clock.begins(LATER);
  await clock.pass(60_000);
  assert.equal(clock.corrections.length, 1);
});

test("a clock that is set in two steps moves each run by those it has seen", async () => {
  const clock = await startClock("unsynchronised");
  await using _ = clock.directory;
  await clock.begins(RUN);
  clock.machine.steppedMs = HOUR;
  await clock.pass(1_000);
  await clock.begins(LATER);
  clock.machine.steppedMs = 3 * HOUR;
  await clock.pass(1_000);
  assert.deepEqual(clock.corrections, [], "nobody says yet that it is right");
  clock.machine.state = "synchronised";
  await clock.pass(3_000);
  assert.deepEqual(moves(clock.corrections), [
    [RUN.runId, 3 * HOUR],
    [LATER.runId, 2 * HOUR],
  ]);
});

for (const state of ["synchronised", "unknown"] as const) {
  test(`a step of a clock that was ${state} moves nothing`, async () => {
    const clock = await startClock(state);
    await using _ = clock.directory;
    await clock.begins(RUN);
    clock.machine.steppedMs = -HOUR;
    await clock.pass(1_000);
    await clock.pass(60_000);
    assert.deepEqual(clock.corrections, []);
  });
}

test("a clock that is only slewed moves nothing", async () => {
  const clock = await startClock("unsynchronised");
  await using _ = clock.directory;
  await clock.begins(RUN);
  for (let second = 0; second < 20; second++) {
    clock.machine.steppedMs += 200;
    await clock.pass(1_000);
  }
  clock.machine.state = "synchronised";
  await clock.pass(3_000);
  assert.deepEqual(clock.corrections, []);
});

test("a restart of the relay between the recording and the step does not matter; one of the machine does", async () => {
  const clock = await startClock("unsynchronised");
  await using _ = clock.directory;
  await clock.begins(RUN);
  clock.machine.steppedMs = 2 * HOUR;
  clock.machine.state = "synchronised";
  clock.machine.uptimeMs += 30_000;
  await clock.restart();
  await clock.pass(1_000);
  assert.deepEqual(moves(clock.corrections), [[RUN.runId, 2 * HOUR]]);

  const other = await startClock("unsynchronised");
  await using __ = other.directory;
  await other.begins(RUN);
  other.machine.bootId = "second";
  other.machine.steppedMs = 2 * HOUR;
  other.machine.state = "synchronised";
  await other.restart();
  await other.pass(3_000);
  assert.deepEqual(other.corrections, []);
});
