import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError } from "./problem.ts";
import { checkedRange, optionalZone, parseTime, requiredTime } from "./query.ts";

test("a time is epoch milliseconds, or ISO 8601 with an offset", () => {
  const moment = Date.UTC(2026, 0, 31, 9, 0, 0);
  assert.equal(parseTime(String(moment)), moment);
  assert.equal(parseTime("2026-01-31T09:00:00Z"), moment);
  assert.equal(parseTime("2026-01-31T18:00:00+09:00"), moment);
  // As it arrives when the plus sign was not escaped.
  assert.equal(parseTime("2026-01-31T18:00:00 09:00"), moment);
  assert.equal(parseTime("2026-01-31T18:00:00.5+09:00"), moment + 500);
  for (const wrong of [
    "",
    "now",
    "2026-01-31",
    "2026-01-31T09:00:00",
    "2026-13-31T09:00:00Z",
    "-1",
    "1.5",
    "9".repeat(16),
    "0x10",
  ]) {
    assert.equal(parseTime(wrong), undefined, wrong);
  }
});

test("a range that makes no sense is a 400 with a sentence", () => {
  const status = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      assert.ok(error instanceof ProblemError && error.message.length > 20);
      return error.status;
    }
    return 200;
  };
  assert.equal(
    status(() => checkedRange(1, 2, 10)),
    200,
  );
  assert.equal(
    status(() => checkedRange(2, 2, 10)),
    400,
  );
  assert.equal(
    status(() => checkedRange(3, 2, 10)),
    400,
  );
  assert.equal(
    status(() => checkedRange(0, 11, 10)),
    400,
  );
  assert.equal(
    status(() => requiredTime(new URLSearchParams("from=x"), "from")),
    400,
  );
  assert.equal(
    status(() => requiredTime(new URLSearchParams(), "from")),
    400,
  );
});

test("a time zone is one that Intl knows, or a 400 that names what was given", () => {
  const zone = (text: string) => optionalZone(new URLSearchParams(text));
  assert.equal(zone(""), undefined);
  assert.equal(zone("zone=Asia/Tokyo"), "Asia/Tokyo");
  assert.equal(zone("zone=Etc/GMT+9"), "Etc/GMT+9");
  for (const wrong of ["zone=Mars/Olympus", "zone=", "zone=9"]) {
    assert.throws(() => zone(wrong), { name: "ProblemError", status: 400, message: /IANA name/ }, wrong);
  }
});

test("a range that is too long says how long it may be", () => {
  assert.throws(() => checkedRange(0, 26 * 3_600_000, 25 * 3_600_000), /at most 25 hours/);
  assert.throws(() => checkedRange(0, 401 * 86_400_000, 400 * 86_400_000), /at most 400 days/);
});
