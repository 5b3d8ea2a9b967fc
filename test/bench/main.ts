/**
 * `pnpm bench [name…] [--json]`: measures, and prints a table for people or one JSON object a benchmark. Progress
 * goes to standard error. Not a test: these machines are noisy, so every figure stands beside a limit or a peer
 * of the same run.
 */
import { backlogDrain } from "./backlog_drain.ts";
import { clip } from "./clip.ts";
import { firstPicture } from "./first_picture.ts";
import { liveDelay } from "./live_delay.ts";
import { liveWake } from "./live_wake.ts";
import { logAppend } from "./log_append.ts";
import { logQueries } from "./log_queries.ts";
import { memory } from "./memory.ts";
import { pageMemory } from "./page_memory.ts";
import { playlist } from "./playlist.ts";
import { relayWorkerCpu } from "./relay_worker_cpu.ts";
import { asJson, asTable, type Benchmark } from "./report.ts";
import { scrub } from "./scrub.ts";
import { segmentDelay } from "./segment_delay.ts";
import { spoolScan } from "./spool_scan.ts";
import { timelineFrames } from "./timeline_frames.ts";

const BENCHMARKS: readonly Benchmark[] = [
  segmentDelay,
  relayWorkerCpu,
  memory,
  backlogDrain,
  spoolScan,
  liveDelay,
  liveWake,
  logAppend,
  logQueries,
  playlist,
  clip,
  firstPicture,
  pageMemory,
  scrub,
  timelineFrames,
];

const args = process.argv.slice(2);
const json = args.includes("--json");
const names = args.filter((argument) => !argument.startsWith("--"));
const unknown = names.find((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
if (unknown) {
  const known = BENCHMARKS.map((benchmark) => benchmark.name).join(", ");
  process.stderr.write(`There is no benchmark '${unknown}'. There are: ${known}\n`);
  process.exitCode = 1;
} else {
  for (const benchmark of BENCHMARKS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const rows = await benchmark.run((line) => process.stderr.write(`${line}\n`));
    process.stdout.write(`${json ? asJson(benchmark, rows) : asTable(benchmark, rows)}\n`);
  }
}
