/** The relay and its FFmpeg die or freeze: the time is told as a gap with its cause, and everything before is kept. */
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startRtspServer } from "../fixtures/rtsp_server.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { CAMERA } from "./camera_options.ts";
import { rtspCamera } from "./numbered_camera.ts";
import { scenario } from "./scenario.ts";
import { type Site, startSite } from "./site.ts";

describe("the relay", { timeout: 240_000 }, () => {
  const stack = new AsyncDisposableStack();
  let site: Site;
  before(async () => {
    const camera = rtspCamera("door", stack.use(await startRtspServer(CAMERA)));
    site = stack.use(await startSite({ cameras: [camera] }));
  });
  after(() => stack.disposeAsync());

  it("is killed in the middle of a segment", async () => {
    await scenario(
      site,
      "relay killed",
      async () => {
        await site.relay.kill();
        await delay(2_000);
        await site.relay.start();
        await site.untilStored(Date.now());
      },
      // Until the first frame comes the relay that started anew connects to the camera.
      { causes: ["relay-stopped", "camera-unreachable"] },
    );
  });

  it("is stopped in order and started again", async () => {
    await scenario(
      site,
      "relay stopped",
      async () => {
        await site.relay.stop();
        await delay(2_000);
        await site.relay.start();
        await site.untilStored(Date.now());
      },
      // Until the first frame comes the relay that started anew connects to the camera.
      { causes: ["relay-stopped", "camera-unreachable"] },
    );
  });

  it("has its FFmpeg killed", async () => {
    await scenario(
      site,
      "FFmpeg killed",
      async () => {
        for (const pid of site.ffmpegOf("door")) process.kill(pid, "SIGKILL");
        await site.untilStored(Date.now());
      },
      { causes: ["relay-stopped"] },
    );
  });

  it("has its FFmpeg frozen", async () => {
    await scenario(
      site,
      "FFmpeg frozen",
      async () => {
        const frozen = site.ffmpegOf("door");
        for (const pid of frozen) process.kill(pid, "SIGSTOP");
        const replaced = () => site.ffmpegOf("door").some((pid) => !frozen.includes(pid));
        await waitFor(replaced, { what: "the watchdog to replace FFmpeg", timeoutMs: 40_000 });
        await site.untilStored(Date.now());
      },
      { causes: ["relay-stopped", "camera-unreachable"] },
    );
  });
});
