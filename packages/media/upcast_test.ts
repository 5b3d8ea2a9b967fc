import assert from "node:assert/strict";
import { test } from "node:test";
import { objectKey } from "./object_key.ts";
import { unpackFragments } from "./packed_fragments.ts";
import { readEvent } from "./upcast.ts";

const id = { cameraId: "door", runId: "0mfkq3p2uaaaa", sequence: 7 };
const placed = { startMs: 1_770_000_000_000, wallDurationMs: 4_000 };

/** As version 0.1.0 wrote it. */
const storedV1 = {
  eventId: "door/0mfkq3p2uaaaa/7/SegmentStored",
  type: "SegmentStored",
  version: 1,
  occurredAtMs: 1_770_000_004_000,
  data: {
    ...id,
    ...placed,
    firstFragment: 14,
    bytes: 1_316,
    startTicks: 126_000,
    mediaDurationTicks: 360_000,
    tracks: { video: { codec: "avc1.64001f", width: 1280, height: 720 }, audio: { codec: "mp4a.40.2" } },
    fragments: [
      { bytes: 940, durationTicks: 180_000, keyframeBytes: 376 },
      { bytes: 376, durationTicks: 180_000, keyframeBytes: 188 },
    ],
    key: objectKey({ ...id, ...placed, siteId: "home" }),
    sha256: "a".repeat(64),
  },
};

test("a segment's event of version 1 is read as one of version 2, and one of version 2 as it is", () => {
  const read = readEvent(storedV1);
  assert.ok(read.ok);
  assert.deepEqual(readEvent(read.event), read);
  assert.ok(read.event.type === "SegmentStored");
  const { data } = read.event;
  assert.equal(data.tracks, "avc1.64001f 1280x720 mp4a.40.2");
  assert.deepEqual(unpackFragments(data.fragments), storedV1.data.fragments);
  assert.equal(data.siteId, "home");
  assert.equal("key" in data, false);
  assert.equal(data.previous, null);
});

test("a key that does not follow from the segment is kept", () => {
  const read = readEvent({ ...storedV1, data: { ...storedV1.data, key: "elsewhere/7.ts" } });
  assert.ok(read.ok && read.event.type === "SegmentStored");
  assert.equal(read.event.data.key, "elsewhere/7.ts");
});

test("what cannot be read is told in a sentence", () => {
  const problemOf = (event: unknown) => {
    const read = readEvent(event);
    return read.ok ? undefined : read.problem;
  };
  assert.match(problemOf({ ...storedV1, type: "toString" })!, /does not know the type 'toString'/);
  assert.match(problemOf({ ...storedV1, version: 3 })!, /is version 3 of SegmentStored.*update/);
  assert.match(problemOf({ ...storedV1, data: { ...storedV1.data, bytes: "many" } })!, /bytes/);
  assert.match(problemOf({ ...storedV1, version: 2 })!, /siteId/);
  assert.match(problemOf(null)!, /expected object/);
});
