/**
 * Hands closed segments and events to the queue. When the queue is away nothing is lost and nothing waits: the
 * spool has it all, and once the queue answers again everything in the spool is queued anew. Jobs that are
 * queued already are recognised by their ids.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { NewEvent } from "@rokuga/media/events.ts";
import type { Job } from "@rokuga/media/job.ts";
import type { Segment } from "@rokuga/media/segment.ts";
import type { Producer } from "@rokuga/queue/producer.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import type { Publish } from "./run_recorder.ts";
import { writeToOutbox } from "./spool.ts";

/** Pause between attempts to queue what is spooled, ms. */
const RETRY_MS = 2_000;
/** How often an empty queue is compared with the spool, ms: a queue that was wiped does not say so. */
const COMPARE_MS = 30_000;
/** Jobs added in one round trip. */
const BATCH = 500;

export type PublisherOptions = {
  spool: string;
  siteId: string;
  producer: Producer;
  /** All jobs that the spool holds, oldest first. */
  spooledJobs: () => AsyncIterable<Job>;
  log: Log;
};

export class Publisher implements Publish {
  readonly #options: PublisherOptions;
  /** Whether something may be in the spool that is not in the queue. True at start: the spool is scanned. */
  #missed = true;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  async segment(segment: Segment, closedAtMs: number): Promise<void> {
    await this.#add({ kind: "segment", siteId: this.#options.siteId, segment, closedAtMs });
  }

  async event(event: NewEvent): Promise<void> {
    await writeToOutbox(this.#options.spool, event);
    await this.#add({ kind: "event", siteId: this.#options.siteId, event });
  }

  async #add(job: Job): Promise<void> {
    // The scan of the spool that is due finds it.
    if (this.#missed) return;
    try {
      await this.#options.producer.add([job], { live: true });
    } catch (error) {
      this.#missed = true;
      this.#options.log.warn("the queue is away; footage waits in the spool", { error });
    }
  }

  /**
   * Queues what is in the spool: at start, whenever the queue was away, and when the queue is empty although it
   * should not be. Runs until the signal.
   */
  async keepPublishing(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    let failures = 0;
    let comparedMs = performance.now();
    while (!signal.aborted) {
      if (performance.now() - comparedMs >= COMPARE_MS) {
        comparedMs = performance.now();
        this.#missed ||= await this.#isQueueEmpty();
      }
      if (this.#missed) {
        this.#missed = false;
        try {
          const count = await this.#addSpooled(signal);
          if (count > 0 || failures > 0) log.info("queued what was spooled", { jobs: count });
          failures = 0;
        } catch (error) {
          this.#missed = true;
          if (failures++ === 0) log.warn("cannot queue what is spooled; trying again", { error });
        }
      }
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #isQueueEmpty(): Promise<boolean> {
    const counts = await this.#options.producer.counts().catch(() => undefined);
    return counts !== undefined && Object.values(counts).every((count) => count === 0);
  }

  async #addSpooled(signal: AbortSignal): Promise<number> {
    let count = 0;
    let batch: Job[] = [];
    const flush = async () => {
      await this.#options.producer.add(batch, { live: false });
      count += batch.length;
      batch = [];
    };
    for await (const job of this.#options.spooledJobs()) {
      if (signal.aborted) return count;
      batch.push(job);
      if (batch.length >= BATCH) await flush();
    }
    await flush();
    return count;
  }
}
