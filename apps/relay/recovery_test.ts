import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { NewEvent } from "@rokuga/media/events.ts";
import { openDirectory, outboxPath } from "@rokuga/media/spool_layout.ts";
import { silentLog } from "@rokuga/runtime/log.ts";
import { restoreRun } from "./recovery.ts";
import { IDENTITY, media, SEGMENT_MS, START, startTestRun, summary } from "./test_run.ts";

type Run = Awaited<ReturnType<typeof startTestRun>>;

const optionsOf = (run: Run) => ({
  spool: run.spool,
  siteId: "home",
  chain: run.chain,
  nowMs: () => START + 60_000,
  log: silentLog,
});

async function restore(run: Run) {
  const restored = await restoreRun(optionsOf(run), IDENTITY);
  assert.ok(restored);
  const events: NewEvent[] = [];
  for (const id of restored.outbox) {
    const lines = (await readFile(outboxPath(run.spool, id), "utf8")).trim().split("\n");
    events.push(...lines.map((line) => NewEvent.parse(JSON.parse(line))));
  }
  return { ...restored, events, segments: restored.segments.map(({ segment }) => segment) };
}

test("the spool describes itself: after a crash everything that is in it is found, finished and placed", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  for (let index = 0; index < 3; index++) await run.write(index, media(index));
  // The relay dies here: 2.ts is open. What it wrote last into the index is torn, and 3.ts ends within a frame.
  const index = join(run.path, "segments-0.jsonl");
  const text = await readFile(index, "utf8");
  await writeFile(index, text.slice(0, text.length - 40));
  await writeFile(join(run.open, "3.ts"), media(3).subarray(0, 3_000));
  const { events, segments } = await restore(run);
  assert.deepEqual(summary(events), [
    ["RunStarted", undefined],
    ["RunEnded", "relay-died"],
  ]);
  assert.deepEqual(
    segments.map((segment) => [segment.sequence, segment.firstFragment]),
    [
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  );
  for (const [position, segment] of segments.slice(1).entries()) {
    assert.equal(segment.startMs, segments[position]!.startMs + segments[position]!.wallDurationMs);
  }
  assert.equal((await stat(join(run.path, "3.ts"))).size, segments[3]!.bytes);
  assert.deepEqual(await readdir(run.open), []);
  // Once more finds the same: nothing is done twice.
  const again = await restore(run);
  assert.deepEqual([again.segments, again.events], [segments, []]);
});

test("a relay that died between listing a segment and moving it moves it", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  for (let index = 0; index < 2; index++) await run.write(index, media(index));
  await rename(join(run.path, "0.ts"), join(run.open, "0.ts"));
  const { segments } = await restore(run);
  assert.deepEqual(
    segments.map((segment) => segment.sequence),
    [0, 1],
  );
});

test("what a crash left unreadable in the middle is a loss as long as it was, before what follows", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  for (let index = 0; index < 2; index++) await run.write(index, media(index));
  // The relay dies; FFmpeg goes on for a while, and the disk spoils one file.
  await writeFile(join(run.open, "2.ts"), new Uint8Array(20_000).fill(7));
  await writeFile(join(run.open, "3.ts"), media(3));
  const { events, segments } = await restore(run);
  const [lost] = events.flatMap((event) => (event.type === "SegmentLost" ? [event.data] : []));
  assert.deepEqual(
    segments.map((segment) => segment.sequence),
    [0, 1, 3],
  );
  assert.equal(lost?.startMs, segments[1]!.startMs + segments[1]!.wallDurationMs);
  assert.ok(Math.abs(lost!.wallDurationMs - SEGMENT_MS) <= 2, `${lost!.wallDurationMs} ms`);
  assert.equal(lost!.startMs + lost!.wallDurationMs, segments[2]!.startMs);
  assert.deepEqual(await readdir(join(run.spool, "_quarantine")), [`a_${IDENTITY.runId}_2.ts`]);
});

test("a last file without a whole picture is no loss: the run ended before it", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  for (let index = 0; index < 2; index++) await run.write(index, media(index));
  await writeFile(join(run.open, "2.ts"), media(2).subarray(0, 188 * 3));
  const { events, segments } = await restore(run);
  assert.deepEqual(
    segments.map((segment) => segment.sequence),
    [0, 1],
  );
  assert.deepEqual(summary(events), [
    ["RunStarted", undefined],
    ["RunEnded", "relay-died"],
  ]);
  assert.deepEqual(await readdir(run.open), []);
});

test("an unreadable last file is lost from the end of what came before until it was last written", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  for (let index = 0; index < 2; index++) await run.write(index, media(index));
  await writeFile(join(run.open, "2.ts"), new Uint8Array(20_000).fill(7));
  const written = new Date(START + 10_000);
  await utimes(join(run.open, "2.ts"), written, written);
  const { events, segments } = await restore(run);
  const lost = events.find((event) => event.type === "SegmentLost");
  const startMs = segments[1]!.startMs + segments[1]!.wallDurationMs;
  assert.deepEqual([lost?.data.startMs, lost?.data.wallDurationMs], [startMs, written.getTime() - startMs]);
  const ended = events.find((event) => event.type === "RunEnded");
  assert.equal(ended?.data.endMs, written.getTime(), "and the gap after the run begins there");
});

test("a run that said how it ended is not declared dead; files that someone put there are taken in", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await run.write(0, media(0));
  await run.recorder.end("disconnected", { whole: true });
  assert.deepEqual((await restore(run)).events, []);
  await writeFile(join(run.path, "1.ts"), media(1));
  await writeFile(join(run.path, "2.ts"), "noise");
  const { events, segments } = await restore(run);
  assert.deepEqual(
    segments.map((segment) => segment.sequence),
    [0, 1],
  );
  assert.deepEqual(summary(events), [["SegmentLost", "corrupt"]]);
});

test("a run without run.json is placed by when its file was written", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await rm(run.path, { recursive: true });
  await mkdir(openDirectory(run.spool, IDENTITY), { recursive: true });
  const path = join(run.open, "0.ts");
  await writeFile(path, media(0));
  const written = new Date(START + 5_000);
  await utimes(path, written, written);
  const { events, segments } = await restore(run);
  // The last frame may be torn, so it is not kept: 40 ms.
  assert.equal(segments[0]!.startMs, START + 5_000 - (SEGMENT_MS - 40));
  assert.deepEqual(summary(events), [
    ["RunStarted", undefined],
    ["RunEnded", "relay-died"],
  ]);
});

test("nothing but a directory is nothing", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  assert.equal(await restoreRun(optionsOf(run), IDENTITY), undefined);
  assert.deepEqual(await readdir(join(run.spool, "a")), []);
});
