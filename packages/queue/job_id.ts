/** What a job is called in its lane: the same for the same thing, so that it is queued once. */
import { segmentJobId } from "@rokuga/media/ids.ts";
import type { Job } from "@rokuga/media/job.ts";

/** BullMQ refuses ids with `:` or of digits only. */
export function jobId(job: Job): string {
  switch (job.kind) {
    case "segment":
      return segmentJobId(job.segment);
    case "events":
      return `events_${job.outboxId}`;
    default:
      return job satisfies never;
  }
}
