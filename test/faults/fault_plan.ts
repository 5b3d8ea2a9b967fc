/**
 * What a random run does to a site, and when: a function of the seed, so that a run that found something can be had
 * again. Pure; random_faults.ts does it.
 */

/** Everything that can be done, and what it is done to. No two faults of one thing overlap. */
export const FAULTS = [
  { kind: "store-refuses", thing: "store" },
  { kind: "store-silent", thing: "store" },
  { kind: "store-busy", thing: "store" },
  { kind: "store-slow", thing: "store" },
  { kind: "store-resets", thing: "store" },
  { kind: "database-refuses", thing: "database" },
  { kind: "database-silent", thing: "database" },
  { kind: "database-killed", thing: "database" },
  { kind: "queue-killed", thing: "queue" },
  { kind: "queue-wiped", thing: "queue" },
  { kind: "worker-killed", thing: "worker" },
  { kind: "worker-stopped", thing: "worker" },
  { kind: "second-worker", thing: "second worker" },
  { kind: "relay-killed", thing: "relay" },
  { kind: "relay-stopped", thing: "relay" },
  { kind: "replayed", thing: "hand" },
  { kind: "segment-damaged", thing: "spool" },
  { kind: "ffmpeg-killed", thing: "camera" },
  { kind: "ffmpeg-frozen", thing: "camera" },
  { kind: "camera-gone", thing: "camera" },
  { kind: "camera-silent", thing: "camera" },
  { kind: "all-killed", thing: "all" },
] as const;

export type FaultKind = (typeof FAULTS)[number]["kind"];

export type PlannedFault = {
  kind: FaultKind;
  /** From the start of the run, ms. */
  atMs: number;
  /** Until it is undone, ms. */
  forMs: number;
  /** What it is done to. */
  camera: string | undefined;
};

export type PlanOptions = {
  seed: number;
  seconds: number;
  /** Cameras with a server of their own, and all cameras. */
  servedCameras: readonly string[];
  cameras: readonly string[];
};

/** Nothing happens before, so that there is something to hurt. */
const FIRST_MS = 3_000;
const SHORTEST_MS = 500;
const LONGEST_MS = 8_000;
/** From fault to fault. */
const LEAST_PAUSE_MS = 500;
const MOST_PAUSE_MS = 4_000;
/** A thing is left alone for so long after a fault, so that its recovery begins. */
const REST_MS = 2_000;

/** The faults of a run, in order of time. All of them are over when the run is. */
export function planFaults(options: PlanOptions): PlannedFault[] {
  const random = randomNumbers(options.seed);
  const between = (least: number, most: number) => Math.round(least + random() * (most - least));
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const endMs = options.seconds * 1000;
  const busyUntil = new Map<string, number>();
  const plan: PlannedFault[] = [];
  for (let atMs = FIRST_MS; atMs < endMs; atMs += between(LEAST_PAUSE_MS, MOST_PAUSE_MS)) {
    // Drawn whether they are used or not, so that a plan does not depend on what was left out.
    const { kind, thing } = pick(FAULTS);
    const camera = pick(kind.startsWith("camera-") ? options.servedCameras : options.cameras);
    const forMs = between(SHORTEST_MS, LONGEST_MS);
    const name = thing === "camera" ? `camera ${camera}` : thing;
    const busy =
      thing === "all"
        ? Math.max(0, ...busyUntil.values())
        : Math.max(busyUntil.get(name) ?? 0, busyUntil.get("all") ?? 0);
    if (busy > atMs || atMs + forMs > endMs) continue;
    busyUntil.set(name, atMs + forMs + REST_MS);
    plan.push({ kind, atMs, forMs, camera: thing === "camera" ? camera : undefined });
  }
  return plan;
}

/** Mulberry32 (public domain, Tommy Ettinger): numbers in [0, 1) that a seed of 32 bits determines. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
