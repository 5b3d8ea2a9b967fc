/**
 * The jobs of the queue `segments`: a closed segment to store, or an event of the relay's outbox to append.
 * A job is a hint that points into the spool; the spool is what is kept, so a lost queue loses nothing.
 */
import { z } from "zod";
import { NewEvent } from "./events.ts";
import { SiteId } from "./ids.ts";
import { Segment } from "./segment.ts";

export const QUEUE_NAME = "segments";

export const SegmentJob = z.strictObject({
  kind: z.literal("segment"),
  siteId: SiteId,
  segment: Segment,
  /** When the relay saw the segment closed, ms since the epoch: the start of the delay that people feel. */
  closedAtMs: z.int().positive(),
});
export type SegmentJob = z.infer<typeof SegmentJob>;

export const EventJob = z.strictObject({ kind: z.literal("event"), siteId: SiteId, event: NewEvent });
export type EventJob = z.infer<typeof EventJob>;

export const Job = z.discriminatedUnion("kind", [SegmentJob, EventJob]);
export type Job = z.infer<typeof Job>;
