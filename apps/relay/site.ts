/**
 * The cameras of this site: one supervisor for each entry of the config, started, stopped and restarted as the
 * config changes. Tells the cloud of cameras by name, never by address.
 */
import { isDeepStrictEqual } from "node:util";
import type { Log } from "@rokuga/runtime/log.ts";
import type { SiteConfig } from "./camera_config.ts";
import { type CameraStatus, CameraSupervisor, type SupervisorOptions } from "./camera_supervisor.ts";
import type { PublishedOptions } from "./published_facts.ts";
import { PublishedNames } from "./published_names.ts";
import { PublishedRetention } from "./published_retention.ts";
import type { OpenFootage } from "./reporter.ts";
import type { RunIdentity } from "./spool.ts";

/** Between attempts to tell what the config says, ms. */
const TELL_PAUSE_MS = 5_000;

export type SiteOptions = Omit<SupervisorOptions, "camera" | "siteId">;

export class Site {
  readonly #options: SiteOptions;
  readonly #supervisors = new Map<string, CameraSupervisor>();
  readonly #names: PublishedNames;
  readonly #retention: PublishedRetention;
  readonly #log: Log;
  #tellTimer: NodeJS.Timeout | undefined;

  constructor(options: SiteOptions) {
    this.#options = options;
    this.#log = options.log;
    const published: PublishedOptions = {
      spool: options.spool,
      publish: (event) => options.publish.events([event]),
      nowMs: Date.now,
    };
    this.#names = new PublishedNames(published);
    this.#retention = new PublishedRetention(published);
  }

  get cameras(): CameraStatus[] {
    return [...this.#supervisors.values()].map((supervisor) => supervisor.status);
  }

  /** What is being recorded and not closed yet. */
  get openFootage(): OpenFootage[] {
    return [...this.#supervisors].flatMap(([cameraId, { openSinceMs }]) =>
      openSinceMs === undefined ? [] : [{ cameraId, sinceMs: openSinceMs }],
    );
  }

  /** Notes that a run was placed by a wrong clock, if it is the one being recorded. */
  async correctClock(run: RunIdentity, byMs: number): Promise<boolean> {
    if (!this.isCurrent(run)) return false;
    await this.#supervisors.get(run.cameraId)?.correctClock(byMs);
    return true;
  }

  isCurrent(run: RunIdentity): boolean {
    return this.#supervisors.get(run.cameraId)?.status.runId === run.runId;
  }

  /** Makes what runs agree with the config: only cameras whose entry changed are touched. */
  async apply(config: SiteConfig): Promise<void> {
    // How long footage is kept has nothing to do with recording it: nobody is interrupted for it.
    const cameras = config.cameras.map(({ retention: _, ...camera }) => camera);
    const wanted = new Map(cameras.map((camera) => [camera.id, camera]));
    const leaving = [...this.#supervisors].filter(
      ([id, running]) => !isDeepStrictEqual(running.camera, wanted.get(id)),
    );
    await Promise.all(leaving.map(([, supervisor]) => supervisor[Symbol.asyncDispose]()));
    for (const [id] of leaving) {
      this.#supervisors.delete(id);
      if (!wanted.has(id)) this.#log.info("camera removed from the config", { camera: id });
    }
    await this.#tell(config);
    for (const camera of cameras) {
      if (this.#supervisors.has(camera.id)) continue;
      this.#supervisors.set(
        camera.id,
        new CameraSupervisor({ ...this.#options, camera, siteId: config.site.id }),
      );
    }
  }

  /** A disk that is full keeps nobody from recording: then it is tried again later. */
  async #tell(config: SiteConfig): Promise<void> {
    clearTimeout(this.#tellTimer);
    try {
      await this.#names.publish(config);
      await this.#retention.publish(config);
    } catch (error) {
      this.#log.warn("cannot tell the names of the cameras and how long they are kept; trying again", {
        error,
      });
      this.#tellTimer = setTimeout(() => void this.#tell(config), TELL_PAUSE_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#tellTimer);
    await Promise.all([...this.#supervisors.values()].map((supervisor) => supervisor[Symbol.asyncDispose]()));
  }
}
