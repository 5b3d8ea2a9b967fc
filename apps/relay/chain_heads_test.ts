/** The chain over a camera's segments, as recorder, recovery and spool limit make it together. */
import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { CHAIN_START, linkOf, linkOfSegment } from "@rokuga/media/chain.ts";
import { NewEvent } from "@rokuga/media/events.ts";
import type { Segment } from "@rokuga/media/segment.ts";
import { CHAINS, chainPath, outboxPath, runDirectory } from "@rokuga/media/spool_layout.ts";
import { ffmpegSegments } from "@rokuga/media/test_data.ts";
import { type Log, silentLog } from "@rokuga/runtime/log.ts";
import { ChainHeads } from "./chain_heads.ts";
import { restoreRun } from "./recovery.ts";
import { type RunIdentity, readIndex } from "./spool.ts";
import { SpoolLedger } from "./spool_ledger.ts";
import { SpoolLimit } from "./spool_limit.ts";
import { spooledOf } from "./spooled_jobs.ts";
import { IDENTITY, media, START, startTestRun } from "./test_run.ts";

type Run = Awaited<ReturnType<typeof startTestRun>>;
const LATER = { ...IDENTITY, runId: "0mk3x0zzzz123" };

const links = (segments: readonly Segment[]) => segments.map(linkOfSegment);
const named = (segments: readonly Segment[]) => segments.map(({ previous }) => previous);

async function record(run: Run, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await run.write(index, media(index));
  await run.recorder.end("stopped", { whole: true });
}

/** As a relay that has just started. */
const restarted = (run: Run, log: Log = silentLog) => new ChainHeads({ spool: run.spool, log });

async function restore(run: Run, chain: ChainHeads, identity: RunIdentity = IDENTITY) {
  const options = { spool: run.spool, siteId: "home", chain, nowMs: () => START + 60_000, log: silentLog };
  const restored = await restoreRun(options, identity);
  assert.ok(restored);
  return { ...restored, segments: restored.segments.map(({ segment }) => segment) };
}

test("each segment names the link of the one before it, the first one none", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await record(run, 3);
  const [first, second] = run.segments as [Segment, Segment, Segment];
  assert.deepEqual(named(run.segments), [null, ...links(run.segments).slice(0, 2)]);
  // By hand, as docs/design/integrity.md says.
  const link = linkOf({ ...IDENTITY, sequence: 0, sha256: first.sha256!, previous: CHAIN_START });
  assert.equal(second.previous, link);
});

test("a run goes on from the one before, although that is stored and gone, and over a restart", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await record(run, 2);
  await run.chain.settled();
  await rm(runDirectory(run.spool, IDENTITY), { recursive: true });
  const chain = restarted(run);
  const later = await startTestRun({ runId: LATER.runId, after: { ...run, chain } });
  await record(later, 2);
  assert.deepEqual(named(later.segments), [links(run.segments)[1], links(later.segments)[0]]);
});

test("a head that a crash has left behind the index is put right from it", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  for (let index = 0; index < 2; index++) await run.write(index, media(index));
  await run.chain.settled();
  const before = await readFile(chainPath(run.spool, "a"), "utf8");
  for (let index = 2; index < 5; index++) await run.write(index, media(index));
  await run.chain.settled();
  await writeFile(chainPath(run.spool, "a"), before);
  const chain = restarted(run);
  assert.equal(await chain.head("a"), links(run.segments).at(-1));
  // What was being written follows, and so does the next run.
  const { segments } = await restore(run, chain);
  assert.deepEqual(named(segments), [null, ...links(segments).slice(0, -1)]);
  assert.equal(segments.length, 5);
  assert.equal(await chain.head("a"), links(segments).at(-1));
});

test("an index line that is torn is made again with the same link", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await record(run, 3);
  const index = join(run.path, "segments-0.jsonl");
  const lines = (await readFile(index, "utf8")).split("\n\n");
  await writeFile(index, [lines[0], lines[1]!.slice(0, 90), lines[2]].join("\n\n"));
  const { segments } = await restore(run, restarted(run));
  assert.deepEqual(links(segments), links(run.segments));
});

test("without a head the chain goes on from the index, and begins anew where there is none", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await record(run, 2);
  await run.chain.settled();
  await rm(chainPath(run.spool, "a"));
  assert.equal(await restarted(run).head("a"), links(run.segments)[1]);
  await rm(runDirectory(run.spool, IDENTITY), { recursive: true });
  assert.equal(await restarted(run).head("a"), null);
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (message) => void warnings.push(message) };
  await writeFile(chainPath(run.spool, "a"), "{");
  const chain = restarted(run, log);
  const later = await startTestRun({ runId: LATER.runId, after: { ...run, chain } });
  await record(later, 1);
  assert.deepEqual(named(later.segments), [null]);
  assert.deepEqual(warnings, ["the head of a camera's chain cannot be read"]);
});

