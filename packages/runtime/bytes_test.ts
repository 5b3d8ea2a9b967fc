import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBytes, parseBytes } from "./bytes.ts";

test("bytes are written with a unit that fits", () => {
  assert.deepEqual([0, 999, 1_000, 123_456, 2_500_000_000, 7e15].map(formatBytes), [
    "0 B",
    "999 B",
    "1.0 KB",
    "123 KB",
    "2.5 GB",
    "7000 TB",
  ]);
});

test("bytes are read with and without a unit, and nothing else is", () => {
  assert.deepEqual(
    ["50GB", "1.5 tb", "2GiB", "500M", "1024", "-1", "GB", "1e9", "12 apples", ""].map(parseBytes),
    [50e9, 1.5e12, 2 * 2 ** 30, 500e6, 1024, undefined, undefined, undefined, undefined, undefined],
  );
});
