/** Playlists as HTTP answers. */
import { textResponse } from "./compress.ts";

/** Registered media type (RFC 8216 §10). */
const PLAYLIST_TYPE = "application/vnd.apple.mpegurl";

/** A playlist holds addresses that are signed for whoever asked, and is another one tomorrow: nobody keeps it. */
export function playlistResponse(request: Request, text: string): Promise<Response> {
  return textResponse(request, text, {
    headers: { "content-type": PLAYLIST_TYPE, "cache-control": "no-store" },
  });
}
