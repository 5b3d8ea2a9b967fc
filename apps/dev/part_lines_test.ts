import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lastComplaint, limitRepeats, readLine } from "./part_lines.ts";

const line = (fields: object) =>
  JSON.stringify({ time: "2026-11-22T00:00:00.000Z", part: "relay", ...fields });

describe("readLine", () => {
  it("reads a warning as a sentence about its camera", () => {
    const text = line({
      level: "warn",
      camera: "front-door",
      retryMs: 5000,
      error: "connect ECONNREFUSED",
      msg: "no answer",
    });
    assert.deepEqual(readLine(text), {
      level: "warn",
      text: "camera front-door: no answer (retryMs 5000): connect ECONNREFUSED",
    });
  });

  it("leaves out the stack and what is too long or not plain", () => {
    const text = line({
      level: "error",
      stack: "at …",
      long: "x".repeat(300),
      list: [1],
      ok: false,
      msg: "failed",
    });
    assert.deepEqual(readLine(text), { level: "error", text: "failed (ok false)" });
  });

  it("puts several lines into one", () => {
    assert.equal(readLine(line({ level: "warn", error: "a\n  b", msg: "m" }))?.text, "m: a b");
  });

  it("shows nothing that is not for a person", () => {
    for (const text of [
      line({ level: "info", msg: "ready" }),
      "",
      "plain text",
      "{",
      '{"level":3}',
      "[]",
      "{}",
    ]) {
      assert.equal(readLine(text), undefined, text);
    }
  });
});

describe("lastComplaint", () => {
  it("is the newest error, not what came around it", () => {
    const lines = [
      line({ level: "error", msg: "old" }),
      line({ level: "error", msg: "new" }),
      line({ level: "info", msg: "x" }),
    ];
    assert.equal(lastComplaint(lines), "new");
  });

  it("finds what Node prints of an uncaught error", () => {
    const lines = [
      "node:internal/modules/esm/resolve:271",
      "    throw new ERR_MODULE_NOT_FOUND(",
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/x.ts'",
      "    at finalizeResolution (node:internal/modules/esm/resolve:271:11)",
      "Node.js v24.0.0",
    ];
    assert.equal(lastComplaint(lines), "Cannot find module '/x.ts'");
    assert.equal(lastComplaint(["TypeError: x is not a function"]), "x is not a function");
  });

  it("is empty when there is none", () => {
    assert.equal(lastComplaint(["no Error here", line({ level: "warn", msg: "x" })]), "");
  });
});

describe("limitRepeats", () => {
  it("shows the same again only after a while, whatever numbers are in it", () => {
    let now = 0;
    const shows = limitRepeats(1_000, () => now);
    const warn = (text: string) => shows({ level: "warn", text });
    assert.equal(warn("camera a: attempt 1"), true);
    assert.equal(warn("camera a: attempt 2"), false);
    assert.equal(warn("camera b: attempt 1"), true);
    assert.equal(shows({ level: "error", text: "camera a: attempt 3" }), true);
    now = 999;
    assert.equal(warn("camera a: attempt 4"), false);
    now = 1_000;
    assert.equal(warn("camera a: attempt 5"), true);
    assert.equal(warn("camera a: attempt 6"), false);
  });
});
