/**
 * `GET /api/cameras/{id}/playlist.m3u8?from&to`: the HLS media playlist of a range. Without `to` it begins at that
 * moment and grows into live.
 */
import { readNearest, readSegments } from "@rokuga/db/read_segments.ts";
import { rangePlaylist } from "@rokuga/media/playlist.ts";
import { webContext } from "../../../../../server/context.ts";
import { mediaUris } from "../../../../../server/media_url.ts";
import { playlistResponse } from "../../../../../server/playlist_response.ts";
import { ProblemError, route } from "../../../../../server/problem.ts";
import { checkedRange, knownCamera, optionalTime, requiredTime } from "../../../../../server/query.ts";

export const dynamic = "force-dynamic";

/** The longest range a playlist lists. */
const LONGEST_MS = 25 * 3_600_000;

export const GET = route<{ id: string }>(async (request, { id }) => {
  const query = new URL(request.url).searchParams;
  const startMs = requiredTime(query, "from");
  const endMs = optionalTime(query, "to");
  const open = endMs === undefined;
  const range = checkedRange(startMs, endMs ?? Math.max(Date.now(), startMs + 1), LONGEST_MS);
  const cameraId = await knownCamera(id);
  const { database, storage, mediaSecret } = webContext();
  const segments = await readSegments(database, cameraId, range);
  const uris = await mediaUris(
    segments.map((segment) => segment.key),
    { storage, secret: mediaSecret, nowMs: Date.now() },
  );
  const text = rangePlaylist(segments, { range, open, uriOf: (key) => uris.get(key)! });
  if (text !== undefined) return playlistResponse(text);
  const nearest = await readNearest(database, cameraId, range);
  const detail = nearest
    ? `There is no footage in this range. The nearest is from ${iso(nearest.startMs)} to ${iso(nearest.endMs)}.`
    : "There is no footage of this camera yet.";
  throw new ProblemError(404, "No footage", { detail, nearest });
});

const iso = (moment: number) => new Date(moment).toISOString();