test("a head that cannot be written keeps nothing from being recorded, and is written later", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await writeFile(join(run.spool, CHAINS), "in the way");
  const warnings: string[] = [];
  const chain = restarted(run, { ...silentLog, warn: (message) => void warnings.push(message) });
  const later = await startTestRun({ runId: LATER.runId, after: { ...run, chain } });
  for (let index = 0; index < 3; index++) await later.write(index, media(index));
  await chain.settled();
  assert.equal(later.segments.length, 2);
  assert.deepEqual(warnings, [
    "the head of a camera's chain cannot be read",
    "cannot write the head of a camera's chain; trying again with its next segment",
  ]);
  await rm(join(run.spool, CHAINS));
  await later.recorder.end("stopped", { whole: true });
  await chain.settled();
  assert.equal(JSON.parse(await readFile(chainPath(run.spool, "a"), "utf8")).link, links(later.segments)[2]);
});

test("what is split off and finished late begins where the run beside it is, which goes on by itself", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await run.write(0, media(0));
  const args = ["-map", "0:v", "-t", "1", "-c:v", "libx264", "-f", "segment", "-segment_format", "mpegts"];
  const [other] = ffmpegSegments(args, "testsrc2=size=160x120:rate=10");
  await run.write(1, Buffer.concat([media(1), other!]));
  await run.recorder.end("changed", { whole: true });
  const [split] = run.splits;
  assert.ok(split);
  // It is finished while the next run is being recorded.
  const beside = await startTestRun({ runId: LATER.runId, after: run });
  await beside.write(0, media(0));
  await beside.write(1, media(1));
  const restored = await restore(run, run.chain, split);
  await beside.recorder.end("stopped", { whole: true });
  const [first] = links(beside.segments);
  assert.deepEqual(named(beside.segments), [links(run.segments)[1], first]);
  assert.deepEqual(named(restored.segments), [first]);
  assert.equal(await run.chain.head("a"), links(beside.segments)[1]);
  const text = await readFile(outboxPath(run.spool, restored.outbox[0]!), "utf8");
  const events = text
    .trim()
    .split("\n")
    .map((line) => NewEvent.parse(JSON.parse(line)));
  assert.deepEqual(
    events.flatMap(({ data }) => ("splitFrom" in data ? [data.splitFrom] : [])),
    [{ runId: IDENTITY.runId, sequence: 1 }],
  );
});

test("a split that is restored at once comes between its run and the next", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await run.write(0, media(0));
  await run.write(1, media(11_250));
  await run.recorder.end("changed", { whole: true });
  const restored = await restore(run, run.chain, run.splits[0]!);
  const later = await startTestRun({ runId: LATER.runId, after: run });
  await record(later, 1);
  assert.deepEqual(named(restored.segments), [links(run.segments)[0]]);
  assert.deepEqual(named(later.segments), [links(restored.segments)[0]]);
});

test("a run that is restored late does not take the head from the one that is recorded", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  for (let index = 0; index < 2; index++) await run.write(index, media(index));
  const later = await startTestRun({ runId: LATER.runId, after: run });
  await later.write(0, media(0));
  await later.write(1, media(1));
  const { segments } = await restore(run, run.chain);
  assert.deepEqual(named(segments), [null, links(segments)[0]]);
  assert.equal(await run.chain.head("a"), links(later.segments)[0]);
});

test("a segment that was never closed has no place: the next one names the last that was", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await run.write(0, media(0));
  await run.write(1, new Uint8Array(50_000).fill(7));
  await run.write(2, media(2));
  await run.recorder.end("stopped", { whole: true });
  assert.deepEqual(named(run.segments), [null, links(run.segments)[0]]);
  const lost = run.events.find((event) => event.type === "SegmentLost");
  assert.deepEqual([lost?.data.sequence, lost?.data.sha256, lost?.data.previous], [1, undefined, undefined]);
});

test("a segment that the spool has no room for tells its place in the chain, if its index can be read", async () => {
  const run = await startTestRun();
  await using _ = run.directory;
  await record(run, 8);
  const ledger = new SpoolLedger();
  const spooled = ledger.openRun(IDENTITY, { siteId: "home", correctedByMs: 0 });
  for (const { segment, place } of (await readIndex(run.spool, IDENTITY)).values())
    ledger.add(spooled, spooledOf(segment, place), { handed: false });
  const told: NewEvent[] = [];
  const limit = new SpoolLimit({
    ...{ spool: run.spool, ledger, limits: { bytes: 1, freeBytes: 0 }, nowMs: () => START, log: silentLog },
    publish: {
      events: async (events) => void told.push(...events),
      forget: async (segment) => ledger.remove(segment),
    },
  });
  await limit.enforce();
  const places = told.map(({ data }) => "cause" in data && [data.sequence, data.sha256, data.previous]);
  const dropped = run.segments.slice(0, 5);
  assert.deepEqual(
    places,
    dropped.map(({ sequence, sha256, previous }) => [sequence, sha256, previous]),
  );
  for (const event of told) NewEvent.parse(event);
  // In a spool that something has damaged.
  await writeFile(join(run.path, "segments-0.jsonl"), "noise");
  ledger.add(spooled, spooledOf(run.segments[0]!, { offset: 0, length: 5 }), { handed: false });
  await limit.enforce();
  assert.deepEqual(
    told.slice(5).map(({ data }) => "cause" in data && [data.cause, data.sha256]),
    [["spool-overflow", undefined]],
  );
});
