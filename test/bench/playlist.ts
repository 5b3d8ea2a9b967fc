/**
 * Playlists of an hour and of a day, from the request to the last byte, by one web process over a database of 100
 * cameras with a day of segments each; beside nginx that serves the same bytes as a file. With one client, and with 32
 * at a time, each over a connection that stays open.
 */
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { newRunId } from "@rokuga/media/ids.ts";
import { packFragments } from "@rokuga/media/packed_fragments.ts";
import type pg from "pg";
import { startNginx } from "../fixtures/nginx.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { openLibrary } from "../playback/library.ts";
import { processTree } from "./processes.ts";
import { type Benchmark, percentile, type Row } from "./report.ts";

const CAMERAS = 100;
const SEGMENT_MS = 10_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** In the middle of the range of all of them, so that every camera's rows lie among those of the others. */
const CAMERA = "camera-42";
const START = Date.UTC(2026, 0, 31);
const MEASURE_MS = 8_000;
const WARM_REQUESTS = 40;

/** Sent with every request, to nginx too. */
const headers = { authorization: "" };

export const playlist: Benchmark = {
  name: "playlist",
  about: `A playlist of 1 h and of 24 h (${CAMERAS} cameras with a day of 10 s segments each) from request to last byte, beside nginx serving the same bytes as a file.`,
  async run(say) {
    await using directory = await tempDirectory("bench");
    await using library = await openLibrary();
    say(`playlist: filling the database with ${CAMERAS} camera-days …`);
    await fill(library.database.pool);
    headers.authorization = `Bearer ${library.token}`;
    const urls: Record<string, string> = {
      "1 h": `${library.url}/api/cameras/${CAMERA}/playlist.m3u8?from=${START + HOUR_MS}&to=${START + 2 * HOUR_MS}`,
      "24 h": `${library.url}/api/cameras/${CAMERA}/playlist.m3u8?from=${START}&to=${START + DAY_MS}`,
      "24 h, I-frames": `${library.url}/api/cameras/${CAMERA}/iframes.m3u8?from=${START}&to=${START + DAY_MS}`,
      "24 h, index": `${library.url}/api/cameras/${CAMERA}/index.m3u8?from=${START}&to=${START + DAY_MS}`,
    };
    await mkdir(join(directory.path, "files"));
    for (const [index, url] of Object.values(urls).entries()) {
      await writeFile(
        join(directory.path, "files", `${index}.m3u8`),
        await (await fetch(url, { headers })).text(),
      );
    }
    await using nginx = await startNginx({ directory: directory.path, root: join(directory.path, "files") });
    const rows: Row[] = [];
    for (const [index, [label, url]] of Object.entries(urls).entries()) {
      for (const clients of [1, 32]) {
        say(`playlist: ${label}, ${clients} client(s) …`);
        const cpu = cpuOf(library.pid()!);
        const ours = await measure(url, clients);
        if (clients === 1) rows.push(cpuRow(label, cpu() / (ours.times.length + WARM_REQUESTS)));
        const peer = await measure(`${nginx.url}/${index}.m3u8`, clients);
        rows.push(...rowsOf(`${label}, ${clients} client(s)`, ours, peer));
      }
      rows.push(...(await sizes(label, url)));
    }
    return rows;
  },
};

/** What a process has used since it was asked for, ms. */
function cpuOf(pid: number): () => number {
  const used = () => 1000 * processTree(pid).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  const before = used();
  return () => used() - before;
}

/** Says more than times do where other programs run on the machine. */
const cpuRow = (label: string, value: number): Row => ({
  metric: `${label}: CPU of the web process per request`,
  value,
  unit: "ms",
});

type Measured = { times: number[]; perSecond: number };

