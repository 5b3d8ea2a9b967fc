/** The projection `segments`, and with it `coverage`. */
import type { EventData } from "@rokuga/media/events.ts";
import { chunks } from "./chunks.ts";
import type { Transaction } from "./connect.ts";
import { addCoverage } from "./coverage.ts";
import type { RecordedEvent } from "./project.ts";
import { readCorrections } from "./project_runs.ts";
import { segments } from "./schema.ts";

export async function storeSegments(
  tx: Transaction,
  events: readonly RecordedEvent<"SegmentStored">[],
): Promise<void> {
  if (events.length === 0) return;
  const correctionOf = await readCorrections(
    tx,
    events.map(({ data }) => data),
  );
  const rows = events.map(({ data }) => rowOf(data, correctionOf(data)));
  for (const chunk of chunks(rows)) {
    const inserted = await tx.insert(segments).values(chunk).onConflictDoNothing().returning({
      cameraId: segments.cameraId,
      runId: segments.runId,
      sequence: segments.sequence,
      startMs: segments.startMs,
      endMs: segments.endMs,
    });
    await addCoverage(tx, inserted);
  }
}

function rowOf(data: EventData<"SegmentStored">, byMs: number): typeof segments.$inferInsert {
  const { fragments, wallDurationMs, ...rest } = data;
  const startMs = rest.startMs + byMs;
  return {
    ...rest,
    startMs,
    endMs: startMs + wallDurationMs,
    fragmentBytes: fragments.map((fragment) => fragment.bytes),
    fragmentTicks: fragments.map((fragment) => fragment.durationTicks),
    keyframeBytes: fragments.map((fragment) => fragment.keyframeBytes),
  };
}
