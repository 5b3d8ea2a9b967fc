/**
 * A whole site to be hurt: PostgreSQL, the queue, the store, relay, workers and web as real processes, each of which
 * can be killed, stopped and started again alone, with networks that can fail between the worker and what it uses.
 * The web reads the store and the database past the faults.
 */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { TimeRange } from "@rokuga/media/api.ts";
import { processTree } from "../bench/processes.ts";
import { type FaultProxy, startFaultProxy } from "../fixtures/fault_proxy.ts";
import { freePorts } from "../fixtures/free_port.ts";
import { type PostgresServer, startPostgresServer } from "../fixtures/postgres.ts";
import { type RedisServer, startRedis } from "../fixtures/redis.ts";
import { tokenFor, tokenProxy } from "../fixtures/signed_in.ts";
import { type SwiftServer, startSwift } from "../fixtures/swift.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { type FakeClock, fakeClock } from "./fake_clock.ts";
import type { NumberedCamera } from "./numbered_camera.ts";
import { createPart, type Part } from "./part.ts";
import { readTimeline } from "./playback.ts";

export type SiteOptions = {
  cameras: readonly NumberedCamera[];
  /** Default 2. */
  segmentSeconds?: number;
  /** Default "redis". */
  queue?: "redis" | "postgres";
  /** `s3` is Swift behind a network that can fail; `file` (default) a directory. */
  store?: "file" | "s3";
  /** Default: a directory of the site. */
  spool?: string;
  /** Default 1. */
  workers?: number;
  /** The relay gets a clock that can be set. Given here is how it stands at the start: right by default. */
  clock?: { offsetMs?: number; synchronised?: boolean };
  environment?: { relay?: Record<string, string>; worker?: Record<string, string> };
};

export type Site = AsyncDisposable & {
  readonly url: string;
  readonly cameras: readonly NumberedCamera[];
  readonly spool: string;
  readonly relay: Part;
  readonly workers: readonly Part[];
  readonly web: Part;
  readonly postgres: PostgresServer;
  /** Undefined with the queue in PostgreSQL. */
  readonly redis: RedisServer | undefined;
  /** Between the workers and the database. */
  readonly databaseNetwork: FaultProxy;
  /** Between the workers and the store; undefined with a `file` store. */
  readonly storeNetwork: FaultProxy | undefined;
  /** Takes the store away: nobody answers, or the directory is gone. */
  loseStore(): Promise<void>;
  findStore(): Promise<void>;
  /** Undefined unless it was asked for. */
  readonly clock: FakeClock | undefined;
  /** What the relay says of the site. */
  status(): Promise<Status>;
  /** Queues all that is in the spool again, by hand. */
  replay(): Promise<void>;
  /** Everything that runs, as `kill -9` of all at once would find it: parts, FFmpeg, queue and database. */
  killAll(): Promise<void>;
  startAll(): Promise<void>;
  killPostgres(): Promise<void>;
  /** Process ids of the FFmpegs that record a camera. */
  ffmpegOf(cameraId: string): number[];
  /** Waits until footage of every camera from `atMs` is stored. */
  untilStored(
    atMs: number,
    options?: { timeoutMs?: number; cameras?: readonly NumberedCamera[] },
  ): Promise<void>;
  /** Warnings and errors of all parts since then, for the error of a test. */
  complaints(sinceMs: number): Promise<string>;
};

/** What is used of the relay's `GET /status`. */
export type Status = {
  cameras: { id: string; state: string; runId: string | null }[];
  spool: { segments: number; bytes: number; scanned: boolean; evicted: { segments: number } };
};

const SECRET = "a secret of the fault tests, long enough to sign with";
const KEPT = ["PATH", "HOME", "TZ", "LANG", "LC_ALL", "TMPDIR"];

