/** The database goes away and comes back: what is stored is told later, and nothing is lost or told twice. */
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startRtspServer } from "../fixtures/rtsp_server.ts";
import { CAMERA } from "./camera_options.ts";
import { rtspCamera } from "./numbered_camera.ts";
import { scenario } from "./scenario.ts";
import { type Site, startSite } from "./site.ts";

describe("the database is away", { timeout: 240_000 }, () => {
  const stack = new AsyncDisposableStack();
  let site: Site;
  before(async () => {
    const camera = rtspCamera("door", stack.use(await startRtspServer(CAMERA)));
    site = stack.use(await startSite({ cameras: [camera] }));
  });
  after(() => stack.disposeAsync());

  for (const kind of ["refuse", "black-hole", "reset"] as const) {
    it(`its network is in mode ${kind}`, async () => {
      await scenario(site, `database: network ${kind}`, async () => {
        await site.databaseNetwork.set({ kind });
        await delay(6_000);
        await site.databaseNetwork.set({ kind: "pass" });
      });
    });
  }

  it("is killed, and recovers", async () => {
    await scenario(site, "database killed", async () => {
      await site.killPostgres();
      await delay(4_000);
      await site.postgres.start();
    });
  });
});
