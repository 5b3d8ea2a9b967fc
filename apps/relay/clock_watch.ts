/**
 * Finds out when the wall clock was wrong. A machine without a battery for its clock starts hours off; footage
 * that it records before a time server is heard is placed wrongly. When the clock is then stepped, and is known to
 * follow a time server from there on, all runs that began before are off by that step, and told so
 * (`ClockCorrected`). A step of a clock that was right before, or of which nothing is known, moves no footage.
 *
 * What is remembered lies in the spool (`_clock.json`), so that a restart of the relay between the recording and
 * the step does not matter; a restart of the machine does: its steps cannot be told from its time off.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CameraId, RunId } from "@rokuga/media/ids.ts";
import { STEP_MS } from "@rokuga/media/run_clock.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import { z } from "zod";
import { type ClockState, type RunIdentity, writeAtomically } from "./spool.ts";

const Memory = z.strictObject({
  /** Tells one start of the machine from another. */
  bootId: z.string(),
  /** Wall clock minus uptime, ms: changes by steps only. */
  offsetMs: z.number(),
  /** Runs that began while the clock did not follow a time server, and by how much it was stepped since, ms. */
  suspects: z.array(z.strictObject({ cameraId: CameraId, runId: RunId, steppedMs: z.number() })),
});
type Memory = z.infer<typeof Memory>;

/** How often the clock's state is read, ms: while runs wait to be corrected, and otherwise. */
const SUSPECT_PAUSE_MS = 2_000;
const PAUSE_MS = 30_000;

export type Correction = { run: RunIdentity; byMs: number; seenMs: number };

export type ClockWatchOptions = {
  spool: string;
  readState: () => Promise<ClockState>;
  nowMs: () => number;
  /** Since the machine's start, ms; never stepped. */
  uptimeMs: () => number;
  readBootId: () => Promise<string>;
  onCorrection: (correction: Correction) => Promise<void>;
  log: Log;
};

export class ClockWatch {
  readonly #options: ClockWatchOptions;
  readonly #file: string;
  #memory: Memory;
  #state: ClockState;
  #readAtUptimeMs: number;

  private constructor(options: ClockWatchOptions, memory: Memory, state: ClockState) {
    this.#options = options;
    this.#file = join(options.spool, "_clock.json");
    this.#memory = memory;
    this.#state = state;
    this.#readAtUptimeMs = options.uptimeMs();
  }

  static async open(options: ClockWatchOptions): Promise<ClockWatch> {
    const { nowMs, uptimeMs, readBootId, readState, spool } = options;
    const bootId = await readBootId();
    const known = await readMemory(join(spool, "_clock.json"));
    const memory =
      known?.bootId === bootId ? known : { bootId, offsetMs: nowMs() - uptimeMs(), suspects: [] };
    return new ClockWatch(options, memory, await readState());
  }

  /** Of the wall clock, when it was last looked at. */
  get state(): ClockState {
    return this.#state;
  }

  /** A run begins. */
  async runBegins(run: RunIdentity): Promise<void> {
    if (this.#state !== "unsynchronised") return;
    const { cameraId, runId } = run;
    this.#memory.suspects.push({ cameraId, runId, steppedMs: 0 });
    await this.#remember();
  }

  /** Looks at the clock: to be called every second or so. */
  async look(): Promise<void> {
    const { nowMs, uptimeMs, log } = this.#options;
    const byMs = nowMs() - uptimeMs() - this.#memory.offsetMs;
    const stepped = Math.abs(byMs) > STEP_MS;
    this.#memory.offsetMs += byMs;
    if (stepped) {
      for (const suspect of this.#memory.suspects) suspect.steppedMs += byMs;
      log.warn("the wall clock was stepped", { byMs: Math.round(byMs), before: this.#state });
      await this.#remember();
    }
    await this.#readState({ atOnce: stepped });
    if (this.#state === "synchronised" && this.#memory.suspects.length > 0) await this.#correct();
  }

  /** Asking is a process each time: not with every look. */
  async #readState({ atOnce }: { atOnce: boolean }): Promise<void> {
    const { uptimeMs, readState } = this.#options;
    const pauseMs = this.#memory.suspects.length > 0 ? SUSPECT_PAUSE_MS : PAUSE_MS;
    if (!atOnce && uptimeMs() - this.#readAtUptimeMs < pauseMs) return;
    this.#readAtUptimeMs = uptimeMs();
    this.#state = await readState();
  }

  async #correct(): Promise<void> {
    const { nowMs, onCorrection } = this.#options;
    const seenMs = Math.round(nowMs());
    for (const { cameraId, runId, steppedMs } of this.#memory.suspects) {
      const byMs = Math.round(steppedMs);
      if (byMs !== 0) await onCorrection({ run: { cameraId, runId }, byMs, seenMs });
    }
    this.#memory.suspects = [];
    await this.#remember();
  }

  async #remember(): Promise<void> {
    await writeAtomically(this.#file, JSON.stringify(this.#memory));
  }
}

async function readMemory(file: string): Promise<Memory | undefined> {
  try {
    return Memory.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return undefined;
  }
}

/** Linux says it; elsewhere one start of the relay is as good as one of the machine. */
export async function readBootId(): Promise<string> {
  return await readFile("/proc/sys/kernel/random/boot_id", "utf8").then(
    (text) => text.trim(),
    () => crypto.randomUUID(),
  );
}
