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

/** What is known of a segment's place: undefined where an earlier version has closed it. */
export type Chainable = { sha256?: string | undefined; previous?: string | null | undefined };

/** The link of a segment as the relay or the log knows it; null where its SHA-256 is not known. */
export function linkOfSegment(segment: SegmentId & Chainable): string | null {
  const { sha256, previous = null } = segment;
  return sha256 === undefined ? null : linkOf({ ...segment, sha256, previous });
}

/** What the loss of a segment says of its place in the chain: nothing where it had none. */
export function placeInChain({ sha256, previous }: Chainable): Chainable {
  return { ...(sha256 !== undefined && { sha256 }), ...(previous !== undefined && { previous }) };
}

/** A segment's link: SHA-256 of what is before it, its identity and its SHA-256, as lines. Lower-case hex. */
export function linkOf({ previous, cameraId, runId, sequence, sha256 }: Linked): string {
  const lines = [previous ?? CHAIN_START, `${cameraId}/${runId}/${sequence}`, sha256];
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}
