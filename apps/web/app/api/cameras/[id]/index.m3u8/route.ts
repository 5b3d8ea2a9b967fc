/**
 * `GET /api/cameras/{id}/index.m3u8?from&to`: the multivariant playlist of a range, with codecs, size and bit rates of
 * its media playlist, and the I-frame playlist. Without `to` as playlist.m3u8, which then has no I-frames.
 */
import { webContext } from "../../../../../server/context.ts";
import { playlistResponse } from "../../../../../server/playlist_response.ts";
import { route } from "../../../../../server/problem.ts";
import { indexText, openedText } from "../../../../../server/range_playlists.ts";
import { rangeRequest } from "../../../../../server/range_request.ts";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>(async (request, { id }) => {
  const query = new URL(request.url).searchParams;
  const asked = await rangeRequest(id, query, { open: true });
  const text = await (query.has("to") ? indexText : openedText)(webContext(), asked);
  return playlistResponse(request, text);
});
