import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Fields, Log } from "@rokuga/runtime/log.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { Breaker } from "./breaker.ts";
import { OutageError } from "./outage_error.ts";

const never = new AbortController().signal;
const away = () => new OutageError("the store cannot be reached");

type Line = { level: string; message: string; fields: Fields };
let lines: Line[] = [];
let breakers: Breaker[] = [];
afterEach(async () => {
  for (const breaker of breakers) await breaker[Symbol.asyncDispose]();
  lines = [];
  breakers = [];
});

const listeningLog: Log = {
  info: (message, fields = {}) => void lines.push({ level: "info", message, fields }),
  warn: (message, fields = {}) => void lines.push({ level: "warn", message, fields }),
  error: (message, fields = {}) => void lines.push({ level: "error", message, fields }),
  with: () => listeningLog,
};

/** A destination that a test switches off and on, and its breaker. */
function destination(options: { firstMs?: number; longestMs?: number } = {}) {
  const state = {
    fault: undefined as unknown,
    workFault: undefined as unknown,
    probedMs: [] as number[],
    worked: 0,
    changes: 0,
  };
  const breaker = new Breaker({
    destination: "store",
    log: listeningLog,
    firstMs: options.firstMs ?? 2,
    longestMs: options.longestMs ?? 8,
    onChange: () => void state.changes++,
    probe: async () => {
      state.probedMs.push(performance.now());
      await delay(1);
      if (state.fault) throw state.fault;
    },
  });
  breakers.push(breaker);
  const work = async () => {
    await delay(1);
    if (state.fault ?? state.workFault) throw state.fault ?? state.workFault;
    return ++state.worked;
  };
  return { state, breaker, work };
}
const levels = () => lines.map(({ level }) => level);

test("work that succeeds is passed through, and nothing is probed", async () => {
  const { state, breaker, work } = destination();
  assert.equal(await breaker.run(work, never), 1);
  assert.deepEqual(breaker.status, { awaySinceMs: null, problem: null });
  assert.deepEqual([state.probedMs, lines, state.changes], [[], [], 0]);
});

test("in an outage all wait for the same probe, and do their work again when it succeeds", async () => {
  const { state, breaker, work } = destination();
  state.fault = away();
  const startedMs = Date.now();
  let tries = 0;
  const tried = () => {
    tries++;
    return work();
  };
  const all = Promise.all(Array.from({ length: 8 }, () => breaker.run(tried, never)));
  await waitFor(() => state.probedMs.length >= 5, { what: "five probes", intervalMs: 1 });
  assert.equal(tries, 8, "nobody tries while it is away");
  const { awaySinceMs, problem } = breaker.status;
  assert.ok(awaySinceMs! >= startedMs && awaySinceMs! <= Date.now());
  assert.equal(problem, "The store cannot be reached, or does not work right now");
  // Who comes later does not try either.
  const late = breaker.run(tried, never);
  await delay(10);
  assert.equal(tries, 8);
  state.fault = undefined;
  await all;
  await late;
  assert.equal(state.worked, 9);
  assert.equal(tries, 17);
  assert.deepEqual(breaker.status, { awaySinceMs: null, problem: null });
  assert.deepEqual(levels(), ["warn", "info"]);
  assert.equal(lines[0]!.fields.destination, "store");
  assert.equal(state.changes, 2);
});

test("the pauses between probes grow, up to the longest", async () => {
  const { state, breaker } = destination({ firstMs: 20, longestMs: 80 });
  const startedMs = performance.now();
  breaker.isAway(away());
  state.fault = away();
  await waitFor(() => state.probedMs.length >= 6, { what: "six probes", intervalMs: 1 });
  const pauses = state.probedMs.map((atMs, index) => atMs - (state.probedMs[index - 1] ?? startedMs));
  // Half of 20, 40, 80, 80, 80, 80 at least; 15 ms for a slow machine at most.
  for (const [index, fullMs] of [20, 40, 80, 80, 80, 80].entries()) {
    const pauseMs = pauses[index]!;
    assert.ok(pauseMs >= fullMs / 2 - 1 && pauseMs <= fullMs + 30, `pause ${index}: ${pauseMs} ms`);
  }
});

