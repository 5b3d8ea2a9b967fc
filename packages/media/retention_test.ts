import assert from "node:assert/strict";
import { test } from "node:test";
import { NewEvent } from "./events.ts";
import {
  cutoffMs,
  expiredObjectsDeleted,
  oldestBeyond,
  type StoredSegment,
  segmentsExpired,
  spansOf,
} from "./retention.ts";

const START = 1_770_000_000_000;
const RUN = "0mk3x0abcd001";
const OTHER = "0mk3x0abcd002";

/** Of 10 s each, from START on. */
function segment(sequence: number, changes: Partial<StoredSegment> = {}): StoredSegment {
  const startMs = START + sequence * 10_000;
  return {
    ...{ runId: RUN, sequence, startMs, endMs: startMs + 10_000, bytes: 100, correctedByMs: 0 },
    ...changes,
  };
}
const names = (segments: readonly StoredSegment[], most?: number) =>
  spansOf(segments, most).spans.map((span) => [span.runId, span.fromSequence, span.toSequence]);

test("a span ends where a number is missing, and runs that lie over each other have their own", () => {
  assert.deepEqual(names([0, 1, 2, 4, 5, 9].map((sequence) => segment(sequence))), [
    [RUN, 0, 2],
    [RUN, 4, 5],
    [RUN, 9, 9],
  ]);
  const mixed = [0, 1, 2].flatMap((sequence) => [segment(sequence), segment(sequence + 7, { runId: OTHER })]);
  assert.deepEqual(names(mixed), [
    [RUN, 0, 2],
    [OTHER, 7, 9],
  ]);
  assert.deepEqual(spansOf([]), { spans: [], taken: 0 });
});

test("a span's times are those before corrections, and a silence is no part of it", () => {
  const corrected = [0, 1].map((sequence) => segment(sequence, { correctedByMs: 4_000 }));
  assert.deepEqual(spansOf(corrected).spans, [
    { runId: RUN, fromSequence: 0, toSequence: 1, startMs: START - 4_000, endMs: START + 16_000 },
  ]);
  const later = (sequence: number, byMs: number) =>
    segment(sequence, {
      startMs: START + sequence * 10_000 + byMs,
      endMs: START + sequence * 10_000 + 10_000 + byMs,
    });
  assert.deepEqual(names([segment(0), later(1, 2_000), later(2, 4_001)]), [
    [RUN, 0, 1],
    [RUN, 2, 2],
  ]);
});

test("an event holds no more spans than it may: the rest is for the next one", () => {
  const holes = [0, 1, 3, 5, 6, 8].map((sequence) => segment(sequence));
  assert.equal(spansOf(holes, 3).taken, 5);
  assert.deepEqual(names(holes, 3), [
    [RUN, 0, 1],
    [RUN, 3, 3],
    [RUN, 5, 6],
  ]);
  assert.equal(spansOf(holes, 4).taken, 6);
});

test("of bytes no more go than have to", () => {
  const three = [0, 1, 2].map((sequence) => segment(sequence));
  const count = (excessBytes: number) => oldestBeyond(three, excessBytes).length;
  assert.deepEqual([0, 1, 100, 101, 299, 300, 999].map(count), [0, 1, 1, 2, 3, 3, 3]);
});

test("the events are right, and named by what went", () => {
  const { spans } = spansOf([segment(0), segment(1), segment(5)]);
  const data = { cameraId: "a".repeat(63), limit: "days" as const, spans };
  const event = segmentsExpired(data, START);
  const deleted = expiredObjectsDeleted(event, START + 1);
  assert.deepEqual(NewEvent.parse(event), event);
  assert.deepEqual(NewEvent.parse(deleted), deleted);
  assert.equal(segmentsExpired({ ...data, limit: "bytes" }, START + 9).eventId, event.eventId);
  assert.notEqual(segmentsExpired({ ...data, spans: spans.slice(1) }, START).eventId, event.eventId);
  assert.notEqual(segmentsExpired({ ...data, cameraId: "b" }, START).eventId, event.eventId);
});

test("days may be parts of one", () => {
  assert.equal(cutoffMs(30, START), START - 2_592_000_000);
  assert.equal(cutoffMs(0.25, START), START - 21_600_000);
});
