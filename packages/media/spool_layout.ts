/**
 * Where things lie in the spool. FFmpeg writes `<spool>/<camera>/<run>/open/<sequence>.ts`; once a segment is closed
 * the relay moves it to `<spool>/<camera>/<run>/<sequence>.ts`, beside `run.json` and the run's index, where the
 * worker reads it and deletes it when it is stored. Only path arithmetic: ids are restricted to safe characters,
 * so that no path can leave the spool.
 *
 * `_outbox` holds events that wait to be appended, `_quarantine` segments that cannot be played, `_workers` what
 * the workers say of themselves, `_chains` the head of each camera's chain. No camera can have these names: an id
 * does not begin with `_`.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { SegmentId } from "./ids.ts";

export const OUTBOX = "_outbox";
export const QUARANTINE = "_quarantine";
export const WORKERS = "_workers";
export const CHAINS = "_chains";

export function runDirectory(
  spool: string,
  { cameraId, runId }: { cameraId: string; runId: string },
): string {
  return join(spool, cameraId, runId);
}

/** The directory that FFmpeg writes into and that is watched. It never holds more than what is being written. */
export function openDirectory(spool: string, run: { cameraId: string; runId: string }): string {
  return join(runDirectory(spool, run), "open");
}

export function openSegmentPath(spool: string, id: SegmentId): string {
  return join(openDirectory(spool, id), `${id.sequence}.ts`);
}

/** Of a closed segment. */
export function segmentPath(spool: string, id: SegmentId): string {
  return join(runDirectory(spool, id), `${id.sequence}.ts`);
}

export function quarantinePath(spool: string, id: SegmentId): string {
  return join(spool, QUARANTINE, `${id.cameraId}_${id.runId}_${id.sequence}.ts`);
}

/** The name under which these events lie in the outbox: a hash, since event ids hold `/` and may be long. */
export function outboxId(eventIds: readonly string[]): string {
  return createHash("sha256").update(eventIds.join("\n")).digest("hex").slice(0, 32);
}

/** A file of the outbox: events as JSON texts, one a line. */
export function outboxPath(spool: string, id: string): string {
  return join(spool, OUTBOX, `${id}.jsonl`);
}

/** The head of a camera's chain. It outlives the camera's runs. */
export function chainPath(spool: string, cameraId: string): string {
  return join(spool, CHAINS, `${cameraId}.json`);
}

/** The sequence number of a segment's file name, or undefined when it is another file. */
export function sequenceOf(fileName: string): number | undefined {
  const match = /^(\d{1,8})\.ts$/.exec(fileName);
  return match ? Number(match[1]) : undefined;
}
