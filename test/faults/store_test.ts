/** The store goes away in every way that a network knows, and comes back: footage is late, and nothing is lost. */
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { FaultMode } from "../fixtures/fault_proxy.ts";
import { startRtspServer } from "../fixtures/rtsp_server.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { CAMERA } from "./camera_options.ts";
import { rtspCamera } from "./numbered_camera.ts";
import { readTimeline } from "./playback.ts";
import { scenario } from "./scenario.ts";
import { type Site, startSite } from "./site.ts";

describe("the store is away", { timeout: 240_000 }, () => {
  const stack = new AsyncDisposableStack();
  let site: Site;
  before(async () => {
    const camera = rtspCamera("door", stack.use(await startRtspServer(CAMERA)));
    site = stack.use(await startSite({ cameras: [camera], store: "s3" }));
  });
  after(() => stack.disposeAsync());

  /** The timeline says that footage waits on site, of longer than the segment that is being recorded. */
  const untilSeenWaiting = (startMs: number) =>
    waitFor(
      async () => {
        const range = { startMs, endMs: Date.now() };
        const { gaps } = await readTimeline({
          ...{ url: site.url, camera: "door", range },
          signal: AbortSignal.timeout(5_000),
        });
        return gaps.some((gap) => gap.cause === "waiting-on-site" && gap.endMs - gap.startMs > 5_000);
      },
      { what: "the timeline to say that footage waits on site", timeoutMs: 20_000, intervalMs: 200 },
    );

  it("refuses connections: meanwhile the timeline says that footage waits on site", async () => {
    await scenario(site, "store refuses connections", async ({ startMs }) => {
      await site.storeNetwork!.set({ kind: "refuse" });
      await untilSeenWaiting(startMs);
      await site.storeNetwork!.set({ kind: "pass" });
    });
  });

  const modes: Record<string, FaultMode> = {
    "is a black hole": { kind: "black-hole" },
    "answers 503": { kind: "http-503" },
    "is slow": { kind: "slow", bytesPerSecond: 15_000 },
  };
  for (const [what, mode] of Object.entries(modes)) {
    it(what, async () => {
      await scenario(site, `store ${what}`, async () => {
        await site.storeNetwork!.set(mode);
        await delay(6_000);
        await site.storeNetwork!.set({ kind: "pass" });
      });
    });
  }
});
