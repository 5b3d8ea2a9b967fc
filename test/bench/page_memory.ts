/** Memory of the page while it shows live for a long time: `MINUTES=10 pnpm bench page-memory` for less than an hour. */
import { setTimeout as sleep } from "node:timers/promises";
import { startChromium, videoClock } from "../fixtures/chromium.ts";
import { startRokuga } from "../fixtures/rokuga.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import type { Benchmark, Row } from "./report.ts";

const MINUTES = Number(process.env.MINUTES ?? 60);
/** What is loaded and buffered at first is not growth. */
const SETTLE_MINUTES = 2;
const MB = 1_000_000;

export const pageMemory: Benchmark = {
  name: "page-memory",
  about: `The page's JavaScript heap, after garbage collection, and its elements, over ${MINUTES} min of live, beside the same after ${SETTLE_MINUTES} min.`,
  async run(say) {
    await using rokuga = await startRokuga({
      cameras: "cameras:\n  - { id: test, input: synthetic, segment_seconds: 4 }\n",
    });
    await using browser = await startChromium();
    const page = await rokuga.openPage(browser, { viewport: { width: 1280, height: 800 } });
    await page.goto(rokuga.url);
    await waitFor(async () => (await videoClock(page)).clockMs !== undefined, {
      what: "live",
      timeoutMs: 60_000,
    });
    const session = await page.context().newCDPSession(page);
    const look = async () => {
      await session.send("HeapProfiler.collectGarbage");
      const { usedSize } = await session.send("Runtime.getHeapUsage");
      const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
      return { heap: usedSize / MB, nodes, listeners: jsEventListeners };
    };
    let first = await look();
    let last = first;
    for (let minute = 1; minute <= MINUTES; minute++) {
      await sleep(60_000);
      last = await look();
      if (minute === SETTLE_MINUTES) first = last;
      say(
        `page-memory: ${minute} min, ${last.heap.toFixed(1)} MB, ${last.nodes} nodes, ${last.listeners} listeners`,
      );
    }
    // Still live at the end, or what was measured was a page that had stopped.
    const { clockMs, atMs } = await videoClock(page);
    const behindS = clockMs === undefined ? Number.NaN : (atMs - clockMs) / 1000;
    const after = `after ${SETTLE_MINUTES} min`;
    const rows: Row[] = [
      { metric: "heap", value: last.heap, unit: "MB", beside: { what: after, value: first.heap } },
      { metric: "DOM nodes", value: last.nodes, unit: "", beside: { what: after, value: first.nodes } },
      {
        metric: "listeners",
        value: last.listeners,
        unit: "",
        beside: { what: after, value: first.listeners },
      },
      { metric: "the picture is behind by", value: behindS, unit: "s" },
    ];
    return rows;
  },
};
