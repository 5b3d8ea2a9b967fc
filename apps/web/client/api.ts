/**
 * The routes of the API as the page asks them. Addresses only, and the schema of each answer; failures are data
 * (see http.ts).
 */
import { CamerasAnswer, SetupAnswer, TimelineAnswer, type TimeRange } from "@rokuga/media/api.ts";
import { ClipDescription, ClipJobView, ExportsAnswer } from "@rokuga/media/clip_api.ts";
import { type LockRequest, LocksAnswer, LockView } from "@rokuga/media/lock_api.ts";
import { SessionAnswer } from "@rokuga/media/people_api.ts";
import { NewShare, type ShareRequest, SharesAnswer } from "@rokuga/media/share_api.ts";
import { type Answer, get, getJson } from "./http.ts";
import { send } from "./send.ts";

/** A clip of a day is planned from thousands of segments, ms. */
const CLIP_TIMEOUT_MS = 30_000;

const cameraUrl = (cameraId: string) => `/api/cameras/${encodeURIComponent(cameraId)}`;

/** `GET /api/cameras` */
export function getCameras(signal: AbortSignal): Promise<Answer<CamerasAnswer>> {
  return getJson("/api/cameras", { schema: CamerasAnswer, signal });
}

/** `GET /api/session` */
export function getSession(signal: AbortSignal): Promise<Answer<SessionAnswer>> {
  return getJson("/api/session", { schema: SessionAnswer, signal });
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

/** `GET /api/cameras/{id}/clip.json`: what a clip of the range would be. */
export function getClip(
  { cameraId, range }: { cameraId: string; range: TimeRange },
  signal: AbortSignal,
): Promise<Answer<ClipDescription>> {
  const url = `${cameraUrl(cameraId)}/clip.json?${rangeQuery(range)}`;
  return getJson(url, { schema: ClipDescription, signal, timeoutMs: CLIP_TIMEOUT_MS });
}

/** The address of a clip that is made while it is sent. */
export function clipUrl(cameraId: string, range: TimeRange): string {
  return `${cameraUrl(cameraId)}/clip.mp4?${rangeQuery(range)}`;
}

/** `POST /api/clips`: asks for a clip that is made in the background. */
export function createClip(
  { cameraId, range }: { cameraId: string; range: TimeRange },
  signal: AbortSignal,
): Promise<Answer<ClipJobView>> {
  const body = { cameraId, from: range.startMs, to: range.endMs };
  return send("/api/clips", { method: "POST", schema: ClipJobView, body, signal });
}

const clipJobUrl = (id: string) => `/api/clips/${encodeURIComponent(id)}`;

/** `GET /api/clips/{id}` */
export function getClipJob(id: string, signal: AbortSignal): Promise<Answer<ClipJobView>> {
  return getJson(clipJobUrl(id), { schema: ClipJobView, signal });
}

/** `DELETE /api/clips/{id}` */
export function removeClipJob(id: string, signal: AbortSignal): Promise<Answer<unknown>> {
  return send(clipJobUrl(id), { method: "DELETE", signal });
}

/** The address of the file of a clip that is ready. */
export function clipFileUrl(id: string): string {
  return `${clipJobUrl(id)}/clip.mp4`;
}

/** `GET /api/cameras/{id}/exports` */
export function getExports(
  { cameraId, range }: { cameraId: string; range: TimeRange },
  signal: AbortSignal,
): Promise<Answer<ExportsAnswer>> {
  const url = `${cameraUrl(cameraId)}/exports?${rangeQuery(range)}`;
  return getJson(url, { schema: ExportsAnswer, signal });
}

/** `GET /api/cameras/{id}/locks` */
export function getLocks(
  { cameraId, range }: { cameraId: string; range: TimeRange },
  signal: AbortSignal,
): Promise<Answer<LocksAnswer>> {
  return getJson(`${cameraUrl(cameraId)}/locks?${rangeQuery(range)}`, { schema: LocksAnswer, signal });
}

/** `POST /api/cameras/{id}/locks` */
export function createLock(
  { cameraId, ...body }: LockRequest & { cameraId: string },
  signal: AbortSignal,
): Promise<Answer<LockView>> {
  return send(`${cameraUrl(cameraId)}/locks`, { method: "POST", schema: LockView, body, signal });
}

/** `DELETE /api/cameras/{id}/locks/{lockId}` */
export function removeLock(
  { cameraId, lockId }: { cameraId: string; lockId: string },
  signal: AbortSignal,
): Promise<Answer<unknown>> {
  return send(`${cameraUrl(cameraId)}/locks/${encodeURIComponent(lockId)}`, { method: "DELETE", signal });
}

/** `GET /api/cameras/{id}/shares` */
export function getShares(cameraId: string, signal: AbortSignal): Promise<Answer<SharesAnswer>> {
  return getJson(`${cameraUrl(cameraId)}/shares`, { schema: SharesAnswer, signal });
}

/** `POST /api/cameras/{id}/shares` */
export function createShare(
  { cameraId, ...body }: ShareRequest & { cameraId: string },
  signal: AbortSignal,
): Promise<Answer<NewShare>> {
  return send(`${cameraUrl(cameraId)}/shares`, { method: "POST", schema: NewShare, body, signal });
}

/** `DELETE /api/cameras/{id}/shares/{shareId}` */
export function revokeShare(
  { cameraId, shareId }: { cameraId: string; shareId: string },
  signal: AbortSignal,
): Promise<Answer<unknown>> {
  return send(`${cameraUrl(cameraId)}/shares/${encodeURIComponent(shareId)}`, { method: "DELETE", signal });
}

/** `GET /api/cameras/{id}/iframes.m3u8`, with the address that its lines are relative to. */
export async function getKeyframeList(
  cameraId: string,
  range: TimeRange,
  signal: AbortSignal,
): Promise<Answer<{ text: string; url: string }>> {
  const url = `${cameraUrl(cameraId)}/iframes.m3u8?${rangeQuery(range)}&define=1`;
  const answer = await get(url, { signal });
  return answer.ok
    ? { ...answer, value: { text: answer.value, url: new URL(url, location.href).href } }
    : answer;
}

export type Snapshot =
  | { kind: "snapshot"; jpeg: Blob; ms: number }
  | { kind: "no-footage" }
  | { kind: "failed" };

const SNAPSHOT_TIMEOUT_MS = 8_000;

/** `GET /api/cameras/{id}/snapshot.jpg`; `ms` of the answer is when the picture was taken. */
export async function getSnapshot(
  { cameraId, ms, widthPx }: { cameraId: string; ms: number; widthPx: number },
  signal: AbortSignal,
): Promise<Snapshot> {
  const query = new URLSearchParams({
    at: String(Math.round(ms)),
    width: String(Math.max(16, Math.round(widthPx))),
  });
  try {
    const response = await fetch(`${cameraUrl(cameraId)}/snapshot.jpg?${query}`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(SNAPSHOT_TIMEOUT_MS)]),
    });
    if (response.status === 404) return { kind: "no-footage" };
    const takenMs = Date.parse(response.headers.get("rokuga-taken-at") ?? "");
    if (!response.ok || Number.isNaN(takenMs)) return { kind: "failed" };
    return { kind: "snapshot", jpeg: await response.blob(), ms: takenMs };
  } catch {
    signal.throwIfAborted();
    return { kind: "failed" };
  }
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
