import assert from "node:assert/strict";
import { test } from "node:test";
import { SharedReads } from "./shared_reads.ts";

test("those who ask at the same moment share a read, and those who ask later do not", async () => {
  const reads = new SharedReads<number>();
  let count = 0;
  const ask = (key: string) => reads.read(key, async () => ++count);
  const first = [ask("a"), ask("a"), ask("b")];
  assert.deepEqual(await Promise.all(first), [1, 1, 2]);
  assert.equal(await ask("a"), 3);
});

test("who asks while a read is under way gets one that begins after that", async () => {
  const reads = new SharedReads<string>();
  let state = "old";
  const seen: Promise<string>[] = [];
  const begun = reads.read("a", async () => {
    const read = state;
    // It is committed, and told, after this read looked.
    state = "new";
    seen.push(reads.read("a", async () => state));
    return read;
  });
  assert.equal(await begun, "old");
  assert.deepEqual(await Promise.all(seen), ["new"]);
});

test("a read that fails fails for all who share it, and the next one is tried", async () => {
  const reads = new SharedReads<number>();
  const fail = () => reads.read("a", () => Promise.reject(new Error("away")));
  const outcomes = await Promise.allSettled([fail(), fail()]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.equal(await reads.read("a", async () => 1), 1);
});
