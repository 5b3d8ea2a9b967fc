import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { NewEvent } from "@rokuga/media/events.ts";
import { guardChildren } from "@rokuga/runtime/guard.ts";
import { silentLog } from "@rokuga/runtime/log.ts";
import { tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { waitFor } from "../../test/fixtures/wait_for.ts";
import { SiteConfig } from "./camera_config.ts";
import { ChainHeads } from "./chain_heads.ts";
import { Site } from "./site.ts";

const config = (camera: object) =>
  SiteConfig.parse({ cameras: [{ id: "a", input: "synthetic", ...camera }] });

test("a camera that is kept for another time is not recorded anew for it, and the cloud is told", async () => {
  await using directory = await tempDirectory("site");
  await using guard = guardChildren();
  const told: NewEvent[] = [];
  await using site = new Site({
    spool: directory.path,
    guard,
    // No FFmpeg: what matters is who tries to start it.
    ffmpeg: { path: process.execPath, version: { text: "5.1", major: 5 } },
    publish: {
      segment: async () => {},
      runMoved: () => {},
      events: async (events) => void told.push(...events),
    },
    chain: new ChainHeads({ spool: directory.path, log: silentLog }),
    runs: { begins: async () => "unknown", ended: async () => {}, restore: async () => {} },
    log: silentLog,
  });
  await site.apply(config({}));
  const failures = () => site.cameras[0]!.failures;
  await waitFor(() => failures() === 1, { what: "the first attempt" });
  await site.apply(config({ retention: { days: 30 } }));
  assert.equal(failures(), 1, "the same owner goes on");
  assert.deepEqual(
    told.filter(({ type }) => type === "CameraRetentionSet").map(({ data }) => data),
    [{ cameraId: "a", days: 30, bytes: null }],
  );
  assert.match(await readFile(join(directory.path, "_retention.json"), "utf8"), /"days":30/);
  await site.apply(config({ retention: { days: 30 }, audio: false }));
  assert.equal(failures(), 0, "another one has begun");
});
