/** `GET /api/cameras/{id}/iframes.m3u8?from&to`: the I-frame playlist of a range, for pictures while scrubbing. */
import { webContext } from "../../../../../server/context.ts";
import { playlistResponse } from "../../../../../server/playlist_response.ts";
import { route } from "../../../../../server/problem.ts";
import { iframeText } from "../../../../../server/range_playlists.ts";
import { rangeRequest } from "../../../../../server/range_request.ts";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>(async (request, { id }) => {
  const asked = await rangeRequest(id, new URL(request.url).searchParams, { open: false });
  return playlistResponse(request, await iframeText(webContext(), asked));
});
