/**
 * The cameras of this site: one supervisor for each entry of the config, started, stopped and restarted as the
 * config changes. Tells the cloud of cameras by name, never by address.
 */
import { createHash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { NewEvent } from "@rokuga/media/events.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import type { SiteConfig } from "./camera_config.ts";
import { type CameraStatus, CameraSupervisor, type SupervisorOptions } from "./camera_supervisor.ts";

export type SiteOptions = Omit<SupervisorOptions, "camera" | "siteId">;

export class Site {
  readonly #options: SiteOptions;
  readonly #supervisors = new Map<string, CameraSupervisor>();
  readonly #names: PublishedNames;
  readonly #log: Log;

  constructor(options: SiteOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#names = new PublishedNames(options);
  }

  get cameras(): CameraStatus[] {
    return [...this.#supervisors.values()].map((supervisor) => supervisor.status);
  }

  isCurrent(run: { cameraId: string; runId: string }): boolean {
    return this.#supervisors.get(run.cameraId)?.status.runId === run.runId;
  }

  /** Makes what runs agree with the config: only cameras whose entry changed are touched. */
  async apply(config: SiteConfig): Promise<void> {
    const wanted = new Map(config.cameras.map((camera) => [camera.id, camera]));
    const leaving = [...this.#supervisors].filter(
      ([id, running]) => !isDeepStrictEqual(running.camera, wanted.get(id)),
    );
    await Promise.all(leaving.map(([, supervisor]) => supervisor[Symbol.asyncDispose]()));
    for (const [id] of leaving) {
      this.#supervisors.delete(id);
      if (!wanted.has(id)) this.#log.info("camera removed from the config", { camera: id });
    }
    await this.#names.publish(config);
    for (const camera of config.cameras) {
      if (this.#supervisors.has(camera.id)) continue;
      this.#supervisors.set(
        camera.id,
        new CameraSupervisor({ ...this.#options, camera, siteId: config.site.id }),
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#supervisors.values()].map((supervisor) => supervisor[Symbol.asyncDispose]()));
  }
}

/** Publishes the names of the site and its cameras once each, and again when one changes. */
class PublishedNames {
  readonly #options: SiteOptions;

  constructor(options: SiteOptions) {
    this.#options = options;
  }

  async publish({ site, cameras }: SiteConfig): Promise<void> {
    const file = join(this.#options.spool, "_names.json");
    const text = await readFile(file, "utf8").catch(() => "{}");
    const known = JSON.parse(text) as Record<string, string>;
    const names: Record<string, string> = Object.fromEntries([
      [`site/${site.id}`, site.name ?? site.id],
      ...cameras.map((camera) => [`camera/${camera.id}`, camera.name ?? camera.id]),
    ]);
    for (const [key, name] of Object.entries(names)) {
      if (known[key] === name) continue;
      await this.#options.publish.event(
        namingEvent(key, { name, siteId: site.id, first: known[key] === undefined }),
      );
    }
    if (isDeepStrictEqual({ ...known, ...names }, known)) return;
    await writeFile(`${file}.new`, JSON.stringify({ ...known, ...names }));
    await rename(`${file}.new`, file);
  }
}

function namingEvent(
  key: string,
  { name, siteId, first }: { name: string; siteId: string; first: boolean },
): NewEvent {
  const nowMs = Date.now();
  const id = key.split("/")[1]!;
  // A name given again later is a new fact: the time is part of its id.
  const suffix = first
    ? ""
    : `/${createHash("sha256").update(`${name}/${nowMs}`).digest("hex").slice(0, 16)}`;
  const common = { version: 1, occurredAtMs: nowMs } as const;
  if (key.startsWith("site/")) {
    return {
      ...common,
      eventId: `${key}/SiteRegistered${suffix}`,
      type: "SiteRegistered",
      data: { siteId, name },
    };
  }
  if (first) {
    return {
      ...common,
      eventId: `${key}/CameraRegistered`,
      type: "CameraRegistered",
      data: { siteId, cameraId: id, name },
    };
  }
  return {
    ...common,
    eventId: `${key}/CameraRenamed${suffix}`,
    type: "CameraRenamed",
    data: { cameraId: id, name },
  };
}
