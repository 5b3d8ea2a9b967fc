/**
 * From FFmpeg closing a segment to that segment being in the live playlist, on the embedded default. A segment is
 * closed when FFmpeg opens the next file; it is in the playlist when a blocking reload answers with it.
 */
import { createHash } from "node:crypto";
import { watch } from "node:fs";
import { open, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { ownerUrl } from "../../apps/dev/postgres_roles.ts";
import { type Rokuga, startRokuga } from "../fixtures/rokuga.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { cameraList, makeClip } from "./cameras.ts";
import { type Benchmark, percentile, type Row } from "./report.ts";

const SEGMENT_SECONDS = 4;
const MEASURE_MS = 60_000;

export const segmentDelay: Benchmark = {
  name: "segment-delay",
  about:
    "From FFmpeg closing a segment to it being in the live playlist, beside the bare steps in sequence: write with fsync, and one insert.",
  async run(say) {
    await using directory = await tempDirectory("bench");
    const clip = makeClip(directory.path);
    const rows: Row[] = [];
    for (const count of [1, 16]) {
      say(`segment-delay: ${count} camera(s), ${MEASURE_MS / 1000} s …`);
      await using rokuga = await startRokuga({ cameras: cameraList(clip, count, SEGMENT_SECONDS) });
      const delays = await measure(rokuga, count);
      const floor = await bareSteps(rokuga, directory.path);
      for (const [label, p] of [
        ["p50", 0.5],
        ["p95", 0.95],
      ] as const) {
        const beside = { what: `bare steps ${label}`, value: percentile(floor, p) };
        rows.push({
          metric: `${count} camera(s), ${label} of ${delays.length} segments`,
          value: percentile(delays, p),
          unit: "ms",
          beside,
        });
      }
    }
    return rows;
  },
};

/** Delays of all segments that close within the time, ms. */
async function measure(rokuga: Rokuga, count: number): Promise<number[]> {
  const ids = Array.from({ length: count }, (_, index) => `camera-${index}`);
  const spool = join(rokuga.home, "spool");
  const closedAt = new Map<string, number>();
  const listedAt = new Map<string, number>();
  const stop = new AbortController();
  for (const id of ids) {
    const run = await waitFor(async () => (await readdir(join(spool, id)).catch(() => []))[0], {
      what: `a run of ${id}`,
    });
    // Opening file n+1 is closing file n.
    watch(join(spool, id, run, "open"), { signal: stop.signal }, (_type, name) => {
      const sequence = /^(\d+)\.ts$/.exec(name ?? "")?.[1];
      const closed = `${id}-${run}-${Number(sequence) - 1}`;
      if (sequence && !closedAt.has(closed)) closedAt.set(closed, performance.now());
    });
  }
  const followers = ids.map((id) => follow({ rokuga, id, listedAt, signal: stop.signal }));
  await sleep(MEASURE_MS);
  stop.abort();
  await Promise.all(followers);
  return [...listedAt].flatMap(([key, at]) => {
    const closed = closedAt.get(key);
    return closed === undefined ? [] : [at - closed];
  });
}

type Following = { rokuga: Rokuga; id: string; listedAt: Map<string, number>; signal: AbortSignal };

/** Reloads the live playlist as a player does: each request waits for the next fragment. */
async function follow({ rokuga, id, listedAt, signal }: Following): Promise<void> {
  let query = "";
  while (!signal.aborted) {
    const text = await rokuga
      .fetch(`/api/cameras/${id}/live.m3u8${query}`, { signal })
      .then((response) => (response.ok ? response.text() : undefined))
      .catch(() => undefined);
    const at = performance.now();
    if (text === undefined) {
      await sleep(100, undefined, { signal }).catch(() => undefined);
      continue;
    }
    for (const [, run, sequence] of text.matchAll(/-([0-9a-z]{13})-(\d+)\.ts/g)) {
      const key = `${id}-${run}-${sequence}`;
      // What the first answer lists was there before: only what a reload brings is measured.
      if (!listedAt.has(key)) listedAt.set(key, query === "" ? Number.NaN : at);
    }
    const first = Number(/MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]);
    query = `?_HLS_msn=${first + (text.match(/#EXTINF/g)?.length ?? 0)}`;
  }
  for (const [key, at] of listedAt) if (Number.isNaN(at)) listedAt.delete(key);
}

/** What no implementation can leave out, one after the other: a durable file and one committed row. */
async function bareSteps(rokuga: Rokuga, directory: string): Promise<number[]> {
  const port = Number(/PostgreSQL\s+\S+\s+embedded\s+127\.0\.0\.1:(\d+)/.exec(rokuga.output())?.[1]);
  const client = new pg.Client(ownerUrl({ home: rokuga.home, port }));
  await client.connect();
  await client.query("CREATE TABLE bench_floor (data jsonb)");
  const body = new Uint8Array(1_000_000).fill(7);
  const times: number[] = [];
  for (let index = 0; index < 100; index++) {
    const startedMs = performance.now();
    createHash("sha256").update(body).digest();
    const file = await open(join(directory, "floor.tmp"), "w");
    await file.writeFile(body);
    await file.sync();
    await file.close();
    await rename(join(directory, "floor.tmp"), join(directory, "floor"));
    await client.query("INSERT INTO bench_floor VALUES ($1)", [{ index }]);
    times.push(performance.now() - startedMs);
  }
  await client.query("DROP TABLE bench_floor");
  await client.end();
  return times;
}
