/** The lanes as queues of BullMQ: one queue for each, so that none waits behind another. */
import type { Lane } from "@rokuga/media/job.ts";

const NAMES: Record<Lane, string> = { live: "segments", backlog: "segments-backlog", events: "events" };

/** The name of a lane's queue; on Redis it is part of its keys. */
export const queueName = (lane: Lane): string => NAMES[lane];

/** Asks the same of every lane, at the same time. */
export async function everyLane<T>(ask: (lane: Lane) => Promise<T>): Promise<Record<Lane, T>> {
  const [live, backlog, events] = await Promise.all([ask("live"), ask("backlog"), ask("events")]);
  return { live, backlog, events };
}
