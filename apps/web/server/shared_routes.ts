/**
 * What whoever opened the link of a share is given: `GET /api/shared/{id}`, `…/playlist.m3u8`, `…/media/{piece}` and
 * `…/clip.mp4`. Nobody has to sign in here; the cookie of shared_open.ts says which share it is.
 *
 * Nobody gets more than was shared: an address of media names a piece of a segment, which must lie in the shared range
 * as it is when it is asked for. Bytes always pass through this app: a store's own signed address would open the whole
 * object.
 */
import { readSegment } from "@rokuga/db/read_segments.ts";
import { isShared, parsePieceName, sharePlaylist } from "@rokuga/media/share_playlist.ts";
import { answerWithClip } from "./clip_answer.ts";
import { webContext } from "./context.ts";
import { playlistResponse } from "./playlist_response.ts";
import { isNamed, ProblemError } from "./problem.ts";
import { noFootage, readListable } from "./range_playlists.ts";
import { sharedView, visitedShare } from "./shared_visit.ts";

export async function showShared(request: Request, id: string): Promise<Response> {
  const share = await visitedShare(request, id);
  const view = await sharedView(webContext(), { share, nowMs: Date.now() });
  return Response.json(view, { headers: { "cache-control": "no-store" } });
}

export async function sharedPlaylist(request: Request, id: string): Promise<Response> {
  const { cameraId, startMs, endMs } = await visitedShare(request, id);
  const asked = { cameraId, range: { startMs, endMs } };
  const context = webContext();
  const segments = await readListable(context, { ...asked, exact: true });
  const text = sharePlaylist(segments, asked.range) ?? (await noFootage(context, asked));
  return await playlistResponse(request, text);
}

/** A piece is always given whole: a `Range` header may be ignored (RFC 9110 §14.2), and none is needed. */
export async function sharedMedia(
  request: Request,
  { id, piece: name }: { id: string; piece: string },
): Promise<Response> {
  const share = await visitedShare(request, id);
  const { storage, database } = webContext();
  const piece = parsePieceName(name);
  const segment = piece && (await readSegment(database, { cameraId: share.cameraId, ...piece }));
  // Whether there is something that was not shared is told to nobody.
  if (!piece || !segment || !isShared(piece, segment, share)) throw gone();
  const { offset, bytes } = piece;
  const body = await storage
    .get(segment.key, { range: { start: offset, end: offset + bytes }, signal: request.signal })
    .catch((error: unknown) => {
      throw isNamed(error, "NotFoundError") ? gone() : error;
    });
  return new Response(body, {
    headers: {
      "content-type": "video/mp2t",
      "x-content-type-options": "nosniff",
      "accept-ranges": "none",
      // For as long as the page is open: after that a revoked share is not to be seen any more.
      "cache-control": "no-store",
    },
  });
}

/** Where it may be downloaded, too. Each download is noted as an export by this share. */
export async function sharedClip(request: Request, id: string): Promise<Response> {
  const { shareId, cameraId, startMs, endMs, download } = await visitedShare(request, id);
  if (!download) {
    throw new ProblemError(403, "Not to be downloaded", {
      detail: "This may be watched and not downloaded. Ask whoever sent the link for one that allows it.",
    });
  }
  const asked = { cameraId, range: { startMs, endMs } };
  return await answerWithClip(request, asked, { by: null, shareId });
}

const gone = () =>
  new ProblemError(404, "No such footage", {
    detail: "This is not part of what was shared, or is no longer in the store. Open the link again.",
  });
