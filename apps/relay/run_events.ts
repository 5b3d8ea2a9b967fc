/** The events of a run, as the recorder and the recovery after a crash tell them: the same ids from either. */
import type { EventData, NewEvent } from "@rokuga/media/events.ts";
import { runEventId, segmentEventId } from "@rokuga/media/ids.ts";

export function startEvent(data: EventData<"RunStarted">): NewEvent {
  const eventId = runEventId(data, "RunStarted");
  return { eventId, type: "RunStarted", version: 1, occurredAtMs: data.startMs, data };
}

export function endEvent(data: EventData<"RunEnded">, nowMs: number): NewEvent {
  return { eventId: runEventId(data, "RunEnded"), type: "RunEnded", version: 1, occurredAtMs: nowMs, data };
}

export function lossEvent(data: EventData<"SegmentLost">, nowMs: number): NewEvent {
  const eventId = segmentEventId(data, "SegmentLost");
  return { eventId, type: "SegmentLost", version: 1, occurredAtMs: nowMs, data };
}

export function silenceEvent(data: EventData<"CameraFellSilent">): NewEvent {
  const eventId = `${runEventId(data, "CameraFellSilent")}/${data.startMs}`;
  return { eventId, type: "CameraFellSilent", version: 1, occurredAtMs: data.endMs, data };
}

export function correctionEvent(data: EventData<"ClockCorrected">): NewEvent {
  const eventId = `${runEventId(data, "ClockCorrected")}/${data.seenMs}`;
  return { eventId, type: "ClockCorrected", version: 1, occurredAtMs: data.seenMs, data };
}
