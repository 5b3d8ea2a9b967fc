import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs } from "./backoff.ts";
import { repeat } from "./repeat.ts";

test("pauses grow to a quarter of a minute", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 50].map(backoffMs), [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
});

test("it asks again at its interval while it works, and with pauses while it does not", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  const asked: number[] = [];
  const failures: { attempt: number; retryAtMs: number }[] = [];
  const answers = [true, false, false, true, false, true];
  using repeater = repeat({
    async ask() {
      asked.push(Date.now());
      return answers.shift() ?? true;
    },
    everyMs: () => 5_000,
    onFailure: (failure) => failures.push(failure),
  });
  for (let second = 0; second < 19; second++) {
    await settled();
    t.mock.timers.tick(1_000);
  }
  assert.deepEqual(asked, [0, 5_000, 6_000, 8_000, 13_000, 14_000, 19_000]);
  assert.deepEqual(failures, [
    { attempt: 1, retryAtMs: 6_000 },
    { attempt: 2, retryAtMs: 8_000 },
    { attempt: 1, retryAtMs: 14_000 },
  ]);
  repeater.now();
  await settled();
  assert.equal(asked.length, 7, "it is asking already");
});

test("disposed of, it stops the request and asks no more", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let asked = 0;
  const signals: AbortSignal[] = [];
  const repeater = repeat({
    async ask(signal) {
      asked += 1;
      signals.push(signal);
      return true;
    },
    everyMs: () => 1_000,
  });
  await settled();
  repeater[Symbol.dispose]();
  assert.equal(signals[0]?.aborted, true);
  t.mock.timers.tick(10_000);
  repeater.now();
  await settled();
  assert.equal(asked, 1);
});

/** Everything that waits for a promise has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
