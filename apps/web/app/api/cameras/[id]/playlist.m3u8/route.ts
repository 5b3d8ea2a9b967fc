/**
 * `GET /api/cameras/{id}/playlist.m3u8?from&to`: the HLS media playlist of a range. Without `to` it begins at that
 * moment and grows into live: the answer is then a multivariant playlist that leads to one with `pin`, see
 * packages/media/open_playlist.ts.
 */
import { parsePin } from "@rokuga/media/open_playlist.ts";
import { webContext } from "../../../../../server/context.ts";
import { playlistResponse } from "../../../../../server/playlist_response.ts";
import { ProblemError, route } from "../../../../../server/problem.ts";
import { knownCamera, requiredTime } from "../../../../../server/query.ts";
import { mediaText, openedText, pinnedText } from "../../../../../server/range_playlists.ts";
import { rangeRequest } from "../../../../../server/range_request.ts";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>(async (request, { id }) => {
  const query = new URL(request.url).searchParams;
  const pinned = query.get("pin");
  if (pinned !== null) {
    const pin = parsePin(pinned);
    if (!pin) {
      throw new ProblemError(400, "Malformed request", {
        detail: "'pin' is not one that this server gave: load the playlist again without it.",
      });
    }
    const fromMs = requiredTime(query, "from");
    const cameraId = await knownCamera(id);
    return playlistResponse(request, await pinnedText(webContext(), { cameraId, fromMs, pin }));
  }
  const asked = await rangeRequest(id, query, { open: true });
  const text = await (query.has("to") ? mediaText : openedText)(webContext(), asked);
  return playlistResponse(request, text);
});
