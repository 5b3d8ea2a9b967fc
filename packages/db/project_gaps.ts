/** The projection `gaps`: ranges of a run that are lost for a stated cause. */
import type { EventData, GapCause } from "@rokuga/media/events.ts";
import { chunks } from "./chunks.ts";
import type { Transaction } from "./connect.ts";
import type { RecordedEvent } from "./project.ts";
import { readCorrections } from "./project_runs.ts";
import { gaps } from "./schema.ts";

export async function storeGaps(
  tx: Transaction,
  events: readonly RecordedEvent<"SegmentLost" | "CameraFellSilent">[],
): Promise<void> {
  if (events.length === 0) return;
  const correctionOf = await readCorrections(
    tx,
    events.map(({ data }) => data),
  );
  const rows = events.map(({ eventId, data }) => {
    const { startMs, endMs, ...what } = gapOf(data);
    const byMs = correctionOf(data);
    return { eventId, ...what, startMs: startMs + byMs, endMs: endMs + byMs };
  });
  for (const chunk of chunks(rows)) await tx.insert(gaps).values(chunk).onConflictDoNothing();
}

function gapOf(data: EventData<"SegmentLost" | "CameraFellSilent">) {
  if ("sequence" in data) {
    const { cameraId, runId, startMs, wallDurationMs, cause, detail } = data;
    return { cameraId, runId, startMs, endMs: startMs + wallDurationMs, cause, detail };
  }
  const cause: GapCause = "camera-unreachable";
  return { ...data, cause, detail: "The camera sent no picture for a while, and went on." };
}
