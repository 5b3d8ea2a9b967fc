/** `pnpm backlog` as a person runs it: with a relay and no worker, with a worker, and without a relay. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openBenchSite } from "../bench/bench_site.ts";
import { fillSpool } from "../fixtures/full_spool.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";

const COMMAND = fileURLToPath(new URL("../../scripts/start.mjs", import.meta.url));

type Outcome = { code: number; stdout: string; stderr: string };

function backlog(spool: string, ...args: string[]): Promise<Outcome> {
  const options = { env: { ...process.env, SPOOL_DIR: spool }, timeout: 60_000 };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [COMMAND, "apps/relay/backlog.ts", ...args],
      options,
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, stdout, stderr });
      },
    );
  });
}

test("the backlog is listed, replayed with progress, and seen without a relay", async () => {
  await using directory = await tempDirectory("backlog");
  const store = join(directory.path, "store");
  await mkdir(store);
  await using site = await openBenchSite({ directory: directory.path, storageUrl: `file://${store}` });
  fillSpool(site.spool, { cameras: 2, segments: 60, bytes: 1_000, startMs: Date.now() - 3_600_000 });

  const alone = await backlog(site.spool);
  assert.match(alone.stdout, /^120 segments \(120 KB\) wait on site, the oldest for 1 h 0 min\.$/m);
  assert.match(alone.stdout, /The relay does not run/);
  const refused = await backlog(site.spool, "replay");
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  assert.match(refused.stderr, /Cannot replay: the relay of this spool does not run/);

  await site.relay.start();
  await waitFor(async () => (await site.status()).queue?.backlog.waiting === 120, {
    what: "the backlog to be queued",
  });
  const listed = await backlog(site.spool);
  assert.match(listed.stdout, /^camera-1 +60 +60\.0 KB/m);
  assert.match(listed.stdout, /Queue: 120 next, 0 at work\.\nNo worker runs/);
  const json = JSON.parse((await backlog(site.spool, "list", "--json")).stdout);
  assert.equal(json.spool.segments, 120);

  await site.worker.start();
  const replayed = await backlog(site.spool, "replay");
  assert.equal(replayed.code, 0);
  assert.match(replayed.stdout, /^Queued again: \d+ segments that wait, 0 jobs that had failed\.$/m);
  assert.match(replayed.stdout, /^100 % {2}0 segments \(0 B\) wait/m);
  assert.match(replayed.stdout, /All that waited is stored\.\n$/);
  assert.equal(await site.stored(), 120);
});

test("what cannot be done is refused in a sentence", async () => {
  await using directory = await tempDirectory("backlog");
  const unknown = await backlog(directory.path, "shred");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /There is no 'backlog shred'\.\nUsage:/);
  const nowhere = await backlog(join(directory.path, "nowhere"));
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /There is no spool at .*nowhere\. Set SPOOL_DIR/);
  await writeFile(join(directory.path, "_relay.json"), '{"url":"http://127.0.0.1:1"}');
  assert.match((await backlog(directory.path)).stdout, /^Nothing waits on site/);
});
