import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ffmpegSegments } from "@rokuga/media/test_data.ts";
import { readIndex, readIndexLines, readRunFile } from "./spool.ts";
import { IDENTITY, media, SEGMENT_MS, SEGMENT_TICKS, START, startTestRun, summary } from "./test_run.ts";

const tsIn = async (path: string) => (await readdir(path)).filter((name) => name.endsWith(".ts")).sort();

test("segments are closed by their successor, follow each other without a hole, and the run says how it ended", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  for (let index = 0; index < 3; index++) await run.write(index, media(index));
  assert.deepEqual(
    run.segments.map((segment) => segment.sequence),
    [0, 1],
  );
  assert.deepEqual([await tsIn(run.path), await tsIn(run.open)], [["0.ts", "1.ts"], ["2.ts"]]);
  assert.deepEqual(await run.recorder.end("disconnected", { whole: true }), { leftover: false });
  assert.deepEqual(
    run.segments.map(({ sequence, firstFragment }) => [sequence, firstFragment]),
    [
      [0, 0],
      [1, 1],
      [2, 2],
    ],
  );
  // The last frame of a segment arrives 40 ms before the segment ends.
  assert.equal(run.segments[0]!.startMs, START + 40);
  for (const [index, segment] of run.segments.slice(1).entries()) {
    assert.equal(segment.startMs, run.segments[index]!.startMs + run.segments[index]!.wallDurationMs);
  }
  assert.deepEqual(summary(run.events), [
    ["RunStarted", undefined],
    ["RunEnded", "disconnected"],
  ]);
  assert.deepEqual((await readRunFile(run.spool, IDENTITY))?.ended?.reason, "disconnected");
});

test("noise and an empty file in the middle are set aside with a cause; everything else goes on", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await run.write(0, media(0));
  await run.write(
    1,
    new Uint8Array(50_000).map((_, index) => (index * 7919) % 251),
  );
  await run.write(2, new Uint8Array(0));
  await run.write(3, media(3));
  await run.recorder.end("stopped", { whole: true });
  assert.deepEqual(
    run.segments.map((segment) => segment.sequence),
    [0, 3],
  );
  assert.deepEqual(summary(run.events), [
    ["RunStarted", undefined],
    ["SegmentLost", "corrupt"],
    ["SegmentLost", "corrupt"],
    ["RunEnded", "stopped"],
  ]);
  assert.deepEqual((await readdir(join(run.spool, "_quarantine"))).sort(), [
    `a_${IDENTITY.runId}_1.ts`,
    `a_${IDENTITY.runId}_2.ts`,
  ]);
  assert.deepEqual(await tsIn(run.path), ["0.ts", "3.ts"]);
});

test("a last file that ends in the middle of a frame is cut at the last whole one", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  const whole = media(0);
  await run.write(0, whole.subarray(0, whole.length - 700));
  await run.recorder.end("killed", { whole: false });
  const [segment] = run.segments;
  assert.ok(segment && segment.bytes < whole.length - 700 && segment.bytes % 188 === 0);
  assert.equal((await stat(join(run.path, "0.ts"))).size, segment.bytes);
  assert.ok(segment.mediaDurationTicks < SEGMENT_TICKS && segment.mediaDurationTicks % 3_600 === 0);
});

test("an attempt without a frame is no run and leaves nothing", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await run.write(0, new Uint8Array(0));
  assert.deepEqual(await run.recorder.end("failed", { whole: false }), { leftover: false });
  assert.deepEqual([run.segments, run.events], [[], []]);
  assert.deepEqual(await readdir(join(run.spool, "a")), []);
});

test("a camera that sends another picture size has another run: what came after the change is split off", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await run.write(0, media(0));
  const args = ["-map", "0:v", "-t", "1", "-c:v", "libx264", "-f", "segment", "-segment_format", "mpegts"];
  const [other] = ffmpegSegments(args, "testsrc2=size=160x120:rate=10");
  assert.ok(other);
  await run.write(1, other);
  await run.recorder.end("changed", { whole: true });
  assert.deepEqual(
    run.segments.map((segment) => segment.sequence),
    [0],
  );
  assert.ok(run.changes() > 0, "the supervisor is told");
  const [split] = run.splits;
  assert.ok(split && split.runId !== IDENTITY.runId);
  const moved = await readFile(join(run.spool, "a", split.runId, "open", "0.ts"));
  assert.equal(moved.length, other.length);
  const file = await readRunFile(run.spool, split);
  assert.deepEqual([file?.startMs, file?.endReason], [run.segments[0]!.startMs + SEGMENT_MS, "changed"]);
});

