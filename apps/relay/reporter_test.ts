import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewEvent } from "@rokuga/media/events.ts";
import { silentLog } from "@rokuga/runtime/log.ts";
import { tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { Reporter } from "./reporter.ts";
import { SpoolLedger } from "./spool_ledger.ts";

const START = 1_770_000_000_000;
const RUN = { cameraId: "a", runId: "0mk3x0abcd123" };

async function startReporter() {
  const directory = await tempDirectory("reporter");
  const ledger = new SpoolLedger();
  const told: NewEvent[] = [];
  const clock = { nowMs: START };
  const site = { known: true, lastToldMs: performance.now() };
  const open = () =>
    new Reporter({
      ...{ spool: directory.path, siteId: "home", ledger, log: silentLog },
      openFootage: () => [{ cameraId: "a", sinceMs: START - 4_000 }],
      isKnown: () => site.known,
      publish: {
        events: async (events) => void told.push(...events),
        get lastToldMs() {
          return site.lastToldMs;
        },
      },
      nowMs: () => clock.nowMs,
    });
  return { directory, ledger, told, clock, site, open };
}

/** A function, since the compiler takes an array that was compared with an empty one for empty. */
const told = (site: { told: NewEvent[] }) => site.told;
const kinds = (events: NewEvent[]) => events.map((event) => event.type);

test("a start tells since when nobody recorded; a stop is told as such", async () => {
  const site = await startReporter();
  await using _ = site.directory;
  const first = site.open();
  await first.start();
  site.clock.nowMs += 60_000;
  await first.stop();
  site.clock.nowMs += 3_600_000;
  await site.open().start();
  assert.deepEqual(
    site.told.map((event) => event.data),
    [
      { siteId: "home", startedMs: START, lastAliveMs: null },
      { siteId: "home", stoppedMs: START + 60_000 },
      { siteId: "home", startedMs: START + 3_660_000, lastAliveMs: START + 60_000 },
    ],
  );
});

test("a backlog is reported once it is known, with what is being recorded, and once more when it is gone", async () => {
  const site = await startReporter();
  await using _ = site.directory;
  site.site.known = false;
  const run = site.ledger.openRun(RUN, { siteId: "home", correctedByMs: 0 });
  const segment = { sequence: 0, bytes: 500, place: { offset: 0, length: 1 } };
  const times = { startMs: START - 100_000, endMs: START - 90_000 };
  const spooled = site.ledger.add(run, { ...segment, ...times }, { handed: true });
  const reporter = site.open();
  const stopping = new AbortController();
  const keeping = reporter.keepReporting(stopping.signal);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  assert.deepEqual(told(site), [], "what is not known yet would be reported as gone");
  site.site.known = true;
  await waitFor(() => told(site).length === 1, { what: "a report" });
  site.ledger.remove(spooled);
  await waitFor(() => told(site).length === 2, { what: "the last report" });
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  stopping.abort();
  await keeping;
  const open = { startMs: START - 4_000, endMs: START };
  assert.deepEqual(
    told(site).map((event) => event.data),
    [
      { siteId: "home", cameraId: "a", reportedMs: START, segments: 1, bytes: 500, ranges: [times, open] },
      { siteId: "home", cameraId: "a", reportedMs: START, segments: 0, bytes: 0, ranges: [open] },
    ],
  );
});

test("a segment on its way is no backlog; after a silence there is a heartbeat", async () => {
  const site = await startReporter();
  await using _ = site.directory;
  const run = site.ledger.openRun(RUN, { siteId: "home", correctedByMs: 0 });
  const segment = { sequence: 0, bytes: 500, place: { offset: 0, length: 1 } };
  site.ledger.add(run, { ...segment, startMs: START - 12_000, endMs: START - 2_000 }, { handed: true });
  const stopping = new AbortController();
  site.site.lastToldMs = performance.now() - 60_000;
  const keeping = site.open().keepReporting(stopping.signal);
  await waitFor(() => site.told.length > 0, { what: "a heartbeat" });
  await new Promise((resolve) => setTimeout(resolve, 2_200));
  stopping.abort();
  await keeping;
  assert.deepEqual(kinds(site.told), ["RelayHeard"], "one, and no report");
});
