/**
 * A random run: a site with two RTSP cameras and a looped file records, a plan of faults happens to it, everything is
 * healed, and every frame is accounted for.
 */
import { randomBytes } from "node:crypto";
import { readdir, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { GapCause } from "@rokuga/media/gap_cause.ts";
import { makeLoopedFile } from "../fixtures/looped_file.ts";
import { type RtspServer, startRtspServer } from "../fixtures/rtsp_server.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { CAMERA } from "./camera_options.ts";
import { type FaultKind, type PlannedFault, planFaults } from "./fault_plan.ts";
import type { Account, Expectation } from "./frames.ts";
import { fileCamera, rtspCamera } from "./numbered_camera.ts";
import { accountSite, drain } from "./scenario.ts";
import { type Site, startSite } from "./site.ts";

export type RandomRun = {
  faults: PlannedFault[];
  accounts: Account[];
  /** How long storing what was recorded took in the end, ms; undefined when it was not done in time. */
  drainedMs: number | undefined;
  /** Warnings and errors of the parts. */
  complaints: string;
};

/** After the last fault a camera that failed often may pause for a minute before it is tried again. */
const HEALED_MS = 120_000;
const DRAIN_MS = 120_000;
/** A fault explains a gap that begins within this after its end, ms: a relay that starts takes its time. */
const AFTER_MS = 10_000;

/** Does the run. `say` gets a line for everything that happens. */
export async function runRandomFaults(
  { seed, seconds }: { seed: number; seconds: number },
  say: (line: string) => void,
): Promise<RandomRun> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await tempDirectory("faults"));
  const servers = new Map<string, RtspServer>();
  for (const id of ["door", "yard"]) servers.set(id, stack.use(await startRtspServer(CAMERA)));
  const file = await makeLoopedFile({ path: join(directory.path, "loop.mp4") });
  const cameras = [...[...servers].map(([id, server]) => rtspCamera(id, server)), fileCamera("loop", file)];
  const site = stack.use(await startSite({ cameras, store: "s3", workers: 2 }));
  await site.workers[1]!.stop();

  const startMs = Date.now();
  const faults = planFaults({
    seed,
    seconds,
    servedCameras: [...servers.keys()],
    cameras: cameras.map(({ id }) => id),
  });
  const happened = await happen(site, { faults, servers, seconds, say });
  say(`${clock(Date.now() - startMs)} everything is healed`);
  await heal(site, servers);
  await site.untilStored(Date.now(), { timeoutMs: HEALED_MS });
  const window = { startMs, endMs: Date.now() };
  const drainedMs = await drain(site, window, DRAIN_MS);
  const accounts = await accountSite(site, {
    window,
    expected: ({ id }) => happened.filter(({ camera }) => camera === undefined || camera === id),
  });
  return { faults, accounts, drainedMs, complaints: await site.complaints(startMs) };
}

type Happening = {
  faults: readonly PlannedFault[];
  servers: ReadonlyMap<string, RtspServer>;
  seconds: number;
  say: (line: string) => void;
};

type Happened = Expectation & { camera: string | undefined };

/** Lets the faults happen and undoes them, each at its time. Resolves with the gaps that they explain. */
async function happen(site: Site, { faults, servers, seconds, say }: Happening): Promise<Happened[]> {
  const startMs = Date.now();
  const until = (ms: number) => delay(Math.max(0, startMs + ms - Date.now()));
  const happened: Happened[] = [];
  const one = async ({ kind, atMs, forMs, camera }: PlannedFault) => {
    await until(atMs);
    say(`${clock(atMs)} ${describe(kind, camera)}, for ${(forMs / 1000).toFixed(1)} s`);
    const expectation = {
      causes: CAUSES[kind],
      camera,
      // What is damaged in the spool was recorded before.
      startMs: kind === "segment-damaged" ? 0 : Date.now(),
      endMs: Number.POSITIVE_INFINITY,
    };
    if (expectation.causes.length > 0) happened.push(expectation);
    const fault = doFault(site, { kind, camera, server: servers.get(camera ?? ""), random: atMs });
    await fault.begin();
    await until(atMs + forMs);
    await fault.end();
    expectation.endMs = Date.now() + AFTER_MS;
    say(`${clock(Date.now() - startMs)}   … ${describe(kind, camera)}: over`);
  };
  const all = await Promise.allSettled([...faults.map(one), until(seconds * 1000)]);
  for (const result of all) if (result.status === "rejected") throw result.reason;
  return happened;
}

const CAUSES: Record<FaultKind, readonly GapCause[]> = {
  "store-refuses": [],
  "store-silent": [],
  "store-busy": [],
  "store-slow": [],
  "store-resets": [],
  "database-refuses": [],
  "database-silent": [],
  "database-killed": [],
  "queue-killed": [],
  "queue-wiped": [],
  "worker-killed": [],
  "worker-stopped": [],
  "second-worker": [],
  replayed: [],
  "segment-damaged": ["corrupt"],
  // What follows the new start of the relay is the camera being connected to.
  "relay-killed": ["relay-stopped", "camera-unreachable"],
  "relay-stopped": ["relay-stopped", "camera-unreachable"],
  "ffmpeg-killed": ["relay-stopped", "camera-unreachable"],
  "ffmpeg-frozen": ["relay-stopped", "camera-unreachable"],
  "camera-gone": ["camera-unreachable"],
  "camera-silent": ["camera-unreachable"],
  "all-killed": ["relay-stopped", "camera-unreachable"],
};

