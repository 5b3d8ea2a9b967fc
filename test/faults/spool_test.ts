/** The spool's disk is full, the spool has reached its limit, and its files are damaged while they wait. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { open, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startRtspServer } from "../fixtures/rtsp_server.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { CAMERA } from "./camera_options.ts";
import { rtspCamera } from "./numbered_camera.ts";
import { scenario } from "./scenario.ts";
import { type Site, startSite } from "./site.ts";

const DISK_BYTES = 24 * 2 ** 20;
const LIMIT_BYTES = 400_000;

describe("the spool", { timeout: 240_000 }, () => {
  const stack = new AsyncDisposableStack();
  let disk: string;
  let site: Site;
  before(async () => {
    disk = stack.use(await smallDisk(DISK_BYTES)).path;
    const camera = rtspCamera("door", stack.use(await startRtspServer(CAMERA)));
    site = stack.use(
      await startSite({
        cameras: [camera],
        spool: join(disk, "spool"),
        environment: { relay: { SPOOL_FREE_BYTES: "1000000" } },
      }),
    );
  });
  after(() => stack.disposeAsync());

  it("is on a disk that is full: recording goes on when there is room again", async () => {
    await scenario(
      site,
      "disk full",
      async () => {
        const ballast = join(disk, "ballast");
        await fill(ballast);
        await delay(5_000);
        await rm(ballast);
        await site.untilStored(Date.now());
      },
      { causes: ["spool-overflow"] },
    );
  });

  it("is on a disk that is full when the relay starts: the oldest footage makes room, and recording begins", async () => {
    await scenario(
      site,
      "started on a full disk",
      async () => {
        await site.loseStore();
        await waitFor(async () => (await closedSegments(join(site.spool, "door"))).length >= 6, {
          what: "closed segments",
          timeoutMs: 25_000,
        });
        await site.relay.kill();
        const ballast = join(disk, "ballast");
        await fill(ballast);
        await site.relay.start();
        await delay(4_000);
        await rm(ballast);
        await site.findStore();
        await site.untilStored(Date.now());
      },
      { causes: ["spool-overflow", "relay-stopped", "camera-unreachable"] },
    );
  });

  it("holds damaged segments: truncated, empty, noise", async () => {
    await scenario(
      site,
      "damaged segments",
      async () => {
        await site.loseStore();
        const closed = () => closedSegments(join(site.spool, "door"));
        await waitFor(async () => (await closed()).length >= 7, {
          what: "closed segments",
          timeoutMs: 25_000,
        });
        const files = await closed();
        const bytes = (await stat(files[1]!)).size;
        await truncate(files[1]!, Math.floor(bytes / 2));
        await truncate(files[3]!, 0);
        await writeFile(files[5]!, randomBytes((await stat(files[5]!)).size));
        await site.findStore();
      },
      { causes: ["corrupt"] },
    );
  });

  it("has reached its limit: the oldest footage goes, and says so", async () => {
    await site.relay.stop();
    await site.relay.start({ SPOOL_LIMIT_BYTES: String(LIMIT_BYTES) });
    await site.untilStored(Date.now());
    await scenario(
      site,
      "spool limit",
      async () => {
        await site.loseStore();
        const evicted = async () => (await site.status()).spool.evicted.segments >= 4;
        await waitFor(evicted, { what: "the limit to be reached", timeoutMs: 30_000, intervalMs: 200 });
        const { bytes } = (await site.status()).spool;
        assert.ok(bytes <= LIMIT_BYTES * 1.5, `${bytes} bytes are in a spool of ${LIMIT_BYTES}`);
        await site.findStore();
      },
      { causes: ["spool-overflow"] },
    );
  });
});

/** A file system of its own, in memory. Needs root. */
async function smallDisk(bytes: number): Promise<{ path: string } & AsyncDisposable> {
  await using cleanup = new AsyncDisposableStack();
  const { path } = cleanup.use(await tempDirectory("disk"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "rokuga-test", path]);
  // Lazy: a process that is just ending may still be in it.
  cleanup.defer(() => void execFileSync("umount", ["--lazy", path]));
  const moved = cleanup.move();
  return { path, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

/** Writes until there is no room. */
async function fill(path: string): Promise<void> {
  await using file = await open(path, "w");
  const chunk = Buffer.alloc(64 * 1024);
  for (let size = chunk.length; size >= 512; ) {
    const written = await file.write(chunk, 0, size).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOSPC") return undefined;
      throw error;
    });
    if (!written) size /= 2;
  }
}

/** Closed segments of a camera's spool, oldest first. */
async function closedSegments(directory: string): Promise<string[]> {
  const runs = (await readdir(directory)).sort();
  const files = await Promise.all(
    runs.map(async (run) => {
      const names = await readdir(join(directory, run));
      const sequences = names.flatMap((name) => /^(\d+)\.ts$/.exec(name)?.[1] ?? []).map(Number);
      return sequences.sort((a, b) => a - b).map((sequence) => join(directory, run, `${sequence}.ts`));
    }),
  );
  return files.flat();
}