test("a destination that takes the probe but not the work stays away, and is asked less and less", async () => {
  const { state, breaker, work } = destination({ firstMs: 4, longestMs: 400 });
  state.workFault = away();
  const running = breaker.run(work, never);
  await waitFor(() => state.probedMs.length >= 5, { what: "five probes", intervalMs: 1 });
  assert.notEqual(breaker.status.awaySinceMs, null);
  const lastPauseMs = state.probedMs[4]! - state.probedMs[3]!;
  assert.ok(lastPauseMs >= 30, `${lastPauseMs} ms`);
  assert.deepEqual(levels(), ["warn"], "one outage, said once");
  state.workFault = undefined;
  await running;
  assert.equal(breaker.status.awaySinceMs, null);
  // The next outage begins with short pauses again.
  state.fault = away();
  const next = breaker.run(work, never);
  const probes = state.probedMs.length;
  await waitFor(() => state.probedMs.length >= probes + 2, {
    what: "two probes",
    intervalMs: 1,
    timeoutMs: 300,
  });
  state.fault = undefined;
  await next;
});

test("what was begun before an outage does not end it", async () => {
  const { state, breaker, work } = destination({ firstMs: 20 });
  const { promise, resolve } = Promise.withResolvers<void>();
  const early = breaker.run(() => promise, never);
  state.fault = away();
  const running = breaker.run(work, never);
  await waitFor(() => breaker.status.awaySinceMs !== null, { what: "the outage", intervalMs: 1 });
  resolve();
  await early;
  assert.notEqual(breaker.status.awaySinceMs, null);
  assert.deepEqual(levels(), ["warn"]);
  state.fault = undefined;
  await running;
});

test("an outage that nobody waits for is over with the probe", async () => {
  const { state, breaker } = destination();
  breaker.isAway(away());
  assert.notEqual(breaker.status.awaySinceMs, null);
  await waitFor(() => breaker.status.awaySinceMs === null, { what: "the end of the outage" });
  assert.equal(state.probedMs.length, 1);
});

test("when waiting will not help, a person is told once, and it goes on when they have acted", async () => {
  const { state, breaker, work } = destination();
  state.fault = away();
  const running = breaker.run(work, never);
  await waitFor(() => state.probedMs.length >= 1, { what: "a probe", intervalMs: 1 });
  state.fault = new Error(
    'Cannot store "rokuga-probe" in bucket "b" at 10.0.0.9:9000: access is denied. Allow these credentials',
  );
  await waitFor(() => state.probedMs.length >= 5, { what: "five probes", intervalMs: 1 });
  assert.equal(breaker.status.problem, "The store refuses: access is denied. Allow these credentials");
  assert.deepEqual(levels(), ["warn", "error"]);
  state.fault = undefined;
  assert.equal(await running, 1);
  assert.deepEqual(levels(), ["warn", "error", "info"]);
});

test("a problem names no address and no password", async () => {
  const { breaker } = destination();
  breaker.isAway(new Error('no entry for host "192.168.1.20", see postgres://rokuga:geheim@db/rokuga'));
  assert.equal(
    breaker.status.problem,
    'The store refuses: no entry for host "…", see postgres://***@db/rokuga',
  );
});

test("an error of one job alone is the job's; one of the destination makes all wait", async () => {
  const { state, breaker, work } = destination();
  state.workFault = new Error("this object is too large");
  await assert.rejects(breaker.run(work, never), /too large/);
  assert.equal(breaker.status.awaySinceMs, null);
  assert.equal(state.probedMs.length, 1);

  // The password was changed: not this job's fault, nor one that ends by itself.
  state.workFault = undefined;
  state.fault = new Error("password authentication failed");
  const both = [breaker.run(work, never), breaker.run(work, never)];
  await waitFor(() => state.probedMs.length >= 4, { what: "more probes", intervalMs: 1 });
  assert.equal(breaker.status.problem, "The store refuses: password authentication failed");
  assert.deepEqual(levels(), ["error"]);
  state.fault = undefined;
  assert.deepEqual(await Promise.all(both), [1, 2]);
});

test("a signal ends the waiting of its job alone, at once and with its reason", async () => {
  const { state, breaker, work } = destination({ firstMs: 10_000 });
  state.fault = away();
  const reason = new Error("stopping");
  const stop = new AbortController();
  const stopped = breaker.run(work, stop.signal);
  const other = breaker.run(work, never).catch((error: unknown) => error);
  await waitFor(() => breaker.status.awaySinceMs !== null, { what: "the outage" });
  stop.abort(reason);
  await assert.rejects(stopped, reason);
  await assert.rejects(breaker.run(work, stop.signal), reason);
  const startedMs = performance.now();
  await breaker[Symbol.asyncDispose]();
  assert.ok((await other) instanceof Error, "nobody waits for ever");
  assert.ok(performance.now() - startedMs < 1_000);
});
