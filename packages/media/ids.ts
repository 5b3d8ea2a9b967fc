/**
 * Identifiers and the strings built from them: job ids, event ids, object keys' parts.
 * Every id is restricted to characters that are safe in a path, a URL and a BullMQ job id, so that
 * nothing downstream needs escaping.
 */
import { z } from "zod";

const ID = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const ID_RULE = "must be 1 to 63 of a-z, 0-9 and '-', not starting or ending with '-'";

export const SiteId = z.string().regex(ID, ID_RULE);
export const CameraId = z.string().regex(ID, ID_RULE);
/** 13 base-36 characters: 9 of start time in ms since the epoch, 4 random. Sorts by start time. */
export const RunId = z.string().regex(/^[0-9a-z]{13}$/, "must be 13 characters of 0-9 and a-z");
/** Names a file of the outbox: 32 hexadecimal characters, a hash of the ids of the events in it. */
export const OutboxId = z.string().regex(/^[0-9a-f]{32}$/, "must be 32 hexadecimal characters");
/** Names a lock on footage: 1 to 63 characters, like the ids of cameras. */
export const LockId = z.string().regex(ID, ID_RULE);
/** Names an export of footage: 1 to 63 characters, like the ids of cameras. A UUID is one. */
export const ExportId = z.string().regex(ID, ID_RULE);
/** Names a share of footage with people who have no account: 1 to 63 characters, like the ids of cameras. */
export const ShareId = z.string().regex(ID, ID_RULE);
/** Position of a segment in its run, from 0. */
export const Sequence = z.int().min(0).max(99_999_999);

export type SegmentId = { cameraId: string; runId: string; sequence: number };

/** A run id for a run that starts now. `random` is a number in [0, 1), as from `Math.random`. */
export function newRunId(startMs: number, random: number): string {
  const suffix = Math.floor(random * 36 ** 4);
  return startMs.toString(36).padStart(9, "0") + suffix.toString(36).padStart(4, "0");
}

/** When a run started by its id, ms since the epoch: the site's clock at that moment, never corrected. */
export function runIdStartMs(runId: string): number {
  return Number.parseInt(runId.slice(0, 9), 36);
}

/** The BullMQ job id of a segment: `camera_run_sequence` (no `:` and not all digits, as BullMQ demands). */
export function segmentJobId({ cameraId, runId, sequence }: SegmentId): string {
  return `${cameraId}_${runId}_${sequence}`;
}

/** The event id of what happened to a segment: the same for every retry and every worker. */
export function segmentEventId(id: SegmentId, type: string): string {
  return `${id.cameraId}/${id.runId}/${id.sequence}/${type}`;
}

/** The event id of what happened to a run. */
export function runEventId(run: { cameraId: string; runId: string }, type: string): string {
  return `${run.cameraId}/${run.runId}/${type}`;
}

/** The event id of an export: the same however often its file is fetched. */
export function exportEventId({ cameraId, exportId }: { cameraId: string; exportId: string }): string {
  return `camera/${cameraId}/FootageExported/${exportId}`;
}
