import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ArchivedEvent,
  archiveKey,
  archiveText,
  parseArchiveKey,
  readArchive,
  withLinesOf,
} from "./archive.ts";

const RECORDED = Date.UTC(2026, 0, 31, 23, 59, 59, 999);

const renamed = (name: string, changes: Partial<ArchivedEvent> = {}): ArchivedEvent => ({
  eventId: `camera/a/CameraRenamed/${name}`,
  type: "CameraRenamed",
  version: 1,
  occurredAtMs: RECORDED - 5,
  recordedAtMs: RECORDED,
  data: { cameraId: "a", name },
  ...changes,
});

test("a file is of a site and a UTC hour, and its key says which", () => {
  const hourMs = Date.UTC(2026, 0, 31, 23);
  assert.equal(archiveKey({ siteId: "home", hourMs }), "log/home/2026/01/31/23.jsonl");
  assert.deepEqual(parseArchiveKey("log/home/2026/01/31/23.jsonl"), { siteId: "home", hourMs });
});

test("what is no key of a file is told apart", () => {
  for (const key of [
    "log/home/2026/01/31/23.json",
    "log/home/2026/01/31/24.jsonl",
    "log/home/2026/02/31/01.jsonl",
    "log/home/2026/1/31/23.jsonl",
    "log/-home/2026/01/31/23.jsonl",
    "log/2026/01/31/23.jsonl",
    "log/rokuga-probe",
    "xlog/home/2026/01/31/23.jsonl",
  ]) {
    assert.equal(parseArchiveKey(key), undefined, key);
  }
});

test("events are a line each, and come back with when they were recorded", () => {
  const text = archiveText([renamed("Front\n\u2028 door"), renamed("庭")]);
  assert.equal(
    text.split("\n")[1],
    `{"eventId":"camera/a/CameraRenamed/庭","type":"CameraRenamed","version":1,"occurredAtMs":${RECORDED - 5},"recordedAtMs":${RECORDED},"data":{"cameraId":"a","name":"庭"}}`,
  );
  const read = [...readArchive(text)];
  assert.deepEqual(
    read.map((line) => line.ok && line.event),
    [renamed("Front\n\u2028 door"), renamed("庭")],
  );
});

test("events of an earlier version are read as those of this one", () => {
  const data = {
    cameraId: "a",
    runId: "0mk3x0abcd000",
    sequence: 0,
    firstFragment: 0,
    startMs: 1_770_000_000_000,
    wallDurationMs: 10_000,
    bytes: 1_000,
    startTicks: 0,
    mediaDurationTicks: 900_000,
    tracks: { video: { codec: "avc1.64001f", width: 1280, height: 720 }, audio: null },
    fragments: [{ bytes: 1_000, durationTicks: 900_000, keyframeBytes: 300 }],
    key: "sites/home/cameras/a/2026/02/02/1770000000000-10000-0mk3x0abcd000-0.ts",
    sha256: "0".repeat(64),
  };
  const [read] = readArchive(archiveText([renamed("", { type: "SegmentStored", version: 1, data })]));
  assert.ok(read?.ok && read.event.type === "SegmentStored");
  assert.deepEqual(
    [read.event.version, read.event.data.siteId, read.event.recordedAtMs],
    [2, "home", RECORDED],
  );
});

test("lines that cannot be read are told by number, and the others are read", () => {
  const [good, other] = [archiveText([renamed("a")]), archiveText([renamed("b")])];
  const strange = archiveText([renamed("c", { type: "CameraPainted" })]);
  const newer = archiveText([renamed("d", { version: 2 })]);
  const noTime = '{"eventId":"x"}\n';
  const read = [...readArchive(`${good}\n7\n${strange}${newer}${noTime}${other}${good.slice(0, 40)}`)];
  assert.deepEqual(
    read.map((line) => (line.ok ? line.event.eventId : `${line.line}: ${line.problem}`)),
    [
      "camera/a/CameraRenamed/a",
      "3: it does not say when it was recorded",
      "4: this program does not know the type 'CameraPainted'",
      "5: it is version 2 of CameraRenamed, this program knows 1: update it",
      "6: it does not say when it was recorded",
      "camera/a/CameraRenamed/b",
      "8: it is not JSON, as when it was cut off",
    ],
  );
});

test("what was in a file stays in it, once", () => {
  const before = `${archiveText([renamed("a"), renamed("other"), renamed("b")])}{"torn`;
  const now = archiveText([renamed("a"), renamed("b", { recordedAtMs: RECORDED + 1 }), renamed("c")]);
  const merged = withLinesOf(before, now);
  assert.equal(merged, `${now}${archiveText([renamed("other")])}{"torn\n`);
  assert.equal(withLinesOf(merged, now), merged);
  assert.equal(withLinesOf(now, now), now);
  assert.equal(withLinesOf("", now), now);
});
