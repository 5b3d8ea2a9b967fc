/** Everything at once, and at random. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startRtspServer } from "../fixtures/rtsp_server.ts";
import { CAMERA } from "./camera_options.ts";
import { randomNumbers } from "./fault_plan.ts";
import { isRight, totalLine } from "./frames.ts";
import { rtspCamera } from "./numbered_camera.ts";
import { runRandomFaults } from "./random_faults.ts";
import { print, scenario } from "./scenario.ts";
import { startSite } from "./site.ts";

const KILLS = 10;
const SEED = 3;
const SECONDS = 60;

describe("everything", { timeout: 400_000 }, () => {
  it(`is killed at once, ${KILLS} times at random moments`, async () => {
    await using stack = new AsyncDisposableStack();
    const camera = rtspCamera("door", stack.use(await startRtspServer(CAMERA)));
    const site = stack.use(await startSite({ cameras: [camera] }));
    const random = randomNumbers(SEED);
    const [account] = await scenario(
      site,
      `everything killed ${KILLS} times`,
      async () => {
        for (let kill = 0; kill < KILLS; kill++) {
          await site.killAll();
          await site.startAll();
          // A relay needs about 3 s until it has recorded something.
          await delay(1_500 + random() * 5_000);
        }
        await site.untilStored(Date.now());
      },
      { causes: ["relay-stopped", "camera-unreachable"] },
    );
    assert.ok(account!.holes.length >= 3, "between some of the kills something was recorded");
  });

  it(`suffers random faults for ${SECONDS} s (seed ${SEED})`, async () => {
    const lines: string[] = [];
    const { faults, accounts, drainedMs, complaints } = await runRandomFaults(
      { seed: SEED, seconds: SECONDS },
      (line) => lines.push(line),
    );
    print(`${faults.length} random faults in ${SECONDS} s, seed ${SEED}`, accounts, drainedMs);
    const problems = accounts.flatMap(({ camera, problems: all }) => all.map((one) => `${camera}: ${one}`));
    assert.ok(accounts.every(isRight), [totalLine(accounts), ...problems, ...lines, complaints].join("\n"));
  });
});
