/**
 * The one owner of a camera's restarts: records run after run, one attempt at a time, with a pause between
 * attempts that grows while they fail and starts anew after a healthy while. It watches the output, not the
 * process: FFmpeg may live and write nothing.
 */
import { mkdir } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { newRunId } from "@rokuga/media/ids.ts";
import { runDirectory, sequenceOf } from "@rokuga/media/spool_layout.ts";
import type { Guard } from "@rokuga/runtime/guard.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import { watch } from "chokidar";
import { Backoff } from "./backoff.ts";
import type { CameraConfig } from "./camera_config.ts";
import { type CaptureExit, startCapture } from "./capture.ts";
import { type FfmpegVersion, probeInput } from "./ffmpeg.ts";
import { captureArguments, type InputCodecs, needsProbe } from "./ffmpeg_arguments.ts";
import { type Publish, RunRecorder } from "./run_recorder.ts";

export type SupervisorOptions = {
  camera: CameraConfig;
  siteId: string;
  spool: string;
  guard: Guard;
  ffmpeg: { path: string; version: FfmpegVersion };
  publish: Publish;
  log: Log;
  times?: Partial<SupervisorTimes>;
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
        this.#log.error("cannot record because of an error of the relay", { error, stack: error?.stack });
        return { exit: { reason: "failed", detail: String(error?.message) }, recordedMs: 0 };
      });
      this.#runId = null;
      if (signal.aborted) break;
      if (recordedMs >= this.#times.healthyMs) backoff.reset();
      this.#failures = recordedMs > 0 ? 1 : this.#failures + 1;
      this.#lastProblem = exit.detail;
      // What is wrong may be that the camera now sends something else.
      if (recordedMs < this.#times.healthyMs) this.#codecs = undefined;
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
    const { camera, guard, ffmpeg, spool, siteId, publish } = this.#options;
    const inputOptions = { ffmpegMajor: ffmpeg.version.major, platform: process.platform, nowMs: Date.now() };
    if (needsProbe(camera.input) && !this.#codecs) {
      const probe = await probeInput(ffmpeg.path, camera.input, { guard, signal, ...inputOptions });
      if (!probe.ok) return { exit: { reason: "failed", detail: probe.reason }, recordedMs: 0 };
      this.#codecs = probe.codecs;
    }
    const runId = newRunId(Date.now(), Math.random());
    const directory = runDirectory(spool, { cameraId: camera.id, runId });
    await mkdir(directory, { recursive: true });
    this.#runId = runId;
    const recorder = new RunRecorder({
      spool,
      siteId,
      cameraId: camera.id,
      runId,
      publish,
      readClock,
      log: this.#log,
    });
    // Its own watcher for each run, on a directory that is still empty: a spool full of backlog is never walked.
    await using watcher = await watchFiles(directory, (sequence) => {
      recorder.fileChanged(sequence).catch((error) => {
        this.#log.error("cannot follow a segment", { runId, sequence, error, stack: error?.stack });
      });
    });
    const args = captureArguments(camera, {
      ...inputOptions,
      nowMs: Date.now(),
      codecs: this.#codecs,
      runDirectory: directory,
    });
    const capture = startCapture(guard, ffmpeg.path, args);
    const stop = () => capture.stop("stopped");
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const watchdog = setInterval(
      () => {
        if (recorder.started) this.#state = "recording";
        if (performance.now() - recorder.lastOutputMs > this.#times.watchdogMs) capture.stop("stalled");
      },
      Math.min(1_000, this.#times.watchdogMs / 4),
    );
    const startedMs = performance.now();
    try {
      const exit = await capture.exited;
      await watcher.close();
      const recordedMs = recorder.started ? performance.now() - startedMs : 0;
      await recorder.end(exit.reason, { whole: exit.whole });
      return { exit, recordedMs };
    } finally {
      clearInterval(watchdog);
      signal.removeEventListener("abort", stop);
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
