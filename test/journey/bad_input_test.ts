/**
 * What is wrong is said in words and harms nothing else: the relay as its own process, with a real camera that
 * refuses the password, one that does not exist, and a camera file that is edited while it runs.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { freePort } from "../fixtures/free_port.ts";
import { type RedisServer, startRedis } from "../fixtures/redis.ts";
import { type RtspServer, startRtspServer } from "../fixtures/rtsp_server.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";

const RELAY = fileURLToPath(new URL("../../apps/relay/main.ts", import.meta.url));
const WRONG = "wr0ng-Passw0rd";

type Line = {
  level: string;
  msg: string;
  camera?: string;
  problem?: string;
  attempt?: number;
  error?: string;
};

const stack = new AsyncDisposableStack();
let camera: RtspServer;
let redis: RedisServer;
let directory: string;
let file: string;
let relay: ChildProcess;
let port: number;
let output = "";

const lines = (): Line[] =>
  output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
const status = async () =>
  (await (await fetch(`http://127.0.0.1:${port}/status`)).json()) as {
    cameras: { id: string; state: string; failures: number; lastProblem: string | null }[];
    configProblems: string[];
    queue: { live: { waiting: number }; backlog: { waiting: number } } | null;
  };

/** Segments in the queue. */
const waiting = async () => {
  const { queue } = await status();
  return queue === null ? 0 : queue.live.waiting + queue.backlog.waiting;
};

const good = "  - { id: good, input: synthetic, segment_seconds: 1 }\n";
const refused = () => `  - { id: refused, input: "${camera.url.replace(/:[^:@/]+@/, `:${WRONG}@`)}" }\n`;

before(async () => {
  camera = stack.use(await startRtspServer({ user: "viewer", password: "right" }));
  redis = stack.use(await startRedis());
  directory = stack.use(await tempDirectory("bad-input")).path;
  file = join(directory, "cameras.yaml");
  port = await freePort();
  await writeFile(
    file,
    `cameras:\n${good}${refused()}  - { id: absent, input: "rtsp://viewer:${WRONG}@127.0.0.1:1/x" }\n`,
  );
  relay = spawn("setpriv", ["--pdeathsig", "TERM", "--", process.execPath, RELAY], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      ...{
        REDIS_URL: redis.url,
        CAMERAS_FILE: file,
        SPOOL_DIR: join(directory, "spool"),
        RELAY_PORT: String(port),
      },
    },
  });
  relay.stderr!.on("data", (chunk) => (output += chunk));
});
after(async () => {
  if (relay.exitCode === null) {
    const exited = once(relay, "exit");
    relay.kill("SIGTERM");
    await exited;
  }
  await stack.disposeAsync();
});

/** Segments of the camera that is all right, in the spool. */
const files = async () => {
  const camera = join(directory, "spool", "good");
  const [run] = await readdir(camera);
  return (await readdir(join(camera, run!))).filter((name) => name.endsWith(".ts")).length;
};

test("a wrong password is reported as such, once per attempt, and the pauses grow", async () => {
  const reports = () => lines().filter((line) => line.camera === "refused" && line.level === "warn");
  await waitFor(() => reports().length >= 3, { what: "three reports", timeoutMs: 30_000 });
  const first = reports().slice(0, 3);
  assert.deepEqual(
    first.map((line) => line.problem),
    Array(3).fill("the camera refused the user name or password (401)"),
  );
  assert.deepEqual(
    first.map((line) => line.attempt),
    [1, 2, 3],
  );
  await waitFor(
    () => lines().some((line) => line.camera === "absent" && /nothing listens/.test(line.problem ?? "")),
    {
      what: "the report of the camera that is not there",
    },
  );
  const { cameras } = await status();
  assert.equal(cameras.find(({ id }) => id === "refused")?.lastProblem, first[0]!.problem);
});

test("the others go on meanwhile", async () => {
  const recorded = waiting;
  const before = await waitFor(recorded, { what: "jobs in the queue" });
  await waitFor(async () => (await recorded()) >= before + 2, { what: "two more segments" });
  assert.equal((await status()).cameras.find(({ id }) => id === "good")?.state, "recording");
});

test("a camera file with a mistake is refused with file, line and reason; what runs goes on", async () => {
  const runs = await readdir(join(directory, "spool", "good"));
  await writeFile(file, `cameras:\n${good}  - id: good\n    input: synthetic\n    colour: red\n`);
  await waitFor(async () => (await status()).configProblems.length > 0, { what: "the file to be refused" });
  assert.deepEqual((await status()).configProblems, [`${file}:5:5 cameras[1]: unknown key 'colour'`]);
  const before = await waiting();
  await waitFor(async () => (await waiting()) >= before + 2, { what: "two more segments" });
  assert.deepEqual(await readdir(join(directory, "spool", "good")), runs, "the camera was not restarted");
});

test("a camera file that is right again is in force at once, and touches only what changed", async () => {
  const runs = await readdir(join(directory, "spool", "good"));
  await writeFile(file, `cameras:\n${good}  - { id: added, input: "${camera.url}", segment_seconds: 1 }\n`);
  await waitFor(
    async () => (await status()).cameras.some(({ id, state }) => id === "added" && state === "recording"),
    {
      what: "the new camera to be recorded",
      timeoutMs: 20_000,
    },
  );
  const { cameras, configProblems } = await status();
  assert.deepEqual(cameras.map(({ id }) => id).sort(), ["added", "good"]);
  assert.deepEqual(configProblems, []);
  assert.deepEqual(
    await readdir(join(directory, "spool", "good")),
    runs,
    "the unchanged camera was not restarted",
  );
});

test("a queue that is away stops nothing: what was recorded meanwhile is queued when it is back", async () => {
  await redis.kill();
  const before = await files();
  await waitFor(async () => (await files()) >= before + 3, { what: "recording to go on", timeoutMs: 20_000 });
  assert.equal((await status()).queue, null);
  // With an empty memory: everything has to come from the spool.
  await redis.restart({ wiped: true });
  await waitFor(async () => (await waiting()) >= (await files()) - 3, {
    what: "the spool to be queued again",
    timeoutMs: 20_000,
  });
});

test("a queue that is wiped under a living connection is filled again from the spool", async () => {
  const client = new Redis(redis.url);
  await client.flushall();
  await client.quit();
  await waitFor(async () => (await waiting()) < (await files()) - 3, { what: "the queue to be empty" });
  await waitFor(async () => (await waiting()) >= (await files()) - 3, {
    what: "the spool to be queued again",
    timeoutMs: 50_000,
  });
});

test("no password was printed, and the relay ends cleanly, leaving no FFmpeg behind", async () => {
  const exited = once(relay, "exit");
  relay.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
  assert.ok(!output.includes(WRONG));
  assert.ok(!output.includes("viewer:"));
  const left = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (const pid of left) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    assert.ok(!command.includes(join(directory, "spool")), `still running: ${command.replaceAll("\0", " ")}`);
  }
});
