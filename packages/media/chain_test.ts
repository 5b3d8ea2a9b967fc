import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { CHAIN_START, linkOf } from "./chain.ts";

const sha256 = "a".repeat(64);
const first = { cameraId: "door", runId: "0mfkq3p2uaaaa", sequence: 0, sha256, previous: null };

test("a link is the hash of three lines, so that it can be checked with sha256sum", () => {
  const text = `${CHAIN_START}\ndoor/0mfkq3p2uaaaa/0\n${sha256}`;
  assert.equal(linkOf(first), createHash("sha256").update(text).digest("hex"));
});

test("a link depends on all that goes into it", () => {
  const others = [
    { ...first, previous: sha256 },
    { ...first, sequence: 1 },
    { ...first, cameraId: "yard" },
    { ...first, runId: "0mfkq3p2uaaab" },
    { ...first, sha256: "b".repeat(64) },
  ];
  assert.equal(new Set([first, ...others].map(linkOf)).size, 6);
});
