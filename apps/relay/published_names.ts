/** Tells the cloud the names of the site and its cameras. */
import { createHash } from "node:crypto";
import type { NewEvent } from "@rokuga/media/events.ts";
import { z } from "zod";
import type { SiteConfig } from "./camera_config.ts";
import { PublishedFacts, type PublishedOptions } from "./published_facts.ts";

export class PublishedNames {
  readonly #facts: PublishedFacts<string>;
  readonly #nowMs: () => number;

  constructor(options: PublishedOptions) {
    this.#facts = new PublishedFacts(options, { file: "_names.json", value: z.string() });
    this.#nowMs = options.nowMs;
  }

  async publish({ site, cameras }: SiteConfig): Promise<void> {
    const names = new Map([
      [`site/${site.id}`, site.name ?? site.id],
      ...cameras.map((camera): [string, string] => [`camera/${camera.id}`, camera.name ?? camera.id]),
    ]);
    await this.#facts.publish(names, ({ key, value: name, before }) => {
      const first = before.length === 0;
      const event = namingEvent(key, { name, siteId: site.id, first, nowMs: this.#nowMs() });
      // Of several names only the first event (it registers) and the latest matter.
      return [...before.slice(0, 1), event];
    });
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
