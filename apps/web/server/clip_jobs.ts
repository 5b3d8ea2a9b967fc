/**
 * Clips that are made in the background: a list of jobs in memory and a file for each that is ready. Bounded in number,
 * bytes and age; made one after the other. Nothing here is missed when it is lost: the same clip can be asked for
 * again, which is why the database knows nothing of it.
 *
 * Known limit: a job is known to the process that was asked for it. Where several answer the same address, a client
 * has to be led to the same one again (a load balancer's sticky sessions).
 */
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ClipJobView } from "@rokuga/media/clip_api.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import { freeBytes } from "./clip_files.ts";
import type { ClipAsked } from "./clip_request.ts";

export type ClipJobLimits = {
  /** Jobs that are kept, ready, failed or waiting. */
  count: number;
  /** Of all files together, with those that are going to be made. */
  bytes: number;
  /** How long a file is kept, ms. */
  ageMs: number;
  /** What is left free on the disk, bytes. */
  freeBytes: number;
};

/** Makes the file of a clip. Throws what {@link ClipJobsOptions.explain} understands. */
export type MakeClip = (
  asked: ClipAsked,
  options: { path: string; signal: AbortSignal; onProgress: (progress: number) => void },
) => Promise<number>;

export type ClipJobsOptions = {
  /** An empty directory of this process's own. */
  directory: string;
  make: MakeClip;
  /** What went wrong and what to do, for a person; undefined for what nobody has foreseen. */
  explain: (error: unknown) => string | undefined;
  limits: ClipJobLimits;
  log: Log;
  clock?: () => number;
};

/** There is no room for another clip: the message says why and what to do. */
export class NoRoomError extends Error {
  override name = "NoRoomError";
}

export type ReadyClip = { id: string; asked: ClipAsked; path: string; bytes: number };

type Job = {
  readonly id: string;
  readonly asked: ClipAsked;
  readonly createdMs: number;
  /** What its file has, or is about to have. */
  bytes: number;
  state: ClipJobView["state"];
  progress: number;
  problem: string | null;
  readyMs: number | null;
  readonly stop: AbortController;
};

/** How often what is too old is looked for, ms. */
const PRUNE_MS = 60_000;

