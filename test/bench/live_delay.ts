/**
 * How long live segments take while a backlog goes through the same narrow uplink: from the relay closing a segment
 * to its commit, beside the same without a backlog. The uplink is a proxy in front of Swift that hands on 8 Mbit/s.
 */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { startFaultProxy } from "../fixtures/fault_proxy.ts";
import { fillSpool } from "../fixtures/full_spool.ts";
import { startSwift } from "../fixtures/swift.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { type BenchSite, openBenchSite } from "./bench_site.ts";
import { cameraList, makeClip } from "./cameras.ts";
import { type Benchmark, percentile, type Row } from "./report.ts";

const UPLINK_BITS = 8_000_000;
const SEGMENT_SECONDS = 4;
const MEASURE_MS = 60_000;
/** More than goes through the uplink in the time. */
const BACKLOG = { cameras: 4, segments: 25, bytes: 1_000_000 };

export const liveDelay: Benchmark = {
  name: "live-delay",
  about: `A camera of 2 Mbit/s through an uplink of ${UPLINK_BITS / 1e6} Mbit/s: a closed segment's way to its commit while a backlog drains, beside without one.`,
  async run(say) {
    await using directory = await tempDirectory("bench");
    const clip = makeClip(directory.path);
    const rows: Row[] = [];
    for (const [label, limit] of [
      ["no limit set", undefined],
      ["UPLOAD_BITS_PER_SECOND at 90 %", String(UPLINK_BITS * 0.9)],
    ] as const) {
      const environment: Record<string, string> = limit ? { UPLOAD_BITS_PER_SECOND: limit } : {};
      say(`live-delay: ${label}, without a backlog …`);
      const alone = await delays(clip, { environment, backlog: false });
      say(`live-delay: ${label}, with a backlog …`);
      const beside = await delays(clip, { environment, backlog: true });
      for (const p of [0.5, 0.95]) {
        rows.push({
          metric: `${label}: p${p * 100} of ${beside.length} segments`,
          value: percentile(beside, p),
          unit: "ms",
          beside: { what: "without a backlog", value: percentile(alone, p) },
        });
      }
    }
    return rows;
  },
};

async function delays(
  clip: string,
  { environment, backlog }: { environment: Record<string, string>; backlog: boolean },
): Promise<number[]> {
  await using directory = await tempDirectory("bench");
  await using swift = await startSwift();
  const target = Number(new URL(swift.endpoint).port);
  await using uplink = await startFaultProxy(target);
  const { accessKeyId, secretAccessKey } = swift.credentials;
  await using site = await openBenchSite({
    directory: directory.path,
    cameras: cameraList(clip, 1, SEGMENT_SECONDS),
    storageUrl: swift
      .storageUrl()
      .replace(encodeURIComponent(`:${target}`), encodeURIComponent(`:${uplink.port}`)),
    environment: { ...environment, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
  });
  if (backlog) fillSpool(site.spool, { ...BACKLOG, startMs: Date.now() - 86_400_000 });
  await uplink.set({ kind: "slow", bytesPerSecond: UPLINK_BITS / 8 });
  await site.worker.start();
  await site.relay.start();
  await sleep(MEASURE_MS);
  if (backlog && (await site.status()).spool.segments < 5)
    throw new Error("The backlog was gone too soon to measure beside it");
  return await liveDelays(site);
}

/** As the worker logs them, without the first ones: everything warms up. */
async function liveDelays(site: BenchSite): Promise<number[]> {
  const lines = (await readFile(site.workerLog, "utf8"))
    .split("\n")
    .filter((line) => line.includes('"stored"'));
  return lines
    .map((line) => JSON.parse(line) as { lane: string; camera: string; delayMs: number })
    .filter(({ lane }) => lane === "live")
    .slice(2)
    .map(({ delayMs }) => delayMs);
}
