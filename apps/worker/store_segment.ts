/**
 * Stores a closed segment: the object, then its `SegmentStored` event, and only when that is committed the file is
 * deleted (invariant 1). Each of the two destinations has its own breaker, so that an outage of the log does not
 * put the object again.
 */
import { rm } from "node:fs/promises";
import type { NewEvent } from "@rokuga/media/events.ts";
import { segmentEventId } from "@rokuga/media/ids.ts";
import type { Lane, SegmentJob } from "@rokuga/media/job.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import { packFragments } from "@rokuga/media/packed_fragments.ts";
import { tracksText } from "@rokuga/media/segment.ts";
import { segmentPath } from "@rokuga/media/spool_layout.ts";
import type { JobParts } from "./do_job.ts";
import { explainMissing, setAside } from "./lose_segment.ts";
import { storeOutageAware } from "./outage_error.ts";
import type { ReadResult } from "./read_segment.ts";
import type { Importance } from "./upload_turns.ts";

/** Registered media type of MPEG-2 transport streams (RFC 3555 §4.2.9). */
const CONTENT_TYPE = "video/mp2t";

/** For how long after it was closed a segment of the lane `live` is live, ms. */
const LIVE_MS = 60_000;

export type SegmentTask = { job: SegmentJob; lane: Lane; signal: AbortSignal };

export async function storeSegment(parts: JobParts, task: SegmentTask): Promise<void> {
  const { spool, log, onStored } = parts;
  const { job, signal } = task;
  const { segment } = job;
  // Read anew after each outage: the relay may have given the file up meanwhile.
  const uploaded = await parts.breakers.store.run(() => upload(parts, task), signal);
  if (uploaded.kind === "missing") return await explainMissing(parts, task);
  if (uploaded.kind === "changed") return await setAside(parts, task, uploaded.detail);
  const event = storedEvent(job, uploaded.value);
  const { inVain } = await parts.breakers.log.run(() => parts.sink.append([event]), signal);
  if (inVain.has(event.eventId)) await takeBack(parts, task);
  await rm(segmentPath(spool, segment), { force: true });
  onStored(segment.bytes);
  log.info("stored", {
    camera: segment.cameraId,
    run: segment.runId,
    sequence: segment.sequence,
    bytes: segment.bytes,
    lane: task.lane,
    delayMs: Date.now() - job.closedAtMs,
  });
}

/**
 * The segment had expired before it was stored, or stored again: its worker died before the file was deleted, and the
 * site was off until its time was over. Whoever deletes what has expired may be done with it.
 */
async function takeBack({ storage, breakers, log }: JobParts, { job, signal }: SegmentTask): Promise<void> {
  const { cameraId, runId, sequence } = job.segment;
  await breakers.store.run(() => storeOutageAware(storage.delete([keyOf(job)], { signal })), signal);
  log.info("a segment that was stored had expired; its object is deleted", {
    camera: cameraId,
    run: runId,
    sequence,
  });
}

const keyOf = ({ segment, siteId }: SegmentJob) => objectKey({ ...segment, siteId });

/** Resolves with the SHA-256 (lower-case hex) of the object that is durable now. */
function upload(
  { spool, reader, storage, pacer, uploads }: JobParts,
  { job, lane, signal }: SegmentTask,
): Promise<ReadResult<string>> {
  const use = async (body: Uint8Array, sha256: string) => {
    using turns = pacer.begin(importanceOf(job, lane), signal);
    const paced = turns.pace ? { pace: turns.pace } : {};
    await storeOutageAware(
      storage.put(keyOf(job), body, { contentType: CONTENT_TYPE, sha256, signal, ...paced }),
    );
    return sha256;
  };
  const slots = lane === "live" ? uploads.live : uploads.backlog;
  return slots(() => {
    signal.throwIfAborted();
    const { bytes, sha256 } = job.segment;
    return reader.read(segmentPath(spool, job.segment), { bytes, sha256, use });
  });
}

function importanceOf({ closedAtMs }: SegmentJob, lane: Lane): Importance {
  return lane === "live" && Date.now() - closedAtMs < LIVE_MS ? "live" : "backlog";
}

/** That a segment is in the store. `sha256`: of the object, lower-case hex. */
export function storedEvent(
  { segment, siteId }: Pick<SegmentJob, "segment" | "siteId">,
  sha256: string,
): NewEvent {
  const { tracks, fragments, previous = null, ...rest } = segment;
  return {
    eventId: segmentEventId(segment, "SegmentStored"),
    type: "SegmentStored",
    version: 2,
    occurredAtMs: segment.startMs + segment.wallDurationMs,
    data: {
      ...rest,
      siteId,
      tracks: tracksText(tracks),
      fragments: packFragments(fragments),
      sha256,
      previous,
    },
  };
}
