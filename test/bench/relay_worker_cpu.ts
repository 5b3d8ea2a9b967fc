/** CPU of relay and worker beside the CPU of the FFmpeg processes that copy 16 cameras of 2 Mbit/s, in the same run. */
import { setTimeout as sleep } from "node:timers/promises";
import { startRokuga } from "../fixtures/rokuga.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { cameraList, makeClip } from "./cameras.ts";
import { kindOf, processTree } from "./processes.ts";
import type { Benchmark, Row } from "./report.ts";

const CAMERAS = 16;
const WARM_UP_MS = 60_000;
const MEASURE_MS = 120_000;

export const relayWorkerCpu: Benchmark = {
  name: "relay-worker-cpu",
  about: `CPU for ${CAMERAS} cameras of 2 Mbit/s with segments of 10 s, in % of one core, beside the FFmpeg processes that copy them.`,
  async run(say) {
    await using directory = await tempDirectory("bench");
    const clip = makeClip(directory.path);
    await using rokuga = await startRokuga({ cameras: cameraList(clip, CAMERAS, 10) });
    const recording = () => processTree(rokuga.pid).filter((process) => kindOf(process) === "ffmpeg").length;
    await waitFor(() => recording() >= CAMERAS, { what: "all cameras to be recorded", timeoutMs: 60_000 });
    // Around the clock is what matters, not the first minute, in which Node still compiles.
    await sleep(WARM_UP_MS);
    say(`relay-worker-cpu: ${CAMERAS} cameras, ${MEASURE_MS / 1000} s …`);
    const before = cpuByKind(rokuga.pid);
    await sleep(MEASURE_MS);
    const after = cpuByKind(rokuga.pid);
    const percent = (kind: string) =>
      (((after.get(kind) ?? 0) - (before.get(kind) ?? 0)) / (MEASURE_MS / 1000)) * 100;
    const ffmpeg = percent("ffmpeg");
    const beside = { what: `${CAMERAS} × ffmpeg -c copy`, value: ffmpeg };
    const rows: Row[] = [
      { metric: "relay + worker", value: percent("relay") + percent("worker"), unit: "%", beside },
    ];
    for (const kind of ["relay", "worker", "redis-server", "postgres", "web"]) {
      rows.push({ metric: kind, value: percent(kind), unit: "%", beside });
    }
    return rows;
  },
};

function cpuByKind(root: number): Map<string, number> {
  const sums = new Map<string, number>();
  for (const process of processTree(root)) {
    const kind = kindOf(process);
    sums.set(kind, (sums.get(kind) ?? 0) + process.cpuSeconds);
  }
  return sums;
}
