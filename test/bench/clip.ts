/**
 * Clips: an hour of 2 Mbit/s made in the background, beside FFmpeg copying the same local files into an MP4; how long
 * a streamed clip takes to begin; and what a snapshot takes, beside FFmpeg alone. By the web's handlers, in this
 * process.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ClipJobView } from "@rokuga/media/clip_api.ts";
import { newRunId } from "@rokuga/media/ids.ts";
import { storeRun } from "../clips/recording.ts";
import { startTestWeb, type TestWeb } from "../clips/web.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { makeClip } from "./cameras.ts";
import { memoryMegabytes } from "./processes.ts";
import { type Benchmark, percentile, type Row } from "./report.ts";

const run = promisify(execFile);
const START = Date.UTC(2026, 0, 31, 9, 0, 0);
const MINUTES = 60;
const HOUR_MS = MINUTES * 60_000;
const ROUNDS = 3;
const SNAPSHOTS = 60;
const CAMERA = "bench";

export const clip: Benchmark = {
  name: "clip",
  about:
    "An hour of 2 Mbit/s as an MP4 beside FFmpeg's -c copy of the same files; snapshots beside FFmpeg alone.",
  async run(say) {
    await using directory = await tempDirectory("bench");
    say("clip: recording an hour …");
    const files = await recordHour(directory.path);
    await using web = await startTestWeb({ CLIPS_LIMIT_BYTES: "4000000000" });
    for (let at = 0; at < files.length; at += 30) await storePart(web, files, at);
    return [
      ...(await hourRows(web, { files, directory: directory.path, say })),
      ...(await streamRows(web)),
      ...(await snapshotRows(web, { directory: directory.path, say })),
    ];
  },
};

/** Paths of the segments of an hour, as the relay would have written them. */
async function recordHour(directory: string): Promise<string[]> {
  const source = makeClip(directory);
  const path = join(directory, "segments");
  await mkdir(path);
  const segments = ["-f", "segment", "-segment_format", "mpegts", "-segment_time", "10"];
  const mux = ["-individual_header_trailer", "0", "-muxdelay", "0", "-muxpreload", "0"];
  execFileSync(
    "ffmpeg",
    [
      ...[
        "-nostdin",
        "-v",
        "error",
        "-stream_loop",
        String(MINUTES),
        "-i",
        source,
        "-map",
        "0",
        "-c",
        "copy",
      ],
      ...["-t", String(MINUTES * 60), ...segments, ...mux, join(path, "%d.ts")],
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const names = (await readdir(path)).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  return names.map((name) => join(path, name));
}

const runId = newRunId(START, 0.5);
let nextMs = START;

async function storePart(web: TestWeb, files: readonly string[], at: number): Promise<void> {
  const part = await Promise.all(files.slice(at, at + 30).map((file) => readFile(file)));
  const { endMs } = await storeRun(part, {
    ...web,
    cameraId: CAMERA,
    startMs: nextMs,
    runId,
    firstSequence: at,
  });
  nextMs = endMs;
}

type HourOptions = { files: readonly string[]; directory: string; say: (line: string) => void };

async function hourRows(web: TestWeb, { files, directory, say }: HourOptions): Promise<Row[]> {
  const list = join(directory, "list.txt");
  await writeFile(list, files.map((file) => `file '${file}'\n`).join(""));
  const [own, peer]: { seconds: number; cpuSeconds: number }[][] = [[], []];
  let memory = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    say(`clip: round ${round} of ${ROUNDS} …`);
    const [startedMs, cpu] = [performance.now(), process.cpuUsage()];
    memory = Math.max(memory, await makeHour(web));
    const { user, system } = process.cpuUsage(cpu);
    own!.push({ seconds: (performance.now() - startedMs) / 1_000, cpuSeconds: (user + system) / 1e6 });
    peer!.push(await copyHour(list, join(directory, "peer.mp4")));
  }
  const middle = (of: "seconds" | "cpuSeconds", rows: typeof own = []) =>
    percentile(
      rows.map((row) => row[of]),
      0.5,
    );
  const beside = (of: "seconds" | "cpuSeconds") => ({ what: "ffmpeg -c copy", value: middle(of, peer) });
  return [
    {
      metric: "an hour as a clip, in the background",
      value: middle("seconds", own),
      unit: "s",
      beside: beside("seconds"),
    },
    { metric: "CPU of it", value: middle("cpuSeconds", own), unit: "s", beside: beside("cpuSeconds") },
    { metric: "memory of the process meanwhile (PSS)", value: memory, unit: "MB" },
  ];
}

/** The same by FFmpeg, which tells its own times. */
async function copyHour(list: string, path: string): Promise<{ seconds: number; cpuSeconds: number }> {
  const args = ["-nostdin", "-benchmark", "-y", "-f", "concat", "-safe", "0", "-i", list, "-c", "copy", path];
  const { stderr } = await run("ffmpeg", args, { maxBuffer: 1 << 28 });
  await rm(path);
  const told = /bench: utime=([\d.]+)s stime=([\d.]+)s rtime=([\d.]+)s/.exec(stderr);
  const [user, system, seconds] = (told ?? []).slice(1).map(Number);
  if (user === undefined || system === undefined || seconds === undefined)
    throw new Error(`FFmpeg tells no times: ${stderr.slice(-300)}`);
  return { seconds, cpuSeconds: user + system };
}

/** Resolves with the most memory that was seen, MB. */
async function makeHour(web: TestWeb): Promise<number> {
  const body = { cameraId: CAMERA, from: START + 1_000, to: START + HOUR_MS - 1_000 };
  const { id } = ClipJobView.parse(await (await web.post("/api/clips", body)).json());
  let memory = 0;
  await waitFor(
    async () => {
      memory = Math.max(memory, memoryMegabytes(process.pid));
      const job = ClipJobView.parse(await (await fetch(`${web.url}/api/clips/${id}`)).json());
      if (job.state === "failed") throw new Error(job.problem ?? "");
      return job.state === "ready";
    },
    { what: "the clip", timeoutMs: 120_000, intervalMs: 250 },
  );
  await web.delete(`/api/clips/${id}`);
  return memory;
}

async function streamRows(web: TestWeb): Promise<Row[]> {
  const begins: number[] = [];
  for (let round = 0; round < 10; round++) {
    const from = START + 60_000 * (5 * round) + 777;
    const startedMs = performance.now();
    const response = await fetch(
      `${web.url}/api/cameras/${CAMERA}/clip.mp4?from=${from}&to=${from + 300_000}`,
    );
    const reader = response.body!.getReader();
    await reader.read();
    begins.push(performance.now() - startedMs);
    while (!(await reader.read()).done);
  }
  return [
    { metric: "first byte of a clip of 5 min, streamed, p50", value: percentile(begins, 0.5), unit: "ms" },
    { metric: "first byte of a clip of 5 min, streamed, p95", value: percentile(begins, 0.95), unit: "ms" },
  ];
}

async function snapshotRows(
  web: TestWeb,
  { directory, say }: Pick<HourOptions, "directory" | "say">,
): Promise<Row[]> {
  say("clip: snapshots …");
  const [first, again, alone]: [number[], number[], number[]] = [[], [], []];
  const keyframe = join(directory, "keyframe.ts");
  await writeFile(keyframe, (await readFile(join(directory, "segments", "0.ts"))).subarray(0, 188 * 400));
  const timed = async (times: number[], work: () => Promise<unknown>) => {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  };
  for (let nth = 0; nth < SNAPSHOTS; nth++) {
    const at = START + Math.floor((nth * HOUR_MS) / SNAPSHOTS) + 500;
    const url = `${web.url}/api/cameras/${CAMERA}/snapshot.jpg?at=${at}&width=640`;
    const load = async () => {
      const response = await fetch(url);
      if (response.status !== 200) throw new Error(await response.text());
      await response.arrayBuffer();
    };
    await timed(first, load);
    await timed(again, load);
    const args = [
      "-nostdin",
      "-v",
      "error",
      "-i",
      keyframe,
      "-frames:v",
      "1",
      "-vf",
      "scale=640:-2",
      "-f",
      "mjpeg",
    ];
    await timed(alone, () => run("ffmpeg", ["-y", ...args, "/dev/null"]));
  }
  const row = (name: string, times: number[], p: number, peer?: number[]): Row => ({
    metric: `${name}, p${p * 100}`,
    value: percentile(times, p),
    unit: "ms",
    ...(peer ? { beside: { what: "ffmpeg alone", value: percentile(peer, p) } } : {}),
  });
  return [
    row("a snapshot", first, 0.5, alone),
    row("a snapshot", first, 0.95, alone),
    row("the same again", again, 0.5),
    row("the same again", again, 0.95),
  ];
}
