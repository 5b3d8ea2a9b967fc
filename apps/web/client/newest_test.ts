import assert from "node:assert/strict";
import { test } from "node:test";
import { newest } from "./newest.ts";

/** Work that ends when it is told to. */
function work() {
  const begun: number[] = [];
  const aborted: number[] = [];
  let end: () => void = () => undefined;
  const asked = newest<number>((question, signal) => {
    begun.push(question);
    return new Promise((resolve, reject) => {
      end = resolve;
      signal.addEventListener("abort", () => {
        aborted.push(question);
        reject(signal.reason);
      });
    });
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    asked,
    begun,
    aborted,
    settle,
    finish: () => {
      end();
      return settle();
    },
  };
}

test("of what is asked while it works, only the newest is done", async () => {
  const { asked, begun, finish } = work();
  for (const question of [1, 2, 3, 4]) asked.ask(question);
  assert.deepEqual(begun, [1]);
  await finish();
  assert.deepEqual(begun, [1, 4]);
  await finish();
  asked.ask(5);
  assert.deepEqual(begun, [1, 4, 5]);
});

test("what is given up ends, and the next begins at once", async () => {
  const { asked, begun, aborted, settle, finish } = work();
  asked.ask(1);
  asked.ask(2);
  asked.clear();
  asked.ask(3);
  assert.deepEqual(begun, [1, 3]);
  await settle();
  assert.deepEqual(aborted, [1]);
  asked.ask(4);
  assert.deepEqual(begun, [1, 3]);
  await finish();
  assert.deepEqual(begun, [1, 3, 4]);
});
