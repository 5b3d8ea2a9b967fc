/**
 * What is done with each job. For a segment: store the object, append `SegmentStored`, and only when that is
 * committed delete the file (invariant 1). For an event of the outbox: append it, then delete its file. Doing any
 * of it again changes nothing.
 */
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import type { NewEvent } from "@rokuga/media/events.ts";
import { segmentEventId } from "@rokuga/media/ids.ts";
import type { EventJob, Job, SegmentJob } from "@rokuga/media/job.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import { outboxPath, segmentPath } from "@rokuga/media/spool_layout.ts";
import { GiveUpError } from "@rokuga/queue/consumer.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import { type Storage, StorageUnreachableError } from "@rokuga/storage/storage.ts";
import type { EventSink } from "./event_sink.ts";
import { OutageError } from "./outage.ts";
import type { SegmentReader } from "./read_segment.ts";

/** Registered media type of MPEG-2 transport streams (RFC 3555 §4.2.9). */
const CONTENT_TYPE = "video/mp2t";

export type StoreOptions = {
  spool: string;
  reader: SegmentReader;
  storage: Storage;
  sink: EventSink;
  log: Log;
};

/** Rejects with {@link OutageError} (wait, then do it again) or {@link GiveUpError} (nothing can help). */
export async function doJob(options: StoreOptions, job: Job, signal: AbortSignal): Promise<void> {
  switch (job.kind) {
    case "segment":
      return await storeSegment(options, job, signal);
    case "event":
      return await appendFromOutbox(options, job);
    default:
      return job satisfies never;
  }
}

async function appendFromOutbox({ spool, sink }: StoreOptions, { event }: EventJob): Promise<void> {
  await sink.append(event);
  await rm(outboxPath(spool, event.eventId), { force: true });
}

async function storeSegment(options: StoreOptions, job: SegmentJob, signal: AbortSignal): Promise<void> {
  const { spool, reader, log } = options;
  const { segment } = job;
  const path = segmentPath(spool, segment);
  const stored = await reader
    .read(path, { bytes: segment.bytes, use: (body) => storeBody(options, { job, body, signal }) })
    .catch((error) => {
      throw error instanceof RangeError ? new GiveUpError(error.message) : error;
    });
  if (!stored) return await explainMissing(options, job);
  await rm(path, { force: true });
  log.info("stored", {
    camera: segment.cameraId,
    run: segment.runId,
    sequence: segment.sequence,
    bytes: segment.bytes,
    delayMs: Date.now() - job.closedAtMs,
  });
}

type Body = { job: SegmentJob; body: Uint8Array; signal: AbortSignal };

/** Resolves when the object is durable and its event committed. */
async function storeBody({ storage, sink }: StoreOptions, { job, body, signal }: Body): Promise<true> {
  const { segment, siteId } = job;
  const key = objectKey({ ...segment, siteId });
  const sha256 = createHash("sha256").update(body).digest("hex");
  await outageAware(storage.put(key, body, { contentType: CONTENT_TYPE, sha256, signal }));
  await sink.append({
    eventId: segmentEventId(segment, "SegmentStored"),
    type: "SegmentStored",
    version: 1,
    occurredAtMs: segment.startMs + segment.wallDurationMs,
    data: { ...segment, key, sha256 },
  });
  return true;
}

/**
 * A worker that died between deleting the file and finishing the job leaves a job without a file, and all is well;
 * otherwise someone deleted it.
 */
async function explainMissing({ sink }: StoreOptions, job: SegmentJob): Promise<void> {
  const { segment } = job;
  if (await sink.has(segmentEventId(segment, "SegmentStored"))) return;
  await sink.append(lostEvent(job, "deleted", "the file was gone from the spool before it was stored"));
  throw new GiveUpError(
    `The segment's file is gone from the spool: ${segment.cameraId}/${segment.runId}/${segment.sequence}`,
  );
}

function lostEvent({ segment }: SegmentJob, cause: "deleted", detail: string): NewEvent {
  const { cameraId, runId, sequence, startMs, wallDurationMs, bytes } = segment;
  return {
    eventId: segmentEventId(segment, "SegmentLost"),
    type: "SegmentLost",
    version: 1,
    occurredAtMs: Date.now(),
    data: { cameraId, runId, sequence, startMs, wallDurationMs, bytes, cause, detail },
  };
}

async function outageAware<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StorageUnreachableError)
      throw new OutageError("the store cannot be reached", { cause: error });
    throw error;
  }
}
