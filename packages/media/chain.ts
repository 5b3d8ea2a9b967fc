/**
 * The chain over a camera's segments: each one names the link of the segment that was recorded before it, and its own
 * link follows from that name, its identity and its bytes. Whoever changes or removes a segment would have to change
 * every link after it.
 */
import { createHash } from "node:crypto";
import type { SegmentId } from "./ids.ts";

/** The link of a camera's first segment has this before it, and one before which nothing is known. */
export const CHAIN_START = "0".repeat(64);

export type Linked = SegmentId & {
  /** SHA-256 of the segment as it was recorded, lower-case hex. */
  sha256: string;
  /** The link of the segment that was recorded before it; null for {@link CHAIN_START}. */
  previous: string | null;
};

/** A segment's link: SHA-256 of what is before it, its identity and its SHA-256, as lines. Lower-case hex. */
export function linkOf({ previous, cameraId, runId, sequence, sha256 }: Linked): string {
  const lines = [previous ?? CHAIN_START, `${cameraId}/${runId}/${sequence}`, sha256];
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}