test("time stamps that jump between two segments begin a run of their own, where its frames arrived", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await run.write(0, media(0));
  // An hour ahead, written 10 segments later than due.
  await run.write(10, media(11_250), { sequence: 1 });
  await run.recorder.end("changed", { whole: true });
  const [split] = run.splits;
  assert.ok(split && run.changes() > 0);
  const file = await readRunFile(run.spool, split);
  // The last of its frames arrived at the end of the eleventh segment, 280 ms after its first.
  assert.equal(file?.startMs, START + 11 * SEGMENT_MS - 280);
  assert.deepEqual(summary(run.events).at(-1), ["RunEnded", "changed"]);
});

test("a run that began in a burst is moved to where it was recorded, once, and goes on on the same scale", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  // The first two segments come 5 s late, the others in time.
  for (let index = 0; index < 2; index++) await run.write(index, media(index), { lateMs: 5_000 });
  for (let index = 2; index < 6; index++) await run.write(index, media(index));
  await run.recorder.end("stopped", { whole: true });
  const corrections = run.events.flatMap((event) => (event.type === "ClockCorrected" ? [event.data] : []));
  assert.deepEqual([corrections.length, run.moves], [1, [corrections[0]!.byMs]]);
  assert.ok(Math.abs(corrections[0]!.byMs + 5_000) <= 1, `${corrections[0]!.byMs} ms`);
  assert.equal((await readRunFile(run.spool, IDENTITY))?.correctedByMs, corrections[0]!.byMs);
  for (const [index, segment] of run.segments.slice(1).entries()) {
    const before = run.segments[index]!;
    assert.equal(segment.startMs, before.startMs + before.wallDurationMs);
    assert.ok(Math.abs(segment.wallDurationMs - SEGMENT_MS) <= 1, "nothing is slewed");
  }
});

test("a segment's SHA-256 is that of what is left of it", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await run.write(0, media(0));
  const whole = media(1);
  await run.write(1, whole.subarray(0, whole.length - 700));
  await run.recorder.end("killed", { whole: false });
  for (const { sequence, sha256 } of run.segments) {
    const bytes = await readFile(join(run.path, `${sequence}.ts`));
    assert.equal(sha256, createHash("sha256").update(bytes).digest("hex"));
  }
  assert.equal(run.segments.length, 2);
});

test("time stamps that go ahead between two segments are told as silence of the camera", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await run.write(0, media(0));
  await run.write(1, media(20));
  await run.recorder.end("stopped", { whole: true });
  const silence = run.events.find((event) => event.type === "CameraFellSilent");
  const [before, after] = run.segments;
  assert.deepEqual(silence?.data, {
    ...IDENTITY,
    startMs: before!.startMs + before!.wallDurationMs,
    endMs: after!.startMs,
  });
});

test("what cannot be closed stays where it is and is left for recovery, with the reason", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await run.write(0, media(0));
  await run.write(1, media(1));
  // As when the disk is full: the index cannot be written.
  await rm(join(run.path, "segments-0.jsonl"));
  await mkdir(join(run.path, "segments-0.jsonl"));
  await assert.rejects(run.recorder.end("disk-full", { whole: true }));
  assert.deepEqual(await run.recorder.end("disk-full", { whole: true }), { leftover: true });
  assert.deepEqual(await tsIn(run.open), ["1.ts"]);
  const file = await readRunFile(run.spool, IDENTITY);
  assert.deepEqual([file?.endReason, file?.ended], ["disk-full", undefined]);
});

test("lines of the index are found again at their places", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  for (let index = 0; index < 4; index++) await run.write(index, media(index));
  await run.recorder.end("stopped", { whole: true });
  const index = await readIndex(run.spool, IDENTITY);
  const places = [3, 1].map((sequence) => index.get(sequence)!.place);
  assert.deepEqual(await readIndexLines(run.spool, IDENTITY, { chunk: 0, places }), [
    run.segments[3],
    run.segments[1],
  ]);
});
