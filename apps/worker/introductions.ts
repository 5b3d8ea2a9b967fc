/**
 * What makes a site, a camera and a run known of which only an object is there: the name of each is its id. Pure.
 *
 * Sites and cameras are not registered under the ids that the relay gives to these events: when it tells the true
 * names, that must be news to the log. Those names hold then, although they were given earlier: that of a site by its
 * time, that of a camera because its own id is no name to the log.
 */
import type { NewEvent } from "@rokuga/media/events.ts";
import { runEventId, runIdStartMs } from "@rokuga/media/ids.ts";
import type { ObjectKeyParts } from "@rokuga/media/object_key.ts";

/** `unknown`: which of the three the log does not know. */
export function introductions(
  { siteId, cameraId, runId, sequence, startMs }: ObjectKeyParts,
  unknown: { site: boolean; camera: boolean; run: boolean },
): NewEvent[] {
  // Of a run whose first segment is not there, its id says when it was begun.
  const runStartMs = sequence === 0 ? startMs : Math.max(1, Math.min(runIdStartMs(runId), startMs));
  const site: NewEvent = {
    eventId: `site/${siteId}/SiteRegistered/restored`,
    type: "SiteRegistered",
    version: 1,
    occurredAtMs: 1,
    data: { siteId, name: siteId },
  };
  const camera: NewEvent = {
    eventId: `camera/${cameraId}/CameraRegistered/restored`,
    type: "CameraRegistered",
    version: 1,
    occurredAtMs: startMs,
    data: { siteId, cameraId, name: cameraId },
  };
  const run: NewEvent = {
    eventId: runEventId({ cameraId, runId }, "RunStarted"),
    type: "RunStarted",
    version: 1,
    occurredAtMs: runStartMs,
    data: { cameraId, runId, startMs: runStartMs },
  };
  return [
    ...(unknown.site ? [site] : []),
    ...(unknown.camera ? [camera] : []),
    ...(unknown.run ? [run] : []),
  ];
}
