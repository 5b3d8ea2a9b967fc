/** Playlists as HTTP answers. */

/** Registered media type (RFC 8216 §10). */
const PLAYLIST_TYPE = "application/vnd.apple.mpegurl";

/** A playlist holds addresses that are signed for whoever asked: it is not for shared caches. */
export function playlistResponse(text: string): Response {
  return new Response(text, { headers: { "content-type": PLAYLIST_TYPE, "cache-control": "no-store" } });
}
