/** `GET /api/cameras/{id}/live.m3u8`: the live playlist; `_HLS_msn` waits for a media sequence number. */
import { webContext } from "../../../../../server/context.ts";
import { liveText } from "../../../../../server/live.ts";
import { playlistResponse } from "../../../../../server/playlist_response.ts";
import { ProblemError, route } from "../../../../../server/problem.ts";
import { knownCamera } from "../../../../../server/query.ts";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>(async (request, { id }) => {
  const wanted = new URL(request.url).searchParams.get("_HLS_msn");
  if (wanted !== null && !/^\d{1,15}$/.test(wanted)) {
    throw new ProblemError(400, "Malformed request", {
      detail: "'_HLS_msn' must be a media sequence number.",
    });
  }
  const cameraId = await knownCamera(id);
  const mediaSequence = wanted === null ? undefined : Number(wanted);
  const text = await liveText(webContext(), { cameraId, mediaSequence, signal: request.signal });
  return playlistResponse(request, text);
});
