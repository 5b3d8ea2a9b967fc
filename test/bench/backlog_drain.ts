/**
 * How fast a backlog is stored: the worker, from being ready to the last commit, beside a bare loop that reads the
 * same files and puts them with the same client, concurrency and store; on Swift also beside `rclone copy`.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { openStorage } from "@rokuga/storage/open.ts";
import { fillSpool } from "../fixtures/full_spool.ts";
import { type SwiftServer, startSwift } from "../fixtures/swift.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { openBenchSite } from "./bench_site.ts";
import type { Benchmark, Row } from "./report.ts";

/** As the worker's default. */
const CONCURRENCY = 8;
/** A camera of 2 Mbit/s gives 2.5 MB in 10 s. */
const BYTES = 2_500_000;
const CAMERAS = 4;
const SEGMENTS = 100;
const COUNT = CAMERAS * SEGMENTS;

type Credentials = { accessKeyId: string; secretAccessKey: string };
type Target = { name: string; storageUrl: string; credentials?: Credentials; swift?: SwiftServer };

export const backlogDrain: Benchmark = {
  name: "backlog-drain",
  about: `Storing ${COUNT} spooled segments of ${BYTES / 1e6} MB: the worker with log and queue, beside bare PUTs of the same files, and rclone.`,
  async run(say) {
    const rows: Row[] = [];
    {
      await using directory = await tempDirectory("bench");
      const root = join(directory.path, "store");
      await mkdir(root);
      rows.push(...(await measure({ name: "file store", storageUrl: `file://${root}` }, say)));
    }
    await using swift = await startSwift();
    const { credentials } = swift;
    rows.push(...(await measure({ name: "Swift", storageUrl: swift.storageUrl(), credentials, swift }, say)));
    return rows;
  },
};

async function measure(target: Target, say: (line: string) => void): Promise<Row[]> {
  await using directory = await tempDirectory("bench");
  const copy = join(directory.path, "copy");
  await mkdir(copy);
  const startMs = Date.now() - 86_400_000;
  const filling = { cameras: CAMERAS, segments: SEGMENTS, bytes: BYTES, startMs };
  fillSpool(copy, filling);
  // Before and after the worker, since the machine is not the same for long.
  const bare: number[] = [];
  say(`backlog-drain: ${target.name}, bare loop …`);
  bare.push(await bareLoop(target, copy, "before"));
  say(`backlog-drain: ${target.name}, worker …`);
  const worker = await drain(target, directory.path, filling);
  say(`backlog-drain: ${target.name}, bare loop again …`);
  bare.push(await bareLoop(target, copy, "after"));
  const peer = (bare[0]! + bare[1]!) / 2;
  const rate = (seconds: number) => COUNT / seconds;
  const bytesRate = (seconds: number) => (COUNT * BYTES) / 1e6 / seconds;
  const beside = (seconds: number, what: string, of: (seconds: number) => number) => ({
    what,
    value: of(seconds),
  });
  const rows: Row[] = [
    { metric: target.name, value: rate(worker), unit: "segments/s", beside: beside(peer, "bare PUTs", rate) },
    {
      metric: target.name,
      value: bytesRate(worker),
      unit: "MB/s",
      beside: beside(peer, "bare PUTs", bytesRate),
    },
  ];
  if (target.swift) {
    say(`backlog-drain: ${target.name}, rclone …`);
    const rclone = await rcloneCopy(target.swift, copy);
    rows.push({
      metric: target.name,
      value: rate(worker),
      unit: "segments/s",
      beside: beside(rclone, "rclone copy", rate),
    });
  }
  return rows;
}

/** Seconds from the worker's being ready to the last commit. */
async function drain(
  { storageUrl, credentials }: Target,
  directory: string,
  filling: Parameters<typeof fillSpool>[1],
): Promise<number> {
  const environment = environmentOf(credentials);
  await using site = await openBenchSite({ directory, storageUrl, environment });
  fillSpool(site.spool, filling);
  await site.relay.start();
  await waitFor(async () => (await site.status()).queue?.backlog.waiting === COUNT, {
    what: "the backlog to be queued",
    timeoutMs: 60_000,
  });
  await site.worker.start();
  const startedMs = performance.now();
  await waitFor(async () => (await site.stored()) === COUNT, {
    what: "the backlog to be stored",
    timeoutMs: 600_000,
    intervalMs: 50,
  });
  return (performance.now() - startedMs) / 1_000;
}

function environmentOf(credentials: Credentials | undefined): Record<string, string> {
  if (!credentials) return {};
  return { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey };
}

/** Seconds. */
async function bareLoop({ storageUrl, credentials }: Target, spool: string, label: string): Promise<number> {
  await using storage = openStorage(storageUrl, credentials);
  const files = await segmentFiles(spool);
  const startedMs = performance.now();
  let next = 0;
  const loop = async () => {
    while (next < files.length) {
      const index = next++;
      const body = await readFile(files[index]!);
      const sha256 = createHash("sha256").update(body).digest("hex");
      await storage.put(`bare-${label}/${index}.ts`, body, { contentType: "video/mp2t", sha256 });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, loop));
  return (performance.now() - startedMs) / 1_000;
}

/** Seconds. */
async function rcloneCopy(swift: SwiftServer, spool: string): Promise<number> {
  const { accessKeyId, secretAccessKey } = swift.credentials;
  const remote = `:s3,provider=Other,env_auth=false,endpoint='${swift.endpoint}',region=${swift.region},force_path_style=true`;
  const args = ["copy", spool, `${remote}:${swift.bucket}/rclone`, "--include", "*.ts"];
  const startedMs = performance.now();
  const child = spawn("rclone", [...args, "--transfers", String(CONCURRENCY), "--s3-no-check-bucket", "-q"], {
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...{ PATH: process.env.PATH, HOME: spool, RCLONE_CONFIG: "/dev/null" },
      ...{ RCLONE_S3_ACCESS_KEY_ID: accessKeyId, RCLONE_S3_SECRET_ACCESS_KEY: secretAccessKey },
    },
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`rclone ended with ${code}`);
  return (performance.now() - startedMs) / 1_000;
}

async function segmentFiles(spool: string): Promise<string[]> {
  const entries = await readdir(spool, { recursive: true });
  return entries.filter((entry) => entry.endsWith(".ts")).map((entry) => join(spool, entry));
}
