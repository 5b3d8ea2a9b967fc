/** The site's wall clock jumps, or was wrong from the start and is put right. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startRtspServer } from "../fixtures/rtsp_server.ts";
import { CAMERA } from "./camera_options.ts";
import { rtspCamera } from "./numbered_camera.ts";
import { scenario } from "./scenario.ts";
import { type Site, startSite } from "./site.ts";

const HOUR_MS = 3_600_000;

describe("the wall clock is stepped during a run", { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  let site: Site;
  before(async () => {
    const camera = rtspCamera("door", stack.use(await startRtspServer(CAMERA)));
    site = stack.use(await startSite({ cameras: [camera], clock: {} }));
  });
  after(() => stack.disposeAsync());

  for (const offsetMs of [HOUR_MS, -HOUR_MS]) {
    it(`by ${offsetMs / HOUR_MS} h, and back`, async () => {
      await scenario(site, `clock stepped by ${offsetMs / HOUR_MS} h`, async () => {
        await site.clock!.set(offsetMs);
        await delay(5_000);
        await site.clock!.set(0);
      });
      const seen = (await site.relay.complaints(0)).filter((line) =>
        line.includes("the wall clock was stepped"),
      );
      assert.ok(seen.length >= 2, "the relay has seen the clock go and come back");
    });
  }
});

describe("the wall clock is wrong at the start", { timeout: 120_000 }, () => {
  it("and right later: footage is moved to its true time", async () => {
    await using stack = new AsyncDisposableStack();
    const camera = rtspCamera("door", stack.use(await startRtspServer(CAMERA)));
    const site = stack.use(
      await startSite({ cameras: [camera], clock: { offsetMs: -3 * HOUR_MS, synchronised: false } }),
    );
    await scenario(site, "clock 3 h behind, then right", async () => {
      await site.clock!.set(0);
      await site.clock!.setSynchronised(true);
    });
    const seen = (await site.relay.complaints(0)).filter((line) => line.includes("the clock was wrong"));
    assert.equal(seen.length, 1, "the relay has moved the run once");
  });
});
