/**
 * `GET /api/media/{key}?expires&signature`: streams an object, for stores that the browser cannot reach. Only what
 * was signed is served, and only keys that have the form of a segment's.
 *
 * Served beside Next and not by it: Next takes `Content-Length` off the answers of its routes, and clients that
 * ask for ranges over one connection (FFmpeg, VLC) need it.
 */
import { parseObjectKey } from "@rokuga/media/object_key.ts";
import { parseByteRange } from "./byte_range.ts";
import { webContext } from "./context.ts";
import { isSigned } from "./media_url.ts";
import { isNamed, ProblemError, route } from "./problem.ts";

/** Where the addresses that playlists carry begin. */
export const MEDIA_PREFIX = "/api/media/";

/** Answers `GET` and `HEAD`. */
export const mediaRoute = route(async (request) => {
  const { storage, mediaSecret } = webContext();
  const { pathname, searchParams: query } = new URL(request.url);
  // Keys hold nothing that needs escaping: what is escaped here is not a key.
  const key = pathname.slice(MEDIA_PREFIX.length);
  if (!parseObjectKey(key) || !isSigned(key, query, { secret: mediaSecret, nowMs: Date.now() })) {
    throw new ProblemError(403, "Not signed", {
      detail: "This address of media is not signed, or no longer: load the playlist again.",
    });
  }
  const object = await storage.head(key, { signal: request.signal });
  if (!object) throw gone();
  const range = parseByteRange(request.headers.get("range"), object.bytes);
  const headers = new Headers({
    "content-type": "video/mp2t",
    "x-content-type-options": "nosniff",
    "accept-ranges": "bytes",
    // An object never changes under its key.
    "cache-control": "private, max-age=43200, immutable",
  });
  if (range === "unsatisfiable") {
    headers.set("content-range", `bytes */${object.bytes}`);
    return new Response(null, { status: 416, headers });
  }
  const { start, end } = range === "whole" ? { start: 0, end: object.bytes } : range;
  headers.set("content-length", String(end - start));
  if (range !== "whole") headers.set("content-range", `bytes ${start}-${end - 1}/${object.bytes}`);
  const status = range === "whole" ? 200 : 206;
  if (request.method === "HEAD") return new Response(null, { status, headers });
  const body = await storage
    .get(key, { range: { start, end }, signal: request.signal })
    .catch((error: unknown) => {
      throw isNamed(error, "NotFoundError") ? gone() : error;
    });
  return new Response(body, { status, headers });
});

const gone = () =>
  new ProblemError(404, "No such object", { detail: "This footage is no longer in the store." });
