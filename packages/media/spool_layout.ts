/**
 * Where things lie in the spool: `<spool>/<camera>/<run>/<sequence>.ts` beside `run.json` and the run's index.
 * The relay writes there; the worker reads segments and deletes what is stored. Only path arithmetic: ids are
 * restricted to safe characters, so that no path can leave the spool.
 *
 * `_outbox` holds events that wait to be appended, `_quarantine` segments that cannot be played. No camera can
 * have these names: an id does not begin with `_`.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { SegmentId } from "./ids.ts";

export const OUTBOX = "_outbox";
export const QUARANTINE = "_quarantine";

export function runDirectory(
  spool: string,
  { cameraId, runId }: { cameraId: string; runId: string },
): string {
  return join(spool, cameraId, runId);
}

export function segmentPath(spool: string, id: SegmentId): string {
  return join(runDirectory(spool, id), `${id.sequence}.ts`);
}

export function quarantinePath(spool: string, id: SegmentId): string {
  return join(spool, QUARANTINE, `${id.cameraId}_${id.runId}_${id.sequence}.ts`);
}

/** The outbox file of an event. Named by a hash: event ids hold `/` and may be long. */
export function outboxPath(spool: string, eventId: string): string {
  return join(spool, OUTBOX, `${createHash("sha256").update(eventId).digest("hex").slice(0, 32)}.json`);
}

/** The sequence number of a segment's file name, or undefined when it is another file. */
export function sequenceOf(fileName: string): number | undefined {
  const match = /^(\d{1,8})\.ts$/.exec(fileName);
  return match ? Number(match[1]) : undefined;
}