export class ClipJobs implements AsyncDisposable {
  readonly #options: ClipJobsOptions;
  readonly #clock: () => number;
  /** In the order in which they were asked for. */
  readonly #jobs = new Map<string, Job>();
  readonly #timer: NodeJS.Timeout;
  #isWorking = false;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: ClipJobsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#timer = setInterval(() => void this.prune(), PRUNE_MS);
    this.#timer.unref();
  }

  /**
   * Takes a job. `bytes`: how large its file is going to be, about. Older files make room; throws
   * {@link NoRoomError} when that is not enough.
   */
  async create(asked: ClipAsked, bytes: number): Promise<ClipJobView> {
    await this.prune();
    await this.#makeRoom(bytes);
    const job: Job = {
      id: randomUUID(),
      asked,
      createdMs: this.#clock(),
      bytes,
      state: "queued",
      progress: 0,
      problem: null,
      readyMs: null,
      stop: new AbortController(),
    };
    this.#jobs.set(job.id, job);
    if (!this.#isWorking) this.#work = this.#workThrough();
    return this.#view(job);
  }

  get(id: string): ClipJobView | undefined {
    const job = this.#jobs.get(id);
    return job && this.#view(job);
  }

  /** The file of a job that is ready. */
  ready(id: string): ReadyClip | undefined {
    const job = this.#jobs.get(id);
    if (job?.state !== "ready") return undefined;
    return { id, asked: job.asked, path: this.#path(id), bytes: job.bytes };
  }

  /** Ends the job, whatever it is at, and removes its file. False when there is none. */
  async remove(id: string): Promise<boolean> {
    const job = this.#jobs.get(id);
    if (!job) return false;
    this.#jobs.delete(id);
    job.stop.abort(new Error("the clip is not wanted any more"));
    await rm(this.#path(id), { force: true });
    return true;
  }

  /** Removes what is too old. */
  async prune(): Promise<void> {
    const since = this.#clock() - this.#options.limits.ageMs;
    for (const { id, state, readyMs, createdMs } of [...this.#jobs.values()]) {
      const isDone = state === "ready" || state === "failed";
      if (isDone && (readyMs ?? createdMs) < since) await this.remove(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const { stop } of this.#jobs.values()) stop.abort(new Error("the web app stops"));
    await this.#work;
    await rm(this.#options.directory, { recursive: true, force: true });
  }

  async #makeRoom(bytes: number): Promise<void> {
    const { limits, directory } = this.#options;
    const gigabytes = (value: number) => `${(value / 1e9).toFixed(1)} GB`;
    if (bytes > limits.bytes) {
      throw new NoRoomError(
        `The clip would have ${gigabytes(bytes)}, and ${gigabytes(limits.bytes)} are set aside for clips. ` +
          "Ask for a shorter range, or raise CLIPS_LIMIT_BYTES.",
      );
    }
    const isOver = () =>
      this.#jobs.size >= limits.count ||
      bytes + [...this.#jobs.values()].reduce((sum, job) => sum + job.bytes, 0) > limits.bytes;
    while (isOver()) {
      const oldest = [...this.#jobs.values()].find(({ state }) => state === "ready" || state === "failed");
      if (!oldest) {
        throw new NoRoomError("Other clips are being made and leave no room. Try again when they are ready.");
      }
      await this.remove(oldest.id);
    }
    const free = await freeBytes(directory);
    if (free - bytes < limits.freeBytes) {
      throw new NoRoomError(
        `The clip would have ${gigabytes(bytes)}, and the disk for clips has ${gigabytes(free)} free, of which ` +
          `${gigabytes(limits.freeBytes)} stay free. Free some space, ask for a shorter range, or set CLIPS_DIR to another disk.`,
      );
    }
  }

  /** Makes one after the other, as long as there is something to make. */
  async #workThrough(): Promise<void> {
    this.#isWorking = true;
    for (;;) {
      const job = [...this.#jobs.values()].find(({ state }) => state === "queued");
      if (!job || this.#isClosed) {
        this.#isWorking = false;
        return;
      }
      await this.#make(job);
    }
  }

  async #make(job: Job): Promise<void> {
    const { make, explain, log } = this.#options;
    const fields = { clip: job.id, camera: job.asked.cameraId, ...job.asked.range };
    job.state = "running";
    try {
      job.bytes = await make(job.asked, {
        path: this.#path(job.id),
        signal: job.stop.signal,
        onProgress: (progress) => {
          job.progress = progress;
        },
      });
      // It may have been removed in the last moment.
      if (job.stop.signal.aborted) return await rm(this.#path(job.id), { force: true });
      job.state = "ready";
      job.progress = 1;
      job.readyMs = this.#clock();
      log.info("a clip is ready", { ...fields, bytes: job.bytes });
    } catch (error) {
      if (job.stop.signal.aborted) return;
      job.state = "failed";
      job.bytes = 0;
      const reason = explain(error);
      job.problem = reason ?? "The clip could not be made because of an error of the server. It was logged.";
      if (reason !== undefined) log.warn("a clip could not be made", { ...fields, error });
      else log.error("a clip could not be made", { ...fields, error, stack: stackOf(error) });
    }
  }

  #path(id: string): string {
    return join(this.#options.directory, `${id}.mp4`);
  }

  #view(job: Job): ClipJobView {
    const { id, asked, state, progress, problem, createdMs, readyMs } = job;
    const isReady = state === "ready";
    return {
      ...{ id, cameraId: asked.cameraId, ...asked.range, state, progress, problem, createdMs },
      bytes: isReady ? job.bytes : null,
      expiresMs: readyMs === null ? null : readyMs + this.#options.limits.ageMs,
    };
  }
}

const stackOf = (error: unknown) => (error instanceof Error ? error.stack : undefined);
