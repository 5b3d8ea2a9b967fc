/** What is done with each job, and the parts of the worker that it takes. Doing any of it again changes nothing. */
import type { Job, Lane } from "@rokuga/media/job.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import type { Storage } from "@rokuga/storage/storage.ts";
import type { LimitFunction } from "p-limit";
import { appendOutbox } from "./append_outbox.ts";
import type { Breaker } from "./breaker.ts";
import type { EventSink } from "./event_sink.ts";
import type { OutboxIndex } from "./outbox_index.ts";
import type { Pacer } from "./pacer.ts";
import type { SegmentReader } from "./read_segment.ts";
import { storeSegment } from "./store_segment.ts";

export type JobParts = {
  spool: string;
  reader: SegmentReader;
  /** So many segments are in memory and on their way at the same time. */
  uploads: { live: LimitFunction; backlog: LimitFunction };
  storage: Storage;
  sink: EventSink;
  breakers: { store: Breaker; log: Breaker };
  pacer: Pacer;
  outbox: OutboxIndex;
  log: Log;
  /** Hears of every segment that is stored, with its size. */
  onStored: (bytes: number) => void;
  /** How long a segment's file is missing before it counts as deleted, ms. */
  missingMs: number;
};

export type JobOptions = { lane: Lane; signal: AbortSignal };

/**
 * Waits for outages to end for as long as they last. Rejects with GiveUpError when nothing can help, with the
 * signal's reason, and with any other error when trying again may help.
 */
export async function doJob(parts: JobParts, job: Job, options: JobOptions): Promise<void> {
  switch (job.kind) {
    case "segment":
      return await storeSegment(parts, { job, ...options });
    case "events":
      return await appendOutbox(parts, job, options.signal);
    default:
      return job satisfies never;
  }
}
