import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { NewEvent } from "@rokuga/media/events.ts";
import { outboxId, outboxPath } from "@rokuga/media/spool_layout.ts";
import { GiveUpError } from "@rokuga/queue/consumer.ts";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { type TempDirectory, tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { doJob, type JobParts } from "./do_job.ts";
import {
  exists,
  inOutbox,
  openTestParts,
  overflowed,
  START,
  segmentJob,
  type TestParts,
  writeOutbox,
} from "./test_parts.ts";

const never = new AbortController().signal;
let server: PostgresServer;
let directory: TempDirectory;
let fixture: TestParts;
let parts: JobParts;
let runs = 0;
let runId = "";

before(async () => {
  server = await startPostgresServer();
  directory = await tempDirectory("worker");
  fixture = await openTestParts({ databaseUrl: server.appUrl, directory: directory.path });
  parts = fixture.parts;
});
after(async () => {
  for (const one of [fixture, directory, server]) await one[Symbol.asyncDispose]();
});
beforeEach(() => {
  runId = `0mk3x0abcd${String(runs++).padStart(3, "0")}`;
});

const lost = (sequence: number) => overflowed(segmentJob({ cameraId: "a", runId, sequence }));
const runStarted = (): NewEvent => ({
  eventId: `a/${runId}/RunStarted`,
  type: "RunStarted",
  version: 1,
  occurredAtMs: START,
  data: { cameraId: "a", runId, startMs: START },
});
const pathOf = (id: string) => outboxPath(parts.spool, id);
const append = (id: string) =>
  doJob(parts, { kind: "events", siteId: "home", outboxId: id }, { lane: "events", signal: never });
const eventTypes = async () => {
  const { rows } = await fixture.database.pool.query(
    "SELECT type FROM events WHERE data->>'runId' = $1 ORDER BY position",
    [runId],
  );
  return rows.map(({ type }) => type);
};

test("events of the outbox are appended together, in their order, and then their file is deleted", async () => {
  const job = await inOutbox(parts.spool, [runStarted(), lost(0), lost(1)]);
  await append(job.outboxId);
  assert.deepEqual(await eventTypes(), ["RunStarted", "SegmentLost", "SegmentLost"]);
  const { rows } = await fixture.database.pool.query(
    "SELECT DISTINCT xmin::text FROM events WHERE data->>'runId' = $1",
    [runId],
  );
  assert.equal(rows.length, 1, "one transaction");
  assert.equal(await exists(pathOf(job.outboxId)), false);
  // Again, as when its worker died before the job was done; also before the file was deleted.
  await append(job.outboxId);
  await inOutbox(parts.spool, [runStarted(), lost(0), lost(1)]);
  await append(job.outboxId);
  assert.equal((await eventTypes()).length, 3);
  assert.equal(await exists(pathOf(job.outboxId)), false);
});

test("a file that does not hold events is given up with the reason, appends nothing, and stays", async () => {
  const good = JSON.stringify(lost(0));
  const notAnEvent = JSON.stringify({ ...lost(1), data: { ...lost(1).data, cause: "bad luck" } });
  for (const [text, reason] of [
    [`${good}\n${notAnEvent}\n`, /line 2 is not an event \(data\.cause: /],
    [`${good}\n{"eventId":"half of o`, /line 2 is not an event \(all of it: /],
    ["", /it holds none/],
  ] as const) {
    const id = outboxId([text]);
    await writeOutbox(parts.spool, { id, text });
    await assert.rejects(append(id), (error: Error) => {
      assert.ok(error instanceof GiveUpError);
      assert.match(error.message, reason);
      assert.match(error.message, new RegExp(`${id}\\.jsonl in the outbox`));
      return true;
    });
    assert.equal(await exists(pathOf(id)), true);
  }
  assert.deepEqual(await eventTypes(), []);
});

test("while the log is away the file stays; then it is appended once", async () => {
  const job = await inOutbox(parts.spool, [runStarted()]);
  await server.stop();
  const running = append(job.outboxId);
  await waitFor(() => parts.breakers.log.status.awaySinceMs !== null, { what: "the outage" });
  assert.equal(await exists(pathOf(job.outboxId)), true);
  await server.start();
  await running;
  assert.deepEqual(await eventTypes(), ["RunStarted"]);
  assert.equal(await exists(pathOf(job.outboxId)), false);
});

test("appends that come together share a transaction; one that is refused does not take the others along", async () => {
  const { sink } = parts;
  const wrong = { ...lost(2), data: { ...lost(2).data, cameraId: "NOT AN ID" } } as NewEvent;
  const batches = [[lost(0)], [lost(1)], [wrong, lost(3)], [lost(4), lost(5)], []];
  const results = await Promise.allSettled(batches.map((events) => sink.append(events)));
  assert.deepEqual(
    results.map((result) => result.status),
    ["fulfilled", "fulfilled", "rejected", "fulfilled", "fulfilled"],
  );
  assert.equal((await eventTypes()).length, 4);
  const ids = [0, 1, 2, 3, 4, 5].map((sequence) => lost(sequence).eventId);
  const known = await sink.known(ids);
  assert.deepEqual(
    ids.map((id) => known.has(id)),
    [true, true, false, false, true, true],
  );
  assert.deepEqual(await sink.known([]), new Set());
});

test("more events than fit into a batch are all appended", async () => {
  const sizes = [150, 150, 450, 1];
  let sequence = 0;
  await Promise.all(
    sizes.map((size) => parts.sink.append(Array.from({ length: size }, () => lost(sequence++)))),
  );
  assert.equal((await eventTypes()).length, 751);
});

test("the outbox is known by the events in its files, until they are gone", async () => {
  const { outbox } = parts;
  assert.equal(await outbox.holds(lost(0).eventId), false);
  const first = await inOutbox(parts.spool, [runStarted(), lost(0)]);
  await inOutbox(parts.spool, [lost(1), lost(2)]);
  await writeOutbox(parts.spool, { id: outboxId(["x"]), text: `${JSON.stringify(lost(3))}\n{"SegmentLost"` });
  for (const sequence of [0, 1, 2, 3]) assert.equal(await outbox.holds(lost(sequence).eventId), true);
  assert.equal(await outbox.holds(runStarted().eventId), false);
  assert.equal(await outbox.holds(lost(4).eventId), false);
  await append(first.outboxId);
  assert.equal(await outbox.holds(lost(0).eventId), false);
  assert.equal(await outbox.holds(lost(1).eventId), true);
});
