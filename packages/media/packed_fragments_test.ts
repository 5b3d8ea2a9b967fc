import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isPackedFragments, packFragments, unpackFragments } from "./packed_fragments.ts";
import type { Fragment } from "./segment.ts";

const fragment: fc.Arbitrary<Fragment> = fc
  .tuple(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.integer({ min: 1, max: 2 ** 33 }), fc.nat())
  .map(([bytes, durationTicks, keyframeBytes]) => ({ bytes, durationTicks, keyframeBytes }));

test("a fragment index is what it was after it was packed", () => {
  fc.assert(
    fc.property(fc.array(fragment, { minLength: 1 }), (fragments) => {
      const text = packFragments(fragments);
      assert.deepEqual(unpackFragments(text), fragments);
      assert.ok(isPackedFragments(text));
    }),
  );
});

test("five fragments of a usual camera take 60 characters", () => {
  const usual = Array.from({ length: 5 }, () => ({
    bytes: 500_080,
    durationTicks: 180_000,
    keyframeBytes: 60_160,
  }));
  assert.equal(packFragments(usual).length, 60);
  assert.equal(packFragments([{ bytes: 300, durationTicks: 1, keyframeBytes: 0 }]), "rAIBAA");
});

test("what is not an index is not taken for one", () => {
  // Nothing, cut off, a fragment without bytes, a longer form of the same numbers, other characters.
  for (const text of ["", "rA", "rAIB", "AAEA", "rIIAAQA", "rAIB AA"])
    assert.ok(!isPackedFragments(text), text);
  assert.throws(() => unpackFragments("rA"), RangeError);
});
