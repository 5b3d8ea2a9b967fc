import assert from "node:assert/strict";
import { test } from "node:test";
import { newRunId, runIdStartMs } from "./ids.ts";
import { objectKey, parseObjectKey } from "./object_key.ts";

const startMs = Date.UTC(2026, 0, 31, 23, 59, 59, 999);
const parts = {
  siteId: "home",
  cameraId: "front-door",
  runId: "0mk3x0abcd123",
  sequence: 42,
  startMs,
  wallDurationMs: 10_005,
};

test("a key says where its object lies on the timeline, under its UTC day", () => {
  const key = "sites/home/cameras/front-door/2026/01/31/1769903999999-10005-0mk3x0abcd123-42.ts";
  assert.equal(objectKey(parts), key);
  assert.deepEqual(parseObjectKey(key), parts);
});

test("what is not a key is none", () => {
  const key = objectKey(parts);
  for (const other of [
    "",
    key.replace("31/", "30/"),
    key.replace("home", ".."),
    key.replace("home", "a%2fb"),
    key.replace("-42.ts", "-042.ts"),
    key.replace(".ts", ".mp4"),
    `/${key}`,
    `${key}\n`,
    key.replace("front-door", "front_door"),
  ]) {
    assert.equal(parseObjectKey(other), undefined, other);
  }
});

test("run ids carry their start and sort by it", () => {
  const id = newRunId(startMs, 0.999_999_9);
  assert.match(id, /^[0-9a-z]{13}$/);
  assert.equal(runIdStartMs(id), startMs);
  assert.ok(newRunId(startMs + 1, 0) > id);
});
