/** Between the spool's index and the queue: what the ledger keeps of a segment, and the jobs made from that again. */
import type { SegmentJob } from "@rokuga/media/job.ts";
import type { Segment } from "@rokuga/media/segment.ts";
import { chunkOf, type IndexPlace, readIndexLines } from "./spool.ts";
import type { Spooled, SpooledSegment } from "./spool_ledger.ts";

export function spooledOf(segment: Segment, place: IndexPlace): Spooled {
  const { sequence, bytes, startMs, wallDurationMs } = segment;
  return { sequence, bytes, startMs, endMs: startMs + wallDurationMs, place };
}

/**
 * The descriptions of segments, read from the index, a stretch of a file at a time. One whose line cannot be read is
 * left out.
 */
export async function describe(
  spool: string,
  segments: readonly SpooledSegment[],
): Promise<Map<SpooledSegment, Segment>> {
  const groups = Map.groupBy(
    segments,
    ({ run, sequence }) => `${run.cameraId}/${run.runId}/${chunkOf(sequence)}`,
  );
  const described = new Map<SpooledSegment, Segment>();
  for (const group of groups.values()) {
    const { run, sequence } = group[0]!;
    const places = group.map(({ place }) => place);
    const lines = await readIndexLines(spool, run, { chunk: chunkOf(sequence), places });
    const bySequence = new Map(lines.map((segment) => [segment.sequence, segment]));
    for (const spooled of group) {
      const segment = bySequence.get(spooled.sequence);
      if (segment) described.set(spooled, segment);
    }
  }
  return described;
}

/** Oldest first. */
export async function jobsOf(spool: string, segments: readonly SpooledSegment[]): Promise<SegmentJob[]> {
  const described = await describe(spool, segments);
  const jobs = [...described].map(([{ run }, segment]): SegmentJob => {
    const closedAtMs = segment.startMs + segment.wallDurationMs;
    return { kind: "segment", siteId: run.siteId, segment, closedAtMs };
  });
  return jobs.sort((a, b) => a.segment.startMs - b.segment.startMs);
}
