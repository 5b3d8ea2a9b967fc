/** Notes in the log that footage leaves the system, before its first byte goes: what cannot be noted does not go. */
import { appendEvents } from "@rokuga/db/append.ts";
import { exportEventId } from "@rokuga/media/ids.ts";
import type { ClipAsked } from "./clip_request.ts";
import type { WebContext } from "./context.ts";

/** Who asked for it, and by which share's link. */
export type ExportedBy = { by: string | null; shareId?: string };

/** `exportId`: the same however often the file is fetched, so that one export is one event. */
export async function recordExport(
  { database }: WebContext,
  {
    asked,
    exportId,
    bytes,
    by,
    shareId,
  }: ExportedBy & { asked: ClipAsked; exportId: string; bytes?: number },
): Promise<void> {
  const { cameraId, range } = asked;
  const known = {
    ...(bytes === undefined ? {} : { bytes }),
    ...(shareId === undefined ? {} : { shareId }),
  };
  await appendEvents(database, [
    {
      eventId: exportEventId({ cameraId, exportId }),
      type: "FootageExported",
      version: 1,
      occurredAtMs: Date.now(),
      data: { exportId, cameraId, ...range, by, format: "mp4", ...known },
    },
  ]);
}
