/** The worker dies at every point of its work, and works beside a second one: each segment is stored once. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startRtspServer } from "../fixtures/rtsp_server.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { CAMERA } from "./camera_options.ts";
import { rtspCamera } from "./numbered_camera.ts";
import { scenario } from "./scenario.ts";
import { type Site, startSite } from "./site.ts";

const KILL_BEFORE_DELETE = fileURLToPath(new URL("./kill_before_delete.ts", import.meta.url));

describe("the worker", { timeout: 240_000 }, () => {
  const stack = new AsyncDisposableStack();
  let site: Site;
  before(async () => {
    const camera = rtspCamera("door", stack.use(await startRtspServer(CAMERA)));
    site = stack.use(await startSite({ cameras: [camera], store: "s3", workers: 2 }));
    await site.workers[1]!.stop();
  });
  after(() => stack.disposeAsync());

  it("is killed in the middle of an upload", async () => {
    const [worker] = site.workers;
    await scenario(site, "worker killed in an upload", async () => {
      const network = site.storeNetwork!;
      await network.set({ kind: "slow", bytesPerSecond: 8_000 });
      const before = network.bytesUp;
      // A segment has about 100 kB.
      await waitFor(() => network.bytesUp > before + 24_000, { what: "an upload to be under way" });
      await worker!.kill();
      await network.set({ kind: "pass" });
      await worker!.start();
    });
  });

  it("is killed between PUT and append", async () => {
    const [worker] = site.workers;
    await scenario(site, "worker killed between PUT and append", async () => {
      await site.databaseNetwork.set({ kind: "black-hole" });
      const before = site.storeNetwork!.bytesUp;
      await waitFor(() => site.storeNetwork!.bytesUp > before + 60_000, { what: "a segment to be put" });
      await delay(1_000);
      await worker!.kill();
      await site.databaseNetwork.set({ kind: "pass" });
      await worker!.start();
    });
  });

  it("is killed between append and delete", async () => {
    const [worker] = site.workers;
    await scenario(site, "worker killed between append and delete", async () => {
      await worker!.stop();
      await worker!.start({ NODE_OPTIONS: `--import=${KILL_BEFORE_DELETE}` });
      await worker!.ended();
      assert.ok((await site.status()).spool.segments > 0, "what it had stored is still in the spool");
      await worker!.start();
    });
  });

  it("is one of two, while all that drains is queued again by hand", async () => {
    await scenario(site, "two workers, replayed by hand", async () => {
      await site.loseStore();
      await delay(6_000);
      await site.workers[1]!.start();
      await site.storeNetwork!.set({ kind: "slow", bytesPerSecond: 200_000 });
      for (let round = 0; round < 6; round++) {
        await site.replay();
        await delay(400);
      }
      await site.findStore();
      await site.workers[1]!.kill();
    });
  });
});
