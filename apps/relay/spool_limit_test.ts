import assert from "node:assert/strict";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { NewEvent } from "@rokuga/media/events.ts";
import { runDirectory, segmentPath } from "@rokuga/media/spool_layout.ts";
import { silentLog } from "@rokuga/runtime/log.ts";
import { tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { trimQuarantine } from "./quarantine.ts";
import { type SpooledSegment, SpoolLedger } from "./spool_ledger.ts";
import { SpoolLimit, type SpoolLimits } from "./spool_limit.ts";

const RUN = { cameraId: "a", runId: "0mk3x0abcd123" };
const BYTES = 1_000;

async function spoolOf(count: number, limits: SpoolLimits, failFirst = false) {
  const directory = await tempDirectory("limit");
  const spool = directory.path;
  const ledger = new SpoolLedger();
  const run = ledger.openRun(RUN, { siteId: "home", correctedByMs: 0 });
  await mkdir(dirname(segmentPath(spool, { ...RUN, sequence: 0 })), { recursive: true });
  for (let sequence = 0; sequence < count; sequence++) {
    await writeFile(segmentPath(spool, { ...RUN, sequence }), new Uint8Array(BYTES));
    const times = { startMs: 1_000 + sequence * 1_000, endMs: 2_000 + sequence * 1_000 };
    ledger.add(run, { sequence, bytes: BYTES, ...times, place: { offset: 0, length: 1 } }, { handed: false });
  }
  const told: NewEvent[] = [];
  const filesWhenTold: number[] = [];
  let failures = failFirst ? 1 : 0;
  const files = async () => (await readdir(runDirectory(spool, RUN))).length;
  const publish = {
    async events(events: readonly NewEvent[]) {
      if (failures-- > 0) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      told.push(...events);
      filesWhenTold.push(await files());
    },
    async forget(segment: SpooledSegment) {
      ledger.remove(segment);
    },
  };
  const limit = new SpoolLimit({ spool, ledger, limits, publish, nowMs: () => 100_000, log: silentLog });
  return { directory, ledger, limit, told, filesWhenTold, files };
}

test("over its limit the oldest go, with some room to spare, each told before its file is deleted", async () => {
  const spool = await spoolOf(40, { bytes: 30_000, freeBytes: 0 });
  await using _ = spool.directory;
  assert.equal(await spool.limit.enforce(), 12);
  assert.deepEqual(
    spool.told.map((event) => event.type === "SegmentLost" && [event.data.sequence, event.data.cause]),
    Array.from({ length: 12 }, (_, sequence) => [sequence, "spool-overflow"]),
  );
  const [first] = spool.told;
  assert.ok(first?.type === "SegmentLost");
  assert.deepEqual([first.data.startMs, first.data.wallDurationMs], [1_000, 1_000]);
  assert.match(first.data.detail, /limit of 30\.0 KB/);
  assert.deepEqual(spool.filesWhenTold, [40], "told first, deleted then");
  assert.deepEqual([await spool.files(), spool.ledger.bytes], [28, 28_000]);
  assert.equal(await spool.limit.enforce(), 0, "enough is enough");
});

test("when the disk is short of space the newest segments of a camera stay, whatever is asked", async () => {
  const spool = await spoolOf(10, { bytes: undefined, freeBytes: Number.MAX_SAFE_INTEGER });
  await using _ = spool.directory;
  assert.equal(await spool.limit.enforce(), 7);
  assert.equal(await spool.limit.enforce(), 0);
  assert.equal(await spool.files(), 3);
});

test("on a disk that is too full even to say so, one file goes first, and is told then", async () => {
  const spool = await spoolOf(10, { bytes: 5_000, freeBytes: 0 }, true);
  await using _ = spool.directory;
  await spool.limit.enforce();
  assert.deepEqual(spool.filesWhenTold, [9]);
  assert.equal(spool.told.length, 6, "the one that went first is told as well");
});

test("a disk that is short of space loses what cannot be played first", async () => {
  const spool = await spoolOf(1, { bytes: undefined, freeBytes: Number.MAX_SAFE_INTEGER });
  await using _ = spool.directory;
  const quarantine = join(spool.directory.path, "_quarantine");
  await mkdir(quarantine);
  for (const name of ["old.ts", "new.ts"]) await writeFile(join(quarantine, name), new Uint8Array(500));
  await utimes(join(quarantine, "old.ts"), 1, 1);
  assert.equal(await trimQuarantine(spool.directory.path, 600), 1);
  assert.deepEqual(await readdir(quarantine), ["new.ts"], "the oldest goes");
  await spool.limit.enforce();
  assert.deepEqual(await readdir(quarantine), []);
});
