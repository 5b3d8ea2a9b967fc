/**
 * Tells the cloud for how long each camera's footage is kept. Of a camera that never had a limit nothing is told; one
 * whose limits were taken away is told to have none. What a camera that is no longer in the config was told holds on.
 */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { NewEvent } from "@rokuga/media/events.ts";
import { NO_LIMITS, RetentionLimits } from "@rokuga/media/retention.ts";
import { retentionOf, type SiteConfig } from "./camera_config.ts";
import { type Change, PublishedFacts, type PublishedOptions } from "./published_facts.ts";

export class PublishedRetention {
  readonly #facts: PublishedFacts<RetentionLimits>;
  readonly #nowMs: () => number;

  constructor(options: PublishedOptions) {
    this.#facts = new PublishedFacts(options, { file: "_retention.json", value: RetentionLimits });
    this.#nowMs = options.nowMs;
  }

  async publish(config: SiteConfig): Promise<void> {
    const limits = new Map(
      config.cameras.map((camera) => [`camera/${camera.id}`, retentionOf(camera, config)]),
    );
    await this.#facts.publish(limits, (change) => this.#eventsOf(change));
  }

  /** Only the latest matters. */
  #eventsOf({ key, value, before }: Change<RetentionLimits>): NewEvent[] {
    if (before.length === 0 && isDeepStrictEqual(value, NO_LIMITS)) return [];
    const occurredAtMs = this.#nowMs();
    // A limit given again later is a new fact: the time is part of its id.
    const fact = `${value.days}/${value.bytes}/${occurredAtMs}`;
    return [
      {
        eventId: `${key}/CameraRetentionSet/${createHash("sha256").update(fact).digest("hex").slice(0, 16)}`,
        type: "CameraRetentionSet",
        version: 1,
        occurredAtMs,
        data: { cameraId: key.slice(key.indexOf("/") + 1), ...value },
      },
    ];
  }
}
