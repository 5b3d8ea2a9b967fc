/**
 * The one owner of a camera's restarts: records run after run, one attempt at a time, with a pause between
 * attempts that grows while they fail and starts anew after a healthy while. It watches the output, not the
 * process: FFmpeg may live and write nothing.
 */
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { newRunId } from "@rokuga/media/ids.ts";
import { openDirectory, sequenceOf } from "@rokuga/media/spool_layout.ts";
import type { Guard } from "@rokuga/runtime/guard.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import { watch } from "chokidar";
import { Backoff } from "./backoff.ts";
import type { CameraConfig } from "./camera_config.ts";
import { type Capture, type CaptureExit, startCapture } from "./capture.ts";
import type { ChainHeads } from "./chain_heads.ts";
import { type FfmpegVersion, probeInput } from "./ffmpeg.ts";
import { captureArguments, type InputCodecs, needsProbe } from "./ffmpeg_arguments.ts";
import { type Publish, RunRecorder } from "./run_recorder.ts";
import type { ClockState, RunIdentity } from "./spool.ts";

export type SupervisorOptions = {
  camera: CameraConfig;
  siteId: string;
  spool: string;
  guard: Guard;
  ffmpeg: { path: string; version: FfmpegVersion };
  publish: Publish;
  chain: ChainHeads;
  runs: RunKeeper;
  log: Log;
  times?: Partial<SupervisorTimes>;
};

/** Who has to know when runs begin and end. */
export type RunKeeper = {
  /** A run is about to begin. Resolves with the state of the clock. */
  begins(run: RunIdentity): Promise<ClockState>;
  /** The recorder is done with a run, and nothing is left over. */
  ended(run: RunIdentity): Promise<void>;
  /** Nobody records this run, and it is not finished. */
  restore(run: RunIdentity): Promise<void>;
};

export type SupervisorTimes = {
  /** First and longest pause before a new attempt, ms. */
  firstPauseMs: number;
  longestPauseMs: number;
  /** No new bytes for this long ends an attempt, ms. Connecting counts. */
  watchdogMs: number;
  /** After recording for this long the next pause is the first one again, ms. */
  healthyMs: number;
};

const TIMES: SupervisorTimes = {
  firstPauseMs: 1_000,
  longestPauseMs: 60_000,
  watchdogMs: 15_000,
  healthyMs: 30_000,
};

/** Between attempts to close a run, ms. */
const FINISH_PAUSE_MS = 1_000;

/** What a camera is doing, for the status API. */
export type CameraStatus = {
  id: string;
  name: string;
  state: "starting" | "recording" | "pausing" | "stopped";
  runId: string | null;
  /** Failed attempts since it last recorded. */
  failures: number;
  /** Why the last attempt ended; no address, no password. */
  lastProblem: string | null;
};

type Attempt = { exit: Pick<CaptureExit, "reason" | "detail">; recordedMs: number };

const readClock = () => ({ wallMs: Date.now(), monotonicMs: performance.now() });

export class CameraSupervisor {
  readonly camera: CameraConfig;
  readonly #options: SupervisorOptions;
  readonly #times: SupervisorTimes;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #codecs: InputCodecs | undefined;
  #state: CameraStatus["state"] = "starting";
  #runId: string | null = null;
  #recorder: RunRecorder | undefined;
  #failures = 0;
  #lastProblem: string | null = null;

  /** Starts recording at once. */
  constructor(options: SupervisorOptions) {
    this.camera = options.camera;
    this.#options = options;
    this.#times = { ...TIMES, ...options.times };
    this.#log = options.log.with({ camera: options.camera.id });
    this.#done = this.#keepRecording();
  }

  get status(): CameraStatus {
    return {
      id: this.camera.id,
      name: this.camera.name ?? this.camera.id,
      state: this.#state,
      runId: this.#runId,
      failures: this.#failures,
      lastProblem: this.#lastProblem,
    };
  }

  /** From when on the footage is not closed yet; undefined while nothing is recorded. */
  get openSinceMs(): number | undefined {
    return this.#recorder?.openSinceMs;
  }

  /** Notes that the current run was placed by a wrong clock. */
  async correctClock(byMs: number): Promise<void> {
    await this.#recorder?.correctClock(byMs);
  }

