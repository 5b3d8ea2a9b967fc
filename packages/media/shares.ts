/**
 * Shares of footage: ranges of a camera that whoever has a link may watch until a moment. A share stays where it was
 * put, as a lock does; what it shows is what is recorded there.
 */
import type { EventData, NewEvent } from "./events.ts";

export type ShareState = "open" | "expired" | "revoked";

/** What a share is at a moment. One that was revoked stays that. */
export function shareState(
  { revokedMs, expiresMs }: { revokedMs: number | null; expiresMs: number },
  nowMs: number,
): ShareState {
  if (revokedMs !== null) return "revoked";
  return expiresMs > nowMs ? "open" : "expired";
}

/** That a range may be watched by whoever has the link from now on. */
export function footageShared(data: EventData<"FootageShared">, occurredAtMs: number): NewEvent {
  return { eventId: idOf(data, "FootageShared"), type: "FootageShared", version: 1, occurredAtMs, data };
}

/** That a link opens nothing any more, for good. */
export function shareRevoked(data: EventData<"ShareRevoked">, occurredAtMs: number): NewEvent {
  return { eventId: idOf(data, "ShareRevoked"), type: "ShareRevoked", version: 1, occurredAtMs, data };
}

/** That somebody opened a link: once a visit, however much of it they then watch. */
export function shareOpened(data: EventData<"ShareOpened">, occurredAtMs: number): NewEvent {
  const eventId = `${idOf(data, "ShareOpened")}/${data.visitId}`;
  return { eventId, type: "ShareOpened", version: 1, occurredAtMs, data };
}

const idOf = ({ cameraId, shareId }: { cameraId: string; shareId: string }, type: string) =>
  `camera/${cameraId}/${type}/${shareId}`;