type Doing = { begin(): Promise<void>; end(): Promise<void> };
type DoOptions = {
  kind: FaultKind;
  camera: string | undefined;
  server: RtspServer | undefined;
  /** Decides what is left to chance. */
  random: number;
};

function doFault(site: Site, options: DoOptions): Doing {
  return networkFault(site, options.kind) ?? processFault(site, options.kind) ?? cameraFault(site, options);
}

function networkFault(site: Site, kind: FaultKind): Doing | undefined {
  const { storeNetwork: store, databaseNetwork: database } = site;
  const faults = {
    "store-refuses": [store!, { kind: "refuse" }],
    "store-silent": [store!, { kind: "black-hole" }],
    "store-busy": [store!, { kind: "http-503" }],
    "store-slow": [store!, { kind: "slow", bytesPerSecond: 30_000 }],
    "store-resets": [store!, { kind: "reset" }],
    "database-refuses": [database, { kind: "refuse" }],
    "database-silent": [database, { kind: "black-hole" }],
  } as const;
  if (!(kind in faults)) return undefined;
  const [network, mode] = faults[kind as keyof typeof faults];
  return { begin: () => network.set(mode), end: () => network.set({ kind: "pass" }) };
}

function processFault(site: Site, kind: FaultKind): Doing | undefined {
  const { relay, redis, postgres } = site;
  const [worker, second] = site.workers;
  const faults: Partial<Record<FaultKind, Doing>> = {
    "database-killed": { begin: () => site.killPostgres(), end: () => postgres.start() },
    "queue-killed": { begin: () => redis!.kill(), end: () => redis!.restart() },
    "queue-wiped": { begin: () => redis!.kill(), end: () => redis!.restart({ wiped: true }) },
    "worker-killed": { begin: () => worker!.kill(), end: () => start(() => worker!.start()) },
    "worker-stopped": { begin: () => worker!.stop(), end: () => start(() => worker!.start()) },
    "second-worker": { begin: () => start(() => second!.start()), end: () => second!.kill() },
    "relay-killed": { begin: () => relay.kill(), end: () => start(() => relay.start()) },
    "relay-stopped": { begin: () => relay.stop(), end: () => start(() => relay.start()) },
    "all-killed": { begin: () => site.killAll(), end: () => start(() => site.startAll()) },
    // The relay may be away: then there is nobody to ask.
    replayed: { begin: () => site.replay().catch(() => undefined), end: async () => undefined },
  };
  return faults[kind];
}

/** A part that cannot start (what it needs is away) is started when all is healed. */
async function start(begin: () => Promise<void>): Promise<void> {
  await begin().catch(() => undefined);
}

function cameraFault(site: Site, { kind, camera, server, random }: DoOptions): Doing {
  let frozen: number[] = [];
  const signalAll = (pids: readonly number[], signal: NodeJS.Signals) => {
    for (const pid of pids) trySignal(pid, signal);
  };
  const nothing = async () => undefined;
  switch (kind) {
    case "ffmpeg-killed":
      return { begin: async () => signalAll(site.ffmpegOf(camera!), "SIGKILL"), end: nothing };
    case "ffmpeg-frozen":
      return {
        begin: async () => {
          frozen = site.ffmpegOf(camera!);
          signalAll(frozen, "SIGSTOP");
        },
        end: async () => signalAll(frozen, "SIGCONT"),
      };
    case "camera-gone":
      return { begin: () => server!.stop(), end: () => server!.start() };
    case "camera-silent":
      return { begin: async () => server!.freeze(), end: async () => server!.thaw() };
    case "segment-damaged":
      return { begin: () => damageSegment(site.spool, random), end: nothing };
    default:
      throw new Error(`Nobody knows how to do ${kind}`);
  }
}

function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Damages a closed segment that waits, if there is one. */
async function damageSegment(spool: string, random: number): Promise<void> {
  const names = await readdir(spool, { recursive: true }).catch(() => []);
  const closed = names.filter((name) => /^[a-z]+\/[0-9a-z]{13}\/\d+\.ts$/.test(name)).sort();
  const victim = closed[random % Math.max(1, closed.length)];
  if (victim === undefined) return;
  const path = join(spool, victim);
  try {
    const { size } = await stat(path);
    if (random % 2 === 0) await truncate(path, Math.floor(size / 2));
    else await writeFile(path, randomBytes(Math.floor(size / 3)), { flag: "r+" });
  } catch (error) {
    // It was stored and deleted just now.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

async function heal(site: Site, servers: ReadonlyMap<string, RtspServer>): Promise<void> {
  await site.storeNetwork?.set({ kind: "pass" });
  await site.databaseNetwork.set({ kind: "pass" });
  await Promise.all([...servers.values()].map((server) => server.start()));
  await site.startAll();
}

function describe(kind: FaultKind, camera: string | undefined): string {
  const words = kind.replaceAll("-", " ");
  return camera === undefined ? words : `${words} (${camera})`;
}

/** `mm:ss` */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}
