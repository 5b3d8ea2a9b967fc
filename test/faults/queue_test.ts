/** The queue is a hint: it may die and be wiped at any time. */
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startRtspServer } from "../fixtures/rtsp_server.ts";
import { CAMERA } from "./camera_options.ts";
import { rtspCamera } from "./numbered_camera.ts";
import { scenario } from "./scenario.ts";
import { type Site, startSite } from "./site.ts";

describe("the queue", { timeout: 240_000 }, () => {
  const stack = new AsyncDisposableStack();
  let site: Site;
  before(async () => {
    const camera = rtspCamera("door", stack.use(await startRtspServer(CAMERA)));
    site = stack.use(await startSite({ cameras: [camera] }));
  });
  after(() => stack.disposeAsync());

  it("is killed and comes back with its data", async () => {
    await scenario(site, "Redis killed", async () => {
      await site.redis!.kill();
      await delay(6_000);
      await site.redis!.restart();
    });
  });

  it("is wiped while it holds a backlog", async () => {
    await scenario(site, "Redis wiped", async () => {
      await site.loseStore();
      await delay(6_000);
      await site.redis!.restart({ wiped: true });
      await delay(2_000);
      await site.findStore();
    });
  });

  it("is wiped while nobody can tell the queue that it was: the worker and the relay are gone, too", async () => {
    await scenario(
      site,
      "Redis wiped, relay and worker killed",
      async () => {
        await site.loseStore();
        await delay(4_000);
        await Promise.all([site.relay.kill(), site.workers[0]!.kill()]);
        await site.redis!.restart({ wiped: true });
        await site.findStore();
        await Promise.all([site.relay.start(), site.workers[0]!.start()]);
      },
      { causes: ["relay-stopped", "camera-unreachable"] },
    );
  });
});