/** Starts all of it and waits until every camera has footage in the store. */
export async function startSite(options: SiteOptions): Promise<Site> {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await tempDirectory("site"));
  const { cameras, segmentSeconds = 2, workers: workerCount = 1 } = options;
  const spool = options.spool ?? join(directory.path, "spool");
  await mkdir(spool, { recursive: true });
  const camerasFile = join(directory.path, "cameras.yaml");
  await writeFile(camerasFile, camerasYaml(cameras, segmentSeconds));

  const postgres = cleanup.use(await startPostgresServer());
  const databaseNetwork = cleanup.use(await startFaultProxy(postgres.port));
  const redis = options.queue === "postgres" ? undefined : cleanup.use(await startRedis());
  const store = cleanup.use(await openStore(options.store ?? "file", directory.path));
  const clock = options.clock && (await fakeClock(join(directory.path, "clock"), options.clock));
  const [webPort, relayPort] = (await freePorts(2)) as [number, number];

  const common = Object.fromEntries(
    KEPT.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  const queueUrl = redis?.url ?? (await postgres.queueUrl());
  const part = (name: string, program: "relay" | "worker" | "web", environment: Record<string, string>) =>
    cleanup.use(
      createPart({
        name,
        program,
        environment: { ...common, ...environment },
        logPath: join(directory.path, `${name.replace(" ", "_")}.log`),
      }),
    );
  const relay = part("relay", "relay", {
    ...{ REDIS_URL: queueUrl, CAMERAS_FILE: camerasFile, SPOOL_DIR: spool, RELAY_PORT: String(relayPort) },
    ...clock?.environment,
    ...options.environment?.relay,
  });
  const workers = Array.from({ length: workerCount }, (_, index) =>
    part(`worker ${index + 1}`, "worker", {
      ...{ REDIS_URL: queueUrl, SPOOL_DIR: spool, ...store.environment },
      DATABASE_URL: withPort(postgres.appUrl, databaseNetwork.port),
      STORAGE_URL: store.workerUrl,
      ...options.environment?.worker,
    }),
  );
  const web = part("web", "web", {
    ...{ DATABASE_URL: postgres.appUrl, STORAGE_URL: store.webUrl, ...store.environment },
    ...{
      MEDIA_SECRET: SECRET,
      AUTH_SECRET: SECRET,
      HOST: "127.0.0.1",
      PORT: String(webPort),
      NODE_ENV: "production",
    },
  });
  const token = await tokenFor(postgres.appUrl);
  const { url } = cleanup.use(await tokenProxy(`http://127.0.0.1:${webPort}`, token));
  const startParts = () => Promise.all([relay, web, ...workers].map((one) => one.start()));
  const parts = [relay, ...workers, web];
  await startParts();

  const ffmpegOf = (cameraId: string) =>
    relay.pid === undefined
      ? []
      : processTree(relay.pid)
          .filter(({ command }) => /^\S*ffmpeg /.test(command) && command.includes(`/${cameraId}/`))
          .map(({ pid }) => pid);
  const killPostgres = async () => {
    const mark = `port=${postgres.port}`;
    for (const { pid, command } of processTree(process.pid)) {
      if (command.includes("postgres") && command.includes(mark)) killNow(pid);
    }
    // The fixture takes note of the end.
    await postgres.stop();
  };
  const moved = cleanup.move();
  const site: Site = {
    ...{ url, cameras, spool, relay, workers, web, postgres, redis, databaseNetwork, clock },
    ...{ storeNetwork: store.network, loseStore: store.lose, findStore: store.find },
    ffmpegOf,
    killPostgres,
    status: async () => {
      const response = await fetch(`http://127.0.0.1:${relayPort}/status`, {
        signal: AbortSignal.timeout(10_000),
      });
      return (await response.json()) as Status;
    },
    replay: async () => {
      const address = `http://127.0.0.1:${relayPort}/backlog/replay`;
      const response = await fetch(address, { method: "POST", signal: AbortSignal.timeout(10_000) });
      if (!response.ok)
        throw new Error(`The relay does not replay: ${response.status} ${await response.text()}`);
    },
    async killAll() {
      // What the relay has started would end a moment later, with the guard's help: a power cut does not wait.
      const below = relay.pid === undefined ? [] : processTree(relay.pid).map(({ pid }) => pid);
      for (const pid of [...below, ...parts.flatMap((one) => one.pid ?? [])]) killNow(pid);
      await Promise.all([...parts.map((one) => one.kill()), killPostgres(), redis?.kill()]);
    },
    async startAll() {
      await Promise.all([postgres.start(), redis?.restart()]);
      await startParts();
    },
    untilStored: (atMs, { timeoutMs = 60_000, cameras: some = cameras } = {}) =>
      untilStored({ url, atMs, timeoutMs, cameras: some }),
    complaints: async (sinceMs) => {
      const lines = await Promise.all(
        parts.map(async (one) =>
          (await one.complaints(sinceMs)).slice(-40).map((line) => line.slice(0, 600)),
        ),
      );
      return lines.flat().join("\n");
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
  try {
    await site.untilStored(Date.now() + (options.clock?.offsetMs ?? 0), { timeoutMs: 40_000 });
  } catch (error) {
    const complaints = await site.complaints(0);
    await site[Symbol.asyncDispose]();
    throw new Error(`The site does not record.\n${complaints}`, { cause: error });
  }
  return site;
}

/** JSON is YAML. */
function camerasYaml(cameras: readonly NumberedCamera[], segmentSeconds: number): string {
  return JSON.stringify({
    cameras: cameras.map(({ id, input }) => ({ id, input, segment_seconds: segmentSeconds, audio: false })),
  });
}

type Store = AsyncDisposable & {
  workerUrl: string;
  webUrl: string;
  network: FaultProxy | undefined;
  lose(): Promise<void>;
  find(): Promise<void>;
  environment: Record<string, string>;
};

async function openStore(kind: "file" | "s3", directory: string): Promise<Store> {
  if (kind === "file") {
    const path = join(directory, "store");
    await mkdir(path);
    const url = pathToFileURL(path).href;
    return {
      workerUrl: url,
      webUrl: url,
      network: undefined,
      environment: {},
      lose: () => rename(path, `${path}.away`),
      find: () => rename(`${path}.away`, path),
      async [Symbol.asyncDispose]() {},
    };
  }
  await using cleanup = new AsyncDisposableStack();
  const swift: SwiftServer = cleanup.use(await startSwift());
  const network = cleanup.use(await startFaultProxy(Number(new URL(swift.endpoint).port)));
  const moved = cleanup.move();
  return {
    workerUrl: swift.storageUrl({ endpoint: withPort(swift.endpoint, network.port) }),
    webUrl: swift.storageUrl(),
    network,
    lose: () => network.set({ kind: "refuse" }),
    find: () => network.set({ kind: "pass" }),
    environment: {
      AWS_ACCESS_KEY_ID: swift.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: swift.credentials.secretAccessKey,
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

async function untilStored({
  url,
  atMs,
  timeoutMs,
  cameras,
}: {
  url: string;
  atMs: number;
  timeoutMs: number;
  cameras: readonly NumberedCamera[];
}): Promise<void> {
  const range: TimeRange = { startMs: atMs, endMs: atMs + 3_600_000 };
  const signal = AbortSignal.timeout(timeoutMs);
  for (const { id } of cameras) {
    const covered = async () => {
      const { coverage } = await readTimeline({ url, camera: id, range, signal });
      return coverage.length > 0;
    };
    await waitFor(covered, { what: `footage of ${id} to be stored`, timeoutMs, intervalMs: 200, signal });
  }
}

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  // A URL without a path gets a slash, which an endpoint must not have.
  return changed.href.replace(/\/$/, "");
}

/** What has ended by itself meanwhile is as dead. */
function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
