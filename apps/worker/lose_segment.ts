/** Segments that cannot be stored any more, and what is said of them, so that none is lost without a cause. */
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { placeInChain } from "@rokuga/media/chain.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { segmentEventId } from "@rokuga/media/ids.ts";
import type { SegmentJob } from "@rokuga/media/job.ts";
import { quarantinePath, segmentPath } from "@rokuga/media/spool_layout.ts";
import type { JobParts } from "./do_job.ts";
import type { SegmentTask } from "./store_segment.ts";

/**
 * A segment's file is not there. All is well when it was stored (its worker died before the job was done, or it was
 * in two lanes) or when the relay gave it up and says so; otherwise someone deleted it, and that is said here.
 */
export async function explainMissing(parts: JobParts, { job, signal }: SegmentTask): Promise<void> {
  await checkSpool(parts.spool);
  if (await isExplained(parts, job, signal)) return;
  await sleep(parts.missingMs, undefined, { signal });
  if (await isExplained(parts, job, signal)) return;
  const detail = "The file was gone from the spool before it was stored";
  await parts.breakers.log.run(() => parts.sink.append([lostEvent(job, "deleted", detail)]), signal);
  parts.log.warn("a segment was deleted from the spool before it was stored", nameOf(job));
}

/** A segment's file is not what was closed: it cannot be played as described. It is kept, but not in the way. */
export async function setAside(parts: JobParts, { job, signal }: SegmentTask, why: string): Promise<void> {
  const { spool, sink, breakers, log } = parts;
  const { segment } = job;
  const path = segmentPath(spool, segment);
  const storedId = segmentEventId(segment, "SegmentStored");
  const known = await breakers.log.run(() => sink.known([storedId]), signal);
  // Its worker died before it deleted the file.
  if (known.has(storedId)) return await rm(path, { force: true });
  const detail = `The segment was changed in the spool after it was closed: ${why}`;
  await breakers.log.run(() => sink.append([lostEvent(job, "corrupt", detail)]), signal);
  const place = quarantinePath(spool, segment);
  await mkdir(dirname(place), { recursive: true });
  await rename(path, place).catch((error: NodeJS.ErrnoException) => {
    // Another worker was faster.
    if (error.code !== "ENOENT") throw error;
  });
  log.error("a segment was changed after it was closed; it is lost and kept in quarantine", {
    ...nameOf(job),
    why,
  });
}

/** A spool that is not mounted must not be taken for one whose files were all deleted. */
async function checkSpool(spool: string): Promise<void> {
  await stat(spool).catch((cause) => {
    throw new Error("Cannot read the spool: its directory is missing. Mount its disk, or correct SPOOL_DIR", {
      cause,
    });
  });
}

/** First the outbox, then the log: an event goes from the one to the other, and is never in neither. */
async function isExplained(
  { sink, outbox, breakers }: JobParts,
  { segment }: SegmentJob,
  signal: AbortSignal,
): Promise<boolean> {
  const lostId = segmentEventId(segment, "SegmentLost");
  if (await outbox.holds(lostId)) return true;
  const eventIds = [lostId, segmentEventId(segment, "SegmentStored")];
  return (await breakers.log.run(() => sink.known(eventIds), signal)).size > 0;
}

function lostEvent({ segment }: SegmentJob, cause: "deleted" | "corrupt", detail: string): NewEvent {
  const { cameraId, runId, sequence, startMs, wallDurationMs, bytes } = segment;
  return {
    eventId: segmentEventId(segment, "SegmentLost"),
    type: "SegmentLost",
    version: 1,
    occurredAtMs: Date.now(),
    data: {
      ...{ cameraId, runId, sequence, startMs, wallDurationMs, bytes, cause, detail },
      ...placeInChain(segment),
    },
  };
}

const nameOf = ({ segment: { cameraId, runId, sequence } }: SegmentJob) => ({
  camera: cameraId,
  run: runId,
  sequence,
});
