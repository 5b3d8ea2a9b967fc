/** Memory of the whole embedded default with one camera, after two minutes of recording and a look at the page. */
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { startRokuga } from "../fixtures/rokuga.ts";
import { kindOf, memoryMegabytes, processTree } from "./processes.ts";
import type { Benchmark, Row } from "./report.ts";

const SETTLE_MS = 120_000;

export const memory: Benchmark = {
  name: "memory",
  about:
    "Memory (PSS) of the embedded default with the synthetic camera, beside one process of the same Node that does nothing.",
  async run(say) {
    await using rokuga = await startRokuga({ cameras: "cameras:\n  - id: test\n    input: synthetic\n" });
    say(`memory: ${SETTLE_MS / 1000} s of recording …`);
    for (let waitedMs = 0; waitedMs < SETTLE_MS; waitedMs += 10_000) {
      await sleep(10_000);
      await Promise.all(
        ["/", "/api/cameras", "/api/cameras/test/live.m3u8"].map((path) => rokuga.fetch(path)),
      );
    }
    const sums = new Map<string, number>();
    for (const process of processTree(rokuga.pid)) {
      const kind = kindOf(process);
      sums.set(kind, (sums.get(kind) ?? 0) + memoryMegabytes(process.pid));
    }
    const beside = { what: "an idle Node", value: await idleNode() };
    const total = [...sums.values()].reduce((sum, value) => sum + value, 0);
    const rows: Row[] = [{ metric: "everything", value: total, unit: "MB", beside }];
    for (const [kind, value] of [...sums].sort((a, b) => b[1] - a[1]))
      rows.push({ metric: kind, value, unit: "MB" });
    return rows;
  },
};

async function idleNode(): Promise<number> {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"], { stdio: "ignore" });
  await sleep(1_000);
  const megabytes = memoryMegabytes(child.pid!);
  child.kill("SIGKILL");
  return megabytes;
}
