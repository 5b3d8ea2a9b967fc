/** The camera goes away, or stays and says nothing. */
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type RtspServer, startRtspServer } from "../fixtures/rtsp_server.ts";
import { CAMERA } from "./camera_options.ts";
import { rtspCamera } from "./numbered_camera.ts";
import { scenario } from "./scenario.ts";
import { type Site, startSite } from "./site.ts";

describe("the camera", { timeout: 240_000 }, () => {
  const stack = new AsyncDisposableStack();
  let server: RtspServer;
  let site: Site;
  before(async () => {
    server = stack.use(await startRtspServer(CAMERA));
    site = stack.use(await startSite({ cameras: [rtspCamera("door", server)] }));
  });
  after(() => stack.disposeAsync());
  const causes = ["camera-unreachable"] as const;

  it("is gone and comes back", async () => {
    await scenario(
      site,
      "camera gone",
      async () => {
        await server.stop();
        await delay(4_000);
        await server.start();
        await site.untilStored(Date.now());
      },
      { causes },
    );
  });

  it("falls silent for a while on an open connection", async () => {
    await scenario(
      site,
      "camera silent for 5 s",
      async () => {
        server.freeze();
        await delay(5_000);
        server.thaw();
        await site.untilStored(Date.now());
      },
      // Its last picture stands meanwhile: that is what was there to see, so no gap is needed.
      { causes, mustShow: false },
    );
  });

  it("falls silent for longer than it is waited for", async () => {
    await scenario(
      site,
      "camera silent for 23 s",
      async () => {
        server.freeze();
        // Longer than the watchdog's 15 s and the 5 s after them that FFmpeg gets to end itself.
        await delay(23_000);
        server.thaw();
        await site.untilStored(Date.now());
      },
      { causes },
    );
  });
});
