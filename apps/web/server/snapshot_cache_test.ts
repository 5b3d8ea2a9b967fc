import assert from "node:assert/strict";
import { test } from "node:test";
import { SnapshotCache } from "./snapshot_cache.ts";

test("what was wanted last stays, as much as fits", () => {
  const cache = new SnapshotCache(100);
  const picture = (bytes: number) => new Uint8Array(bytes);
  cache.set("a", picture(40));
  cache.set("b", picture(40));
  assert.equal(cache.get("a")?.length, 40);
  cache.set("c", picture(40));
  assert.deepEqual([cache.get("a")?.length, cache.get("b"), cache.get("c")?.length], [40, undefined, 40]);
  cache.set("a", picture(60));
  assert.deepEqual([cache.bytes, cache.get("a")?.length], [100, 60]);
  // Too large for it altogether: nothing else has to go.
  cache.set("d", picture(101));
  assert.deepEqual([cache.bytes, cache.get("d")], [100, undefined]);
});
