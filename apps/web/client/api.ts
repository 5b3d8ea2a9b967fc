/**
 * The routes of the API as the page asks them. Addresses only, and the schema of each answer; failures are data
 * (see http.ts).
 */
import { CamerasAnswer, SetupAnswer, TimelineAnswer, type TimeRange } from "@rokuga/media/api.ts";
import { type Answer, getJson } from "./http.ts";

const cameraUrl = (cameraId: string) => `/api/cameras/${encodeURIComponent(cameraId)}`;

/** `GET /api/cameras` */
export function getCameras(signal: AbortSignal): Promise<Answer<CamerasAnswer>> {
  return getJson("/api/cameras", { schema: CamerasAnswer, signal });
}

/** `GET /api/setup`: refused to who is no owner. */
export function getSetup(signal: AbortSignal): Promise<Answer<SetupAnswer>> {
  return getJson("/api/setup", { schema: SetupAnswer, signal });
}

export type TimelineQuestion = { cameraId: string; range: TimeRange /** ms */; resolutionMs: number };

/** `GET /api/cameras/{id}/timeline`: times are asked in whole milliseconds. */
export function getTimeline(
  question: TimelineQuestion,
  signal: AbortSignal,
): Promise<Answer<TimelineAnswer>> {
  const query = rangeQuery(question.range);
  query.set("resolution", String(Math.max(1, Math.round(question.resolutionMs))));
  return getJson(`${cameraUrl(question.cameraId)}/timeline?${query}`, { schema: TimelineAnswer, signal });
}

/** The address of the playlist of a range. */
export function playlistUrl(cameraId: string, range: TimeRange): string {
  return `${cameraUrl(cameraId)}/playlist.m3u8?${rangeQuery(range)}`;
}

/** The address of the live playlist. */
export function liveUrl(cameraId: string): string {
  return `${cameraUrl(cameraId)}/live.m3u8`;
}

function rangeQuery(range: TimeRange): URLSearchParams {
  return new URLSearchParams({
    from: String(Math.floor(range.startMs)),
    to: String(Math.ceil(range.endMs)),
  });
}
