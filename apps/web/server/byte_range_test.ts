import assert from "node:assert/strict";
import { test } from "node:test";
import { parseByteRange } from "./byte_range.ts";

test("ranges as RFC 9110 has them", () => {
  const cases: [string | null, ReturnType<typeof parseByteRange>][] = [
    [null, "whole"],
    ["bytes=0-99", { start: 0, end: 100 }],
    ["bytes=900-", { start: 900, end: 1000 }],
    ["bytes=900-5000", { start: 900, end: 1000 }],
    ["bytes=-100", { start: 900, end: 1000 }],
    ["bytes=-5000", { start: 0, end: 1000 }],
    ["bytes=999-999", { start: 999, end: 1000 }],
    ["bytes=1000-", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    // What is not understood is ignored.
    ["bytes=5-2", "whole"],
    ["bytes=0-1,5-6", "whole"],
    ["bytes=-", "whole"],
    ["bytes=a-b", "whole"],
    ["lines=1-2", "whole"],
    [`bytes=${"9".repeat(40)}-`, "whole"],
  ];
  for (const [header, expected] of cases)
    assert.deepEqual(parseByteRange(header, 1000), expected, String(header));
  assert.equal(parseByteRange("bytes=0-", 0), "unsatisfiable");
});
