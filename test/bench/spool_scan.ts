/**
 * The relay's start with 138,240 segments in the spool (16 cameras, a day): how long until all of them are known, and
 * how much memory that takes, beside reading and parsing the same index files and nothing else.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fillSpool } from "../fixtures/full_spool.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { openBenchSite } from "./bench_site.ts";
import { memoryMegabytes } from "./processes.ts";
import type { Benchmark, Row } from "./report.ts";

const CAMERAS = 16;
const SEGMENTS = 8_640;
const LIVE = "cameras: [{id: live, segment_seconds: 4, input: {synthetic: true, size: 320x180, fps: 10}}]\n";

export const spoolScan: Benchmark = {
  name: "spool-scan",
  about: `The relay's start with ${CAMERAS * SEGMENTS} spooled segments, beside reading and parsing the index files alone.`,
  async run(say) {
    await using directory = await tempDirectory("bench");
    say("spool-scan: filling the spool …");
    await using site = await openBenchSite({
      directory: directory.path,
      cameras: LIVE,
      storageUrl: `file://${directory.path}`,
    });
    fillSpool(site.spool, {
      cameras: CAMERAS,
      segments: SEGMENTS,
      bytes: 400,
      startMs: Date.now() - 2 * 86_400_000,
    });
    const bareSeconds = await readIndexes(site.spool);
    say("spool-scan: starting the relay …");
    const startedMs = performance.now();
    await site.relay.start();
    const readyMs = performance.now();
    let liveSeconds = Number.NaN;
    let knownSeconds = Number.NaN;
    await waitFor(
      async () => {
        const { queue, spool } = await site.status();
        if (Number.isNaN(liveSeconds) && (queue?.live.waiting ?? 0) > 0)
          liveSeconds = (performance.now() - readyMs) / 1_000;
        if (Number.isNaN(knownSeconds) && spool.scanned)
          knownSeconds = (performance.now() - startedMs) / 1_000;
        return !Number.isNaN(liveSeconds) && !Number.isNaN(knownSeconds);
      },
      { what: "the spool to be known, and a live segment", timeoutMs: 120_000, intervalMs: 50 },
    );
    const rows: Row[] = [
      {
        metric: `all ${CAMERAS * SEGMENTS} known`,
        value: knownSeconds,
        unit: "s",
        beside: { what: "reading the index", value: bareSeconds },
      },
      {
        metric: "first live segment queued (segments of 4 s)",
        value: liveSeconds,
        unit: "s",
        beside: { what: "a segment", value: 4 },
      },
      { metric: "memory of the relay (PSS)", value: memoryMegabytes(site.relay.pid!), unit: "MB" },
    ];
    return rows;
  },
};

/** Seconds. */
async function readIndexes(spool: string): Promise<number> {
  const entries = (await readdir(spool, { recursive: true })).filter((entry) => entry.endsWith(".jsonl"));
  const startedMs = performance.now();
  for (const entry of entries) {
    const lines = (await readFile(join(spool, entry), "utf8")).split("\n");
    for (const line of lines) if (line !== "") JSON.parse(line);
  }
  return (performance.now() - startedMs) / 1_000;
}
