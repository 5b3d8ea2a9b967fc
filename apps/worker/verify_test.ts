/** `verify` as it is started, on footage of a real recorder in a real log and store, whole and then tampered with. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, readlink, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Database, openDatabase } from "@rokuga/db/connect.ts";
import { linkOf } from "@rokuga/media/chain.ts";
import { NewEvent } from "@rokuga/media/events.ts";
import { runEventId } from "@rokuga/media/ids.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import type { Segment } from "@rokuga/media/segment.ts";
import { outboxPath } from "@rokuga/media/spool_layout.ts";
import { silentLog } from "@rokuga/runtime/log.ts";
import { freePort } from "../../test/fixtures/free_port.ts";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { type TempDirectory, tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { restoreRun } from "../relay/recovery.ts";
import { lossEvent } from "../relay/run_events.ts";
import { media, SEGMENT_MS, START, startTestRun } from "../relay/test_run.ts";
import { doJob } from "./do_job.ts";
import type { Finding } from "./findings.ts";
import { openTestParts, type TestParts } from "./test_parts.ts";
import { verifyCamera } from "./verify_camera.ts";
import { exitCodeOf, LAST_MS, reportJson } from "./verify_report.ts";

const A = "0mk3x0aaaa001";
const B = "0mk3x0bbbb002";
const never = new AbortController().signal;
let server: PostgresServer;
let directory: TempDirectory;
let fixture: TestParts;
/** Of the role that owns the tables. */
let owner: Database;
let cameras = 0;

before(async () => {
  server = await startPostgresServer();
  owner = openDatabase(server.url);
  directory = await tempDirectory("verify");
  fixture = await openTestParts({ databaseUrl: server.appUrl, directory: directory.path });
});
after(async () => {
  for (const one of [fixture, owner, directory, server]) await one[Symbol.asyncDispose]();
});

type Footage = { cameraId: string; segments: Segment[] };

/** A camera with two runs, of 6 and of 4 segments, in the log and in the store. */
async function footage({
  store = async () => true as boolean,
}: {
  store?: (segment: Segment) => Promise<boolean>;
} = {}): Promise<Footage> {
  const cameraId = `camera-${cameras++}`;
  const segments: Segment[] = [];
  let after: Awaited<ReturnType<typeof startTestRun>> | undefined;
  for (const [runId, count] of [
    [A, 6],
    [B, 4],
  ] as const) {
    const run = await startTestRun({
      cameraId,
      runId,
      atMs: START + segments.length * 1_000,
      ...(after && { after }),
    });
    for (let index = 0; index < count; index++) await run.write(index, media(index));
    await run.recorder.end("stopped", { whole: true });
    const parts = { ...fixture.parts, spool: run.spool };
    for (const segment of run.segments) {
      segments.push(segment);
      if (!(await store(segment))) continue;
      const job = { kind: "segment", siteId: "home", segment, closedAtMs: START } as const;
      await doJob(parts, job, { lane: "live", signal: never });
    }
    await fixture.parts.sink.append(run.events);
    after = run;
  }
  await after?.directory[Symbol.asyncDispose]();
  return { cameraId, segments };
}

const VERIFY = fileURLToPath(new URL("./verify.ts", import.meta.url));

const environment = () => ({
  ...{ PATH: process.env.PATH, DATABASE_URL: server.appUrl },
  STORAGE_URL: pathToFileURL(join(directory.path, "store")).href,
});

