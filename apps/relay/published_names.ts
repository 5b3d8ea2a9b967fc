/**
 * Tells the cloud the names of the site and its cameras: once each, and again when one changes. What was told is
 * kept in the spool and told anew at every start, under the same event ids: a log that has it takes no notice, and
 * a new database learns it.
 */
import { createHash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NewEvent } from "@rokuga/media/events.ts";
import { z } from "zod";
import type { SiteConfig } from "./camera_config.ts";

/** By `site/<id>` or `camera/<id>`: the name in force, and the events that made it so, oldest first. */
const Known = z.record(z.string(), z.strictObject({ name: z.string(), events: z.array(NewEvent) }));
type Known = z.infer<typeof Known>;

export type PublishedNamesOptions = {
  spool: string;
  publish: (event: NewEvent) => Promise<void>;
  nowMs: () => number;
};

export class PublishedNames {
  readonly #options: PublishedNamesOptions;
  readonly #file: string;
  #toldBefore = new Set<string>();

  constructor(options: PublishedNamesOptions) {
    this.#options = options;
    this.#file = join(options.spool, "_names.json");
  }

  /** Publishes what is new, and what this program has not told since its start. */
  async publish({ site, cameras }: SiteConfig): Promise<void> {
    const known = await this.#read();
    const names = new Map([
      [`site/${site.id}`, site.name ?? site.id],
      ...cameras.map((camera): [string, string] => [`camera/${camera.id}`, camera.name ?? camera.id]),
    ]);
    for (const [key, name] of names) {
      const before = known[key];
      if (before?.name === name) continue;
      const event = namingEvent(key, {
        name,
        siteId: site.id,
        first: before === undefined,
        nowMs: this.#options.nowMs(),
      });
      // Of several names only the first event (it registers) and the latest matter.
      known[key] = { name, events: [...(before?.events.slice(0, 1) ?? []), event] };
    }
    await writeFile(`${this.#file}.new`, JSON.stringify(known));
    await rename(`${this.#file}.new`, this.#file);
    for (const key of names.keys()) {
      for (const event of known[key]!.events) {
        if (this.#toldBefore.has(event.eventId)) continue;
        await this.#options.publish(event);
        this.#toldBefore.add(event.eventId);
      }
    }
  }

  async #read(): Promise<Known> {
    const text = await readFile(this.#file, "utf8").catch(() => "{}");
    // A file that cannot be read is as good as none: the names are told anew.
    return Known.safeParse(JSON.parse(text)).data ?? {};
  }
}

type Naming = { name: string; siteId: string; first: boolean; nowMs: number };

function namingEvent(key: string, { name, siteId, first, nowMs }: Naming): NewEvent {
  const id = key.slice(key.indexOf("/") + 1);
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
