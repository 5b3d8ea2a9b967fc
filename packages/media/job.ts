/**
 * The jobs of the queues: a closed segment to store, or events of the relay's outbox to append. A job is a hint
 * that points into the spool; the spool is what is kept, so a lost queue loses nothing.
 */
import { z } from "zod";
import { OutboxId, SiteId } from "./ids.ts";
import { Segment } from "./segment.ts";

export const SegmentJob = z.strictObject({
  kind: z.literal("segment"),
  siteId: SiteId,
  segment: Segment,
  /** When the relay saw the segment closed, ms since the epoch: the start of the delay that people feel. */
  closedAtMs: z.int().positive(),
});
export type SegmentJob = z.infer<typeof SegmentJob>;

/** Events of the outbox to append, in one transaction. The file in the spool holds them, one JSON text a line. */
export const EventsJob = z.strictObject({ kind: z.literal("events"), siteId: SiteId, outboxId: OutboxId });
export type EventsJob = z.infer<typeof EventsJob>;

export const Job = z.discriminatedUnion("kind", [SegmentJob, EventsJob]);
export type Job = z.infer<typeof Job>;

/**
 * The queues. Live segments never wait behind the backlog, nor events behind segments: each lane is taken from
 * on its own. `live`: newest first. `backlog` and `events`: in the order they were added.
 */
export const LANES = ["live", "backlog", "events"] as const;
export type Lane = (typeof LANES)[number];