async function verify(args: readonly string[], other: Record<string, string> = {}) {
  const child = spawn(process.execPath, [VERIFY, ...args], { env: { ...environment(), ...other } });
  const [[code], output, errors] = await Promise.all([
    once(child, "exit"),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code: code as number, output, errors };
}

type Report = {
  whole: boolean;
  complete: boolean;
  counts: Record<string, number>;
  links: { checked: number; without: number; newest: unknown };
  changed: Finding[];
  removed: Finding[];
  unchecked: Finding[];
  explained: Finding[];
};

type Part = { fromMs?: number; toMs?: number };

/** What `verify --json` says, without starting it. */
async function report({ cameraId }: Footage, { fromMs: startMs = 0, toMs: endMs = LAST_MS }: Part = {}) {
  const range = { startMs, endMs };
  const { storage } = fixture.parts;
  const options = { storage, cameraId, range, nowMs: Date.now, signal: never, onProgress: () => {} };
  const result = await verifyCamera({ database: fixture.database, ...options });
  const json = JSON.parse(reportJson({ cameraId, range, result: result! })) as Report;
  const findings = [...json.changed, ...json.removed, ...json.unchecked].map(short);
  return { ...json, code: exitCodeOf(result!), findings };
}

/** `a5: changed object`, with the runs as a and b. */
function short({ kind, what, runId, fromSequence, toSequence }: Finding): string {
  const run = runId === A ? "a" : runId === B ? "b" : runId;
  const last = toSequence === fromSequence ? "" : `-${toSequence ?? ""}`;
  return `${run}${fromSequence}${last}: ${kind} ${what}`;
}
const explained = ({ explained: all }: Report) => all.map(short);
const BEGINS = "a0: explained chain";

const pathOf = (segment: Segment) => join(directory.path, "store", objectKey({ ...segment, siteId: "home" }));

async function flipByte(segment: Segment): Promise<void> {
  const bytes = await readFile(pathOf(segment));
  bytes[1_000]! ^= 1;
  await writeFile(pathOf(segment), bytes);
}

/** As an administrator of the database can. */
async function tamper(sql: string, values: unknown[]): Promise<void> {
  const client = await owner.pool.connect();
  try {
    await client.query("ALTER TABLE events DISABLE TRIGGER events_are_kept");
    const { rowCount } = await client.query(sql, values);
    assert.ok(rowCount && rowCount > 0, "something was changed");
  } finally {
    await client.query("ALTER TABLE events ENABLE TRIGGER events_are_kept");
    client.release();
  }
}
const change = (segment: Segment, field: string, value: unknown) =>
  tamper("UPDATE events SET data = jsonb_set(data, $2, $3) WHERE event_id = $1", [
    idOf(segment),
    [field],
    JSON.stringify(value),
  ]);
const idOf = ({ cameraId, runId, sequence }: Segment) => `${cameraId}/${runId}/${sequence}/SegmentStored`;
const removeEvent = (segment: Segment) => tamper("DELETE FROM events WHERE event_id = $1", [idOf(segment)]);
const removeProjection = ({ cameraId, runId, sequence }: Segment) =>
  tamper("DELETE FROM segments WHERE camera_id = $1 AND run_id = $2 AND sequence = $3", [
    cameraId,
    runId,
    sequence,
  ]);

test("what is whole is said to be, with how much was read and the link that stands for it", async () => {
  const { cameraId, segments } = await footage();
  const { code, output, errors } = await verify(["--camera", cameraId]);
  assert.equal(code, 0, output + errors);
  assert.match(
    output,
    /^camera-\d+, all that there is\n10 segments in 2 runs: 10 objects read \(.* KB\)\.\n9 links checked\.\n/,
  );
  assert.match(output, /stands for all before it:\n {2}[0-9a-f]{64}\n/);
  assert.match(output, /\nAll is whole\.\n$/);
  const none = await verify(["--camera", cameraId, "--to", "2020-01-01T00:00:00Z"]);
  assert.match(
    none.output,
    /\n0 segments in 0 runs: .*\nNothing was recorded then, as far as is known\.\n$/s,
  );
  const json = await report({ cameraId, segments });
  assert.deepEqual([json.whole, json.complete, json.code], [true, true, 0]);
  assert.deepEqual([json.links.checked, json.links.without, explained(json)], [9, 0, [BEGINS]]);
  assert.equal(
    json.counts.bytes,
    segments.reduce((sum, { bytes }) => sum + bytes, 0),
  );
});

test("a byte of an object that was flipped, and one that was cut, are told apart from the log by the chain", async () => {
  const camera = await footage();
  await flipByte(camera.segments[2]!);
  await truncate(pathOf(camera.segments[7]!), 100);
  await flipByte(camera.segments[9]!);
  const { code, changed, findings } = await report(camera);
  assert.deepEqual([code, findings], [1, ["a2: changed object", "b1: changed object", "b3: changed object"]]);
  const details = changed.map(({ detail }) => detail);
  assert.match(details[0]!, /The chain says what the log says: the object was changed\./);
  assert.match(details[1]!, /\(100 bytes, not \d+\)/);
  assert.match(details[2]!, /Nothing that was recorded later says which of the two was changed\./);
  const { output } = await verify(["--camera", camera.cameraId]);
  assert.match(
    output,
    /\nChanged \(3\):\n {2}camera-\d+\/0mk3x0aaaa001\/2, 2026-02-02 02:40:00 UTC\n {4}object: /,
  );
  assert.match(output, /\nNot whole: 3 changed, 0 removed\.\n$/);
});

test("objects that were deleted are named, neighbours together", async () => {
  const camera = await footage();
  for (const index of [1, 2, 3, 8]) await rm(pathOf(camera.segments[index]!));
  const { code, findings } = await report(camera);
  assert.deepEqual([code, findings], [1, ["a1-3: removed object", "b2: removed object"]]);
});

test("an event that was changed is named, and its object is said to be what was recorded", async () => {
  const camera = await footage();
  const [, one, , , , last] = camera.segments;
  await change(one!, "sha256", "f".repeat(64));
  await change(last!, "sha256", "e".repeat(64));
  await change(camera.segments[8]!, "previous", "d".repeat(64));
  const { code, changed, findings } = await report(camera);
  assert.deepEqual([code, findings], [1, ["a1: changed event", "a5: changed event", "b2: changed event"]]);
  assert.match(
    changed[0]!.detail,
    /with the sha256 that it must have had the chain is whole\. Its object is what/,
  );
  assert.match(changed[2]!.detail, /with the previous that it must have had/);
});

test("an event and its object that were changed together are betrayed by the next link", async () => {
  const camera = await footage();
  const segment = camera.segments[3]!;
  await flipByte(segment);
  const bytes = await readFile(pathOf(segment));
  await change(segment, "sha256", createHash("sha256").update(bytes).digest("hex"));
  const { code, findings } = await report(camera);
  assert.deepEqual([code, findings], [1, ["a3: changed event"]]);
});

test("an event that says another length, or speaks of another segment, or cannot be read, is named", async () => {
  const camera = await footage();
  const [, one, two, three] = camera.segments;
  await change(one!, "bytes", one!.bytes + 1);
  await change(two!, "sequence", 77);
  await change(three!, "tracks", 5);
  const { code, changed, findings } = await report(camera);
  // What could not be read told no place in the chain.
  assert.deepEqual([code, findings], [1, ["a1: changed event", "a2: changed event", "a3: changed event"]]);
  assert.match(changed[0]!.detail, /Its event says \d+ bytes\. Its object has \d+/);
  assert.match(changed[1]!.detail, /It speaks of .*\/77, which its id does not say/);
  assert.match(changed[2]!.detail, /It cannot be read/);
});

test("an event that was deleted is named, whether or not the projections were made to forget it too", async () => {
  const camera = await footage();
  const [, one, two, , , last] = camera.segments;
  await removeEvent(one!);
  const known = await report(camera);
  assert.deepEqual([known.code, known.findings], [1, ["a1: removed event"]]);
  assert.match(known.removed[0]!.detail, /The projections still know of it/);
  assert.equal(known.removed[0]!.startMs, one!.startMs);
  await removeProjection(one!);
  for (const segment of [two!, last!]) {
    await removeEvent(segment);
    await removeProjection(segment);
  }
  const { code, removed, findings } = await report(camera);
  assert.deepEqual(
    [code, findings],
    [1, ["a1-2: removed segment", "a5-: removed segment", "b0: removed link"]],
  );
  assert.match(
    removed[0]!.detail,
    /no loss, limit or backlog explains that\. What was recorded after it names it/,
  );
  assert.equal(removed[0]!.startMs, one!.startMs);
  assert.match(removed[1]!.detail, /The run went on after the last segment/);
  assert.match(removed[2]!.detail, /It names a link that no segment of the log has/);
});

test("a whole run that was removed from log, projections and store is betrayed by the run after it", async () => {
  const camera = await footage();
  const { cameraId } = camera;
  await tamper("DELETE FROM events WHERE data->>'cameraId' = $1 AND data->>'runId' = $2", [cameraId, A]);
  for (const table of ["segments", "runs"])
    await tamper(`DELETE FROM ${table} WHERE camera_id = $1 AND run_id = $2`, [cameraId, A]);
  const { code, findings } = await report(camera);
  assert.deepEqual([code, findings], [1, ["b0: removed link"]]);
});

test("what the log knows and the projections do not is read all the same", async () => {
  const camera = await footage();
  await tamper("DELETE FROM segments WHERE camera_id = $1", [camera.cameraId]);
  const { code, counts } = await report(camera);
  assert.deepEqual([code, counts.objects], [0, 10]);
});

test("losses, limits and what waits on site explain what is not there", async () => {
  const told: Segment[] = [];
  const camera = await footage({
    store: async (segment) => {
      if (segment.runId !== A || (segment.sequence !== 1 && segment.sequence !== 3)) return true;
      told.push(segment);
      return false;
    },
  });
  const { cameraId } = camera;
  const [lost, waits] = told as [Segment, Segment];
  const unexplained = await report(camera);
  assert.deepEqual(unexplained.findings, ["a1: removed segment", "a3: removed segment"]);

  const { runId, sequence, startMs, wallDurationMs, bytes, sha256, previous } = lost;
  const loss = { cameraId, runId, sequence, startMs, wallDurationMs, bytes, sha256, previous };
  const cause = { cause: "spool-overflow", detail: "the spool was full" } as const;
  const ranges = [{ startMs: waits.startMs, endMs: waits.startMs + waits.wallDurationMs }];
  const reportedMs = Date.now();
  const went = camera.segments[4]!;
  const span = {
    runId: A,
    fromSequence: 4,
    toSequence: 4,
    startMs: went.startMs,
    endMs: went.startMs + SEGMENT_MS,
  };
  await fixture.parts.sink.append([
    lossEvent({ ...loss, ...cause }, START),
    {
      eventId: `camera/${cameraId}/BacklogReported/${reportedMs}`,
      ...{ type: "BacklogReported", version: 1, occurredAtMs: reportedMs },
      data: { siteId: "home", cameraId, reportedMs, segments: 1, bytes: 1, ranges },
    },
    {
      eventId: `camera/${cameraId}/SegmentsExpired/1`,
      ...{ type: "SegmentsExpired", version: 1, occurredAtMs: START },
      data: { cameraId, limit: "days", spans: [span] },
    },
  ]);
  await rm(pathOf(went));
  const result = await report(camera);
  assert.deepEqual([result.code, result.findings], [0, []]);
  assert.deepEqual(explained(result), [
    BEGINS,
    "a1: explained lost",
    "a3: explained waiting",
    "a4: explained expired",
  ]);
  assert.deepEqual([result.counts.lost, result.counts.expired, result.counts.objects], [1, 1, 7]);
  // The link past a loss is still a link: who changes what the loss says of itself is found.
  await tamper("UPDATE events SET data = jsonb_set(data, '{sha256}', $2) WHERE event_id = $1", [
    `${cameraId}/${A}/1/SegmentLost`,
    JSON.stringify("c".repeat(64)),
  ]);
  assert.deepEqual((await report(camera)).findings, ["a1: changed event"]);
});

test("what became a run of its own is no hole, and its loss would be one", async () => {
  const cameraId = `camera-${cameras++}`;
  const run = await startTestRun({ cameraId, runId: A });
  await using _ = run.directory;
  // The time stamps of the second file are others: it is split off, and the run goes on after it.
  await run.write(0, media(0));
  await run.write(1, media(11_250));
  await run.write(2, media(1), { sequence: 2 });
  await run.recorder.end("changed", { whole: true });
  const options = { spool: run.spool, siteId: "home", chain: run.chain, nowMs: () => START, log: silentLog };
  const events = [...run.events];
  const segments = [...run.segments];
  for (const split of run.splits) {
    const restored = await restoreRun(options, split);
    segments.push(...restored!.segments.map(({ segment }) => segment));
    for (const id of restored!.outbox) {
      const lines = (await readFile(outboxPath(run.spool, id), "utf8")).trim().split("\n");
      events.push(...lines.map((line) => NewEvent.parse(JSON.parse(line))));
    }
  }
  for (const segment of segments) {
    const job = { kind: "segment", siteId: "home", segment, closedAtMs: START } as const;
    await doJob({ ...fixture.parts, spool: run.spool }, job, { lane: "live", signal: never });
  }
  await fixture.parts.sink.append(events);
  const camera = { cameraId, segments };
  const whole = await report(camera);
  assert.deepEqual([whole.code, whole.findings], [0, []]);
  assert.deepEqual(explained(whole), [BEGINS, "a1: explained split"]);
  const [split] = run.splits;
  await tamper("DELETE FROM events WHERE event_id = $1", [runEventId(split!, "RunStarted")]);
  const { findings, removed } = await report(camera);
  assert.deepEqual(findings, ["a1: removed segment"]);
  assert.match(removed[0]!.detail, /The chain goes on past it/);
});

test("a range is checked up to its edges, with the links into it and out of it", async () => {
  const camera = await footage();
  const { segments } = camera;
  const range = (from: number, to: number) => {
    return { fromMs: segments[from]!.startMs, toMs: segments[to]!.startMs };
  };
  const middle = await report(camera, range(2, 4));
  assert.deepEqual([middle.code, middle.counts.objects, middle.links.checked], [0, 2, 2]);
  const later = await report(camera, range(6, 8));
  assert.deepEqual([later.code, later.counts.objects, later.links.checked], [0, 2, 2]);
  // Outside of it nothing is said, unless its links lead there.
  await flipByte(segments[0]!);
  await removeEvent(segments[8]!);
  assert.deepEqual((await report(camera, range(2, 4))).code, 0);
  // The last one of it, changed together with its object, is betrayed by the next.
  await change(segments[3]!, "sha256", "f".repeat(64));
  await rm(pathOf(segments[3]!));
  assert.deepEqual((await report(camera, range(2, 4))).findings, ["a3: changed event", "a3: removed object"]);
  // What its first segment names lies in the run before it.
  await removeEvent(segments[5]!);
  await removeProjection(segments[5]!);
  assert.deepEqual((await report(camera, range(6, 8))).findings, ["b0: removed link"]);
  const { fromMs, toMs } = range(6, 8);
  const { output } = await verify([
    ...["--camera", camera.cameraId, "--json"],
    ...["--from", new Date(fromMs).toISOString().replace("Z", "+00:00"), "--to", String(toMs)],
  ]);
  const json = JSON.parse(output);
  assert.deepEqual([json.fromMs, json.toMs, json.counts.objects], [fromMs, toMs, 2]);
});

test("a link that was kept is in the chain, until the chain is made anew", async () => {
  const camera = await footage();
  const { newest } = (await report(camera)).links as { newest: { link: string } };
  const look = () => verify(["--camera", camera.cameraId, "--link", newest.link]);
  const whole = await look();
  assert.equal(whole.code, 0);
  assert.match(whole.output, /\nThe link that was kept is in the chain\.\nAll is whole\.\n$/);
  // Whoever controls log and store changes a segment and every link from there on: nothing is wrong by itself.
  const forged = camera.segments[4]!;
  await flipByte(forged);
  const bytes = await readFile(pathOf(forged));
  let previous = forged.previous!;
  for (const segment of camera.segments.slice(4)) {
    const sha256 = segment === forged ? createHash("sha256").update(bytes).digest("hex") : segment.sha256!;
    await change(segment, "sha256", sha256);
    await change(segment, "previous", previous);
    previous = linkOf({ ...segment, sha256, previous });
  }
  assert.equal((await report(camera)).code, 0);
  const anew = await look();
  assert.equal(anew.code, 1);
  assert.match(anew.output, /\nThe link that was kept is that of no segment: .*\nNot whole: /);
});

test("footage of before there was a chain is checked without it, and counted", async () => {
  const camera = await footage();
  for (const segment of camera.segments) await change(segment, "previous", null);
  const whole = await report(camera);
  assert.deepEqual([whole.code, whole.links.checked, whole.links.without], [0, 0, 10]);
  await flipByte(camera.segments[4]!);
  assert.deepEqual((await report(camera)).findings, ["a4: changed object"]);
});

test("while the store is away nothing is said to be wrong, and nothing to be whole", async () => {
  const camera = await footage();
  await fixture.unmount();
  const { code, findings } = await report(camera);
  assert.deepEqual([code, findings], [2, ["a0-5: unchecked object", "b0-3: unchecked object"]]);
  const { output } = await verify(["--camera", camera.cameraId]);
  assert.match(output, /\nNot checked \(2\):\n.*\n {4}object: The store could not be reached\. /);
  assert.match(output, /\nNothing wrong was found, but not all could be checked\.\n$/);
  await fixture.mount();
});

test("Ctrl-C ends it, with what was found so far", async () => {
  const camera = await footage();
  await flipByte(camera.segments[0]!);
  // Read for minutes: 100 GB of nothing, in the second run.
  const large = pathOf(camera.segments[7]!);
  await truncate(large, 100e9);
  const child = spawn(process.execPath, [VERIFY, "--camera", camera.cameraId], { env: environment() });
  const output = text(child.stdout);
  const isReading = async () => {
    const directory = `/proc/${child.pid}/fd`;
    const links = (await readdir(directory)).map((name) => readlink(join(directory, name)).catch(() => ""));
    return (await Promise.all(links)).includes(large);
  };
  await waitFor(isReading, { what: "the large object to be read", timeoutMs: 20_000 });
  child.kill("SIGINT");
  assert.deepEqual(await once(child, "exit"), [1, null]);
  assert.match(await output, /\nChanged \(1\):\n {2}camera-\d+\/0mk3x0aaaa001\/0, /);
  assert.match(
    await output,
    /It was not finished: what is missing has not been looked for\.\nNot whole: 1 changed/,
  );
});

test("what is asked for wrongly, or cannot be reached, ends with 2 and a sentence", async () => {
  for (const [args, problem] of [
    [[], /^Which camera\? It is missing\.\nUsage: /],
    [["--camera", "../x"], /^'\.\.\/x' is no camera's id\./],
    [["--camera", "nobody"], /^Nothing is known of a camera 'nobody'\./],
    [["--camera", "a", "--from", "yesterday"], /^'--from' is 'yesterday': give ISO 8601 with an offset/],
    [["--camera", "a", "--from", "2", "--to", "1"], /^'--to' must be later than '--from'\./],
    [["--camera", "a", "--link", "abc"], /^'--link' is 'abc': a link has 64 hexadecimal characters\./],
    [["--camera", "a", "--everything"], /Unknown option '--everything'/],
  ] as const) {
    const { code, errors, output } = await verify(args);
    assert.deepEqual([code, output], [2, ""], args.join(" "));
    assert.match(errors, problem);
  }
  const url = `postgres://rokuga:hunter2@127.0.0.1:${await freePort()}/rokuga`;
  const away = await verify(["--camera", "a"], { DATABASE_URL: url });
  assert.equal(away.code, 2);
  assert.match(away.errors, /^Cannot read the log, the database is away: /);
  assert.ok(!away.errors.includes("hunter2"));
  const unset = await verify(["--camera", "a"], { STORAGE_URL: "" });
  assert.deepEqual([unset.code, unset.errors.includes("STORAGE_URL")], [2, true]);
});
