import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { NewEvent } from "@rokuga/media/events.ts";
import type { Segment } from "@rokuga/media/segment.ts";
import { runDirectory } from "@rokuga/media/spool_layout.ts";
import { handMadeSegment } from "@rokuga/media/test_data.ts";
import { silentLog } from "@rokuga/runtime/log.ts";
import { tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { spooledJobs } from "./recovery.ts";
import { RunRecorder } from "./run_recorder.ts";

const START = 1_770_000_000_000;
const IDENTITY = { cameraId: "a", runId: "0mk3x0abcd123" };
/** Two GOPs of four frames at 25 frames/s. */
const SEGMENT_MS = 320;
const SEGMENT_TICKS = SEGMENT_MS * 90;

const media = (index: number) => handMadeSegment({ firstPts: 126_000 + index * SEGMENT_TICKS });

async function startRun() {
  const directory = await tempDirectory("recorder");
  const spool = directory.path;
  const path = runDirectory(spool, IDENTITY);
  await mkdir(path, { recursive: true });
  const segments: Segment[] = [];
  const events: NewEvent[] = [];
  let nowMs = 0;
  const recorder = new RunRecorder({
    ...IDENTITY,
    spool,
    siteId: "home",
    publish: {
      segment: async (segment) => void segments.push(segment),
      event: async (event) => void events.push(event),
    },
    readClock: () => ({ wallMs: START + nowMs, monotonicMs: nowMs }),
    log: silentLog,
  });
  return {
    ...{ directory, spool, path, segments, events, recorder },
    /** Writes a segment as FFmpeg would, at the time its last frame is there, and tells of it. */
    async write(index: number, bytes: Uint8Array) {
      nowMs = (index + 1) * SEGMENT_MS;
      await writeFile(join(path, `${index}.ts`), bytes);
      await recorder.fileChanged(index);
    },
  };
}

const summary = (events: NewEvent[]) =>
  events.map((event) => [
    event.type,
    "reason" in event.data ? event.data.reason : "cause" in event.data ? event.data.cause : undefined,
  ]);

test("segments are closed by their successor, follow each other without a hole, and the run says how it ended", async () => {
  const run = await startRun();
  await using _ = run.directory;
  for (let index = 0; index < 3; index++) await run.write(index, media(index));
  assert.deepEqual(
    run.segments.map((segment) => segment.sequence),
    [0, 1],
  );
  await run.recorder.end("disconnected", { whole: true });
  assert.deepEqual(
    run.segments.map(({ sequence, firstFragment }) => [sequence, firstFragment]),
    [
      [0, 0],
      [1, 2],
      [2, 4],
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
});

test("noise and an empty file in the middle are set aside with a cause; everything else goes on", async () => {
  const run = await startRun();
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
  assert.deepEqual((await readdir(run.path)).filter((name) => name.endsWith(".ts")).sort(), ["0.ts", "3.ts"]);
});

test("a last file that ends in the middle of a frame is cut at the last whole one", async () => {
  const run = await startRun();
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
  const run = await startRun();
  await using _ = run.directory;
  await run.write(0, new Uint8Array(0));
  await run.recorder.end("failed", { whole: false });
  assert.deepEqual([run.segments, run.events], [[], []]);
  assert.deepEqual(await readdir(join(run.spool, "a")), []);
});

test("the spool describes itself: after a crash everything that is in it is found, finished and placed", async () => {
  const run = await startRun();
  await using _ = run.directory;
  for (let index = 0; index < 3; index++) await run.write(index, media(index));
  // The relay dies here: 2.ts is open. What it wrote last into the index is torn, and 3.ts ends within a frame.
  const index = join(run.path, "segments-0.jsonl");
  const text = await readFile(index, "utf8");
  await writeFile(index, text.slice(0, text.length - 40));
  await writeFile(join(run.path, "3.ts"), media(3).subarray(0, 3_000));
  const jobs = [];
  const options = {
    spool: run.spool,
    siteId: "home",
    isCurrent: () => false,
    nowMs: () => START + 60_000,
    log: silentLog,
  };
  for await (const job of spooledJobs(options)) jobs.push(job);
  const [begin, end, ...found] = jobs;
  assert.equal(begin?.kind === "event" && begin.event.type, "RunStarted");
  assert.deepEqual(
    end?.kind === "event" && end.event.type === "RunEnded" && end.event.data.reason,
    "relay-died",
  );
  const segments = found.map((job) => (job.kind === "segment" ? job.segment : assert.fail()));
  assert.deepEqual(
    segments.map((segment) => [segment.sequence, segment.firstFragment]),
    [
      [0, 0],
      [1, 2],
      [2, 4],
      [3, 6],
    ],
  );
  for (const [position, segment] of segments.slice(1).entries()) {
    assert.equal(segment.startMs, segments[position]!.startMs + segments[position]!.wallDurationMs);
  }
  assert.equal((await stat(join(run.path, "3.ts"))).size, segments[3]!.bytes);
  // Scanning again finds the same: nothing is done twice.
  const again = [];
  for await (const job of spooledJobs(options)) again.push(job);
  assert.deepEqual(again, jobs);
});

test("what a crash left unreadable in the middle is a loss as long as it was, before what follows", async () => {
  const run = await startRun();
  await using _ = run.directory;
  for (let index = 0; index < 2; index++) await run.write(index, media(index));
  // The relay dies; FFmpeg goes on for a while, and the disk spoils one file.
  await writeFile(join(run.path, "2.ts"), new Uint8Array(20_000).fill(7));
  await writeFile(join(run.path, "3.ts"), media(3));
  const jobs = [];
  const options = {
    spool: run.spool,
    siteId: "home",
    isCurrent: () => false,
    nowMs: () => START + 60_000,
    log: silentLog,
  };
  for await (const job of spooledJobs(options)) jobs.push(job);
  const [lost] = jobs.flatMap((job) =>
    job.kind === "event" && job.event.type === "SegmentLost" ? [job.event.data] : [],
  );
  const segments = jobs.flatMap((job) => (job.kind === "segment" ? [job.segment] : []));
  assert.deepEqual(
    segments.map((segment) => segment.sequence),
    [0, 1, 3],
  );
  assert.equal(lost?.startMs, segments[1]!.startMs + segments[1]!.wallDurationMs);
  assert.ok(Math.abs(lost!.wallDurationMs - SEGMENT_MS) <= 2, `${lost!.wallDurationMs} ms`);
  assert.equal(lost!.startMs + lost!.wallDurationMs, segments[2]!.startMs);
  assert.deepEqual(await readdir(join(run.spool, "_quarantine")), [`a_${IDENTITY.runId}_2.ts`]);
});

test("a run that said how it ended is not declared dead by a later scan", async () => {
  const run = await startRun();
  await using _ = run.directory;
  await run.write(0, media(0));
  await run.recorder.end("disconnected", { whole: true });
  const types = [];
  const options = {
    spool: run.spool,
    siteId: "home",
    isCurrent: () => false,
    nowMs: () => START,
    log: silentLog,
  };
  for await (const job of spooledJobs(options)) types.push(job.kind);
  assert.deepEqual(types, ["segment"]);
});

test("the run that is being recorded is left to its recorder; only what it has closed is listed", async () => {
  const run = await startRun();
  await using _ = run.directory;
  for (let index = 0; index < 3; index++) await run.write(index, media(index));
  const sequences = [];
  const options = {
    spool: run.spool,
    siteId: "home",
    isCurrent: () => true,
    nowMs: () => START,
    log: silentLog,
  };
  for await (const job of spooledJobs(options))
    if (job.kind === "segment") sequences.push(job.segment.sequence);
  assert.deepEqual(sequences, [0, 1]);
});