function rowsOf(label: string, ours: Measured, peer: Measured): Row[] {
  const what = "nginx";
  return [
    ...[0.5, 0.95].map((p) => ({
      metric: `${label}: p${p * 100}`,
      value: percentile(ours.times, p),
      unit: "ms",
      beside: { what, value: percentile(peer.times, p) },
    })),
    {
      metric: `${label}: requests`,
      value: ours.perSecond,
      unit: "1/s",
      beside: { what, value: peer.perSecond },
    },
  ];
}

/** As clients get it: plain, and compressed. */
async function sizes(label: string, url: string): Promise<Row[]> {
  const size = (encoding: string) =>
    Number(
      execFileSync("curl", [
        ...["-s", "-o", "/dev/null", "-w", "%{size_download}", "-H", `accept-encoding: ${encoding}`],
        ...["-H", `authorization: ${headers.authorization}`, url],
      ]),
    ) / 1000;
  const plain = size("identity");
  return ["br", "gzip"].map((encoding) => ({
    metric: `${label}: size with ${encoding}`,
    value: size(encoding),
    unit: "kB",
    beside: { what: "plain", value: plain },
  }));
}

/** Requests one after the other by each client, for a while. Times are to the last byte, ms. */
async function measure(url: string, clients: number): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  for (let n = 0; n < WARM_REQUESTS; n++) await timed(url, agent);
  const times: number[] = [];
  const startedMs = performance.now();
  const client = async () => {
    while (performance.now() - startedMs < MEASURE_MS) times.push(await timed(url, agent));
  };
  await Promise.all(Array.from({ length: clients }, client));
  const perSecond = (times.length / (performance.now() - startedMs)) * 1000;
  agent.destroy();
  return { times, perSecond };
}

function timed(url: string, agent: Agent): Promise<number> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answers ${response.statusCode}`));
      // Taken in, not kept: the client shares the machine with the servers.
      response.on("data", () => undefined);
      response.once("end", () => resolve(performance.now() - startedMs));
      response.once("error", reject);
    }).once("error", reject);
  });
}

/** A run a camera, with segments of 10 s and five fragments, in the order in which they would have come. */
async function fill(pool: pg.Pool): Promise<void> {
  const runId = newRunId(START, 0.5);
  const fragments = packFragments(
    Array.from({ length: 5 }, (_, n) => ({
      ...{ bytes: 490_000 + n * 1_317, durationTicks: 180_000, keyframeBytes: 81_000 + n },
    })),
  );
  const segments = DAY_MS / SEGMENT_MS;
  const camera = "'camera-' || camera";
  const each = `generate_series(0, ${CAMERAS - 1}) AS camera`;
  // Durations wander by a few milliseconds, as those of cameras do.
  const at = (n: string) => `${START} + (${n})::bigint * ${SEGMENT_MS} + ((${n}) * 7919 % 9)`;
  await pool.query(`
    INSERT INTO cameras (camera_id, site_id, name, name_at_ms, registered_ms, last_heard_ms)
      SELECT ${camera}, 'home', 'Camera ' || camera, ${START}, ${START}, ${START + DAY_MS} FROM ${each};
    INSERT INTO runs (camera_id, run_id, start_ms) SELECT ${camera}, '${runId}', ${START} FROM ${each};
    INSERT INTO coverage (camera_id, start_ms, end_ms)
      SELECT ${camera}, ${START}, ${at(String(segments))} FROM ${each};
    INSERT INTO segments (start_ms, end_ms, start_ticks, sequence, first_fragment, media_duration_ticks, bytes,
        camera_id, run_id, site_id, tracks, fragments)
      SELECT ${at("n")}, ${at("n + 1")}, n::bigint * 900000 % 8589934592, n, n * 5, 900000, 2463170,
        ${camera}, '${runId}', 'home', 'avc1.64001f 1920x1080 mp4a.40.2', '${fragments}'
      FROM generate_series(0, ${segments - 1}) AS n, ${each} ORDER BY n, camera`);
  await pool.query("VACUUM (ANALYZE) segments");
  await pool.query("ANALYZE");
}
