/**
 * How long after a commit those who wait for a live playlist have it: 50 viewers of a camera in one web process, its
 * segments appended by another connection. Beside it the same with one viewer.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { appendEvents } from "@rokuga/db/append.ts";
import { openDatabase } from "@rokuga/db/connect.ts";
import { listen } from "@rokuga/db/listen.ts";
import type { LiveSegments } from "@rokuga/db/read_segments.ts";
import { createLog } from "@rokuga/runtime/log.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import type { WebContext } from "../../apps/web/server/context.ts";
import { liveText } from "../../apps/web/server/live.ts";
import { SharedReads } from "../../apps/web/server/shared_reads.ts";
import { registered, started, stored } from "../../packages/db/test_events.ts";
import { startPostgresServer } from "../fixtures/postgres.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { type Benchmark, percentile, type Row } from "./report.ts";

const VIEWERS = 50;
const COMMITS = 100;
const CAMERA = "door";

export const liveWake: Benchmark = {
  name: "live-wake",
  about: `From a commit to the live playlist of ${VIEWERS} viewers that wait for it, beside one viewer.`,
  async run(say) {
    await using server = await startPostgresServer();
    await using directory = await tempDirectory("bench");
    await using database = openDatabase(server.url);
    await using writer = openDatabase(server.url, { max: 1 });
    await using storage = openStorage(pathToFileURL(directory.path).href);
    await using listener = listen(server.url, { onError: (error) => say(String(error)) });
    await listener.ready();
    const log = createLog("bench", "error");
    const liveReads = new SharedReads<LiveSegments>();
    const mediaSecret = "0".repeat(64);
    const context: WebContext = {
      database,
      storage,
      listener,
      liveReads,
      mediaSecret,
      isHttps: false,
      log,
      async [Symbol.asyncDispose]() {},
    };
    const signal = new AbortController().signal;
    // A run of now: a playlist whose last segment is old is not live.
    const runMs = Date.now();
    const runId = `${runMs.toString(36).padStart(9, "0")}aaaa`;
    let sequence = 0;
    const append = () =>
      appendEvents(writer, [stored(CAMERA, runId, sequence++, { startMs: runMs + sequence })]);
    await appendEvents(writer, [registered(CAMERA, "Door"), started(CAMERA, runId)]);
    await append();

    const delays = async (viewers: number) => {
      const taken: number[] = [];
      for (let commit = 0; commit < COMMITS; commit++) {
        const mediaSequence = Math.floor(runMs / 100) + sequence * 2;
        let committedMs = Number.POSITIVE_INFINITY;
        const waiting = Array.from({ length: viewers }, async () => {
          await liveText(context, { cameraId: CAMERA, mediaSequence, signal });
          return performance.now();
        });
        await sleep(20);
        await append();
        committedMs = performance.now();
        // Some have it before the writer itself hears of the commit.
        for (const atMs of await Promise.all(waiting)) taken.push(Math.max(0, atMs - committedMs));
      }
      return taken;
    };
    const one = await delays(1);
    const many = await delays(VIEWERS);
    return ([0.5, 0.95] as const).map(
      (p): Row => ({
        metric: `p${p * 100}`,
        value: percentile(many, p),
        unit: "ms",
        beside: { what: "one viewer", value: percentile(one, p) },
      }),
    );
  },
};