  /** Ends the run and resolves when its segments are closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #keepRecording(): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = new Backoff({
      firstMs: this.#times.firstPauseMs,
      longestMs: this.#times.longestPauseMs,
      random: Math.random,
    });
    while (!signal.aborted) {
      this.#state = "starting";
      const { exit, recordedMs } = await this.#attempt(signal).catch((error): Attempt => {
        if (signal.aborted)
          return { exit: { reason: "stopped", detail: "recording was stopped" }, recordedMs: 0 };
        this.#log.error("cannot record because of an error of the relay", { error, stack: error?.stack });
        return { exit: { reason: "failed", detail: String(error?.message) }, recordedMs: 0 };
      });
      this.#runId = null;
      this.#recorder = undefined;
      if (signal.aborted) break;
      if (recordedMs >= this.#times.healthyMs) backoff.reset();
      this.#failures = recordedMs > 0 ? 1 : this.#failures + 1;
      this.#lastProblem = exit.detail;
      // What is wrong may be that the camera now sends something else.
      if (recordedMs < this.#times.healthyMs) this.#codecs = undefined;
      // The camera is there: it only sends something else.
      if (exit.reason === "changed" && recordedMs >= this.#times.healthyMs) continue;
      const pauseMs = backoff.next();
      this.#state = "pausing";
      this.#log.warn("the camera is not recorded", {
        problem: exit.detail,
        reason: exit.reason,
        attempt: this.#failures,
        nextAttemptInMs: pauseMs,
      });
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
    this.#state = "stopped";
  }

  async #attempt(signal: AbortSignal): Promise<Attempt> {
    const { camera, guard, ffmpeg, spool, siteId, publish, chain, runs } = this.#options;
    const inputOptions = { ffmpegMajor: ffmpeg.version.major, platform: process.platform, nowMs: Date.now() };
    if (needsProbe(camera.input) && !this.#codecs) {
      const probe = await probeInput(ffmpeg.path, camera.input, { guard, signal, ...inputOptions });
      if (!probe.ok) return { exit: { reason: "failed", detail: probe.reason }, recordedMs: 0 };
      this.#codecs = probe.codecs;
    }
    const runId = newRunId(Date.now(), Math.random());
    const run = { cameraId: camera.id, runId };
    // From here on nobody else touches the run's directory.
    this.#runId = runId;
    const clock = await runs.begins(run);
    const recorder = new RunRecorder({
      spool,
      siteId,
      ...run,
      clock,
      publish,
      chain,
      readClock,
      onChange: () => capture?.stop("changed"),
      onSplit: (split) => void runs.restore(split),
      log: this.#log,
    });
    this.#recorder = recorder;
    await recorder.prepare();
    let capture: Capture | undefined;
    // Its own watcher for each run, on a directory that only ever holds what is being written: a spool full of
    // backlog is never walked.
    await using watcher = await watchFiles(openDirectory(spool, run), (sequence) => {
      recorder.fileChanged(sequence).catch((error) => {
        this.#log.error("cannot follow a segment", { runId, sequence, error, stack: error?.stack });
        capture?.stop("failed");
      });
    });
    const args = captureArguments(camera, {
      ...inputOptions,
      nowMs: Date.now(),
      codecs: this.#codecs,
      outputDirectory: openDirectory(spool, run),
    });
    const startedMs = performance.now();
    capture = startCapture(guard, ffmpeg.path, args);
    const exit = await this.#watch(capture, recorder, signal);
    await watcher.close();
    const recordedMs = recorder.started ? performance.now() - startedMs : 0;
    await this.#finish(run, { recorder, exit, signal });
    return { exit, recordedMs };
  }

  /** Ends FFmpeg when it has written nothing for too long, and at the signal. */
  async #watch(capture: Capture, recorder: RunRecorder, signal: AbortSignal): Promise<CaptureExit> {
    const { watchdogMs } = this.#times;
    const stop = () => capture.stop("stopped");
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const look = () => {
      if (recorder.started) this.#state = "recording";
      if (performance.now() - recorder.lastOutputMs > watchdogMs) capture.stop("stalled");
    };
    const watchdog = setInterval(look, Math.min(1_000, watchdogMs / 4));
    try {
      return await capture.exited;
    } finally {
      clearInterval(watchdog);
      signal.removeEventListener("abort", stop);
    }
  }

  /** Closes the run. While that is impossible (the disk is full), nothing could be recorded either. */
  async #finish(
    run: RunIdentity,
    { recorder, exit, signal }: { recorder: RunRecorder; exit: CaptureExit; signal: AbortSignal },
  ): Promise<void> {
    const { runs } = this.#options;
    for (;;) {
      try {
        const { leftover } = await recorder.end(exit.reason, { whole: exit.whole });
        // Neither is waited for: the next attempt is more urgent.
        this.#runId = null;
        void (leftover ? runs.restore(run) : runs.ended(run));
        return;
      } catch (error) {
        this.#log.error("cannot close a run; trying again", { runId: run.runId, error });
        // The next start of the relay finds what is left.
        if (signal.aborted) return;
        await sleep(FINISH_PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

async function watchFiles(
  directory: string,
  onSegment: (sequence: number) => void,
): Promise<{ close(): Promise<void> } & AsyncDisposable> {
  const watcher = watch(directory, { depth: 0, persistent: true });
  const tell = (path: string) => {
    const sequence = sequenceOf(basename(path));
    if (sequence !== undefined) onSegment(sequence);
  };
  watcher.on("add", tell);
  watcher.on("change", tell);
  await new Promise<void>((resolve, reject) => {
    watcher.once("ready", resolve);
    watcher.once("error", (cause) => reject(new Error(`Cannot watch ${directory}`, { cause })));
  });
  return { close: () => watcher.close(), [Symbol.asyncDispose]: () => watcher.close() };
}
