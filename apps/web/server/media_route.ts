/**
 * `GET /api/cameras/{id}/media/{site}/{grant}/{name}`: an object's bytes. Streams them from a store that the browser
 * cannot reach, and sends the client on to one that it can. Only what was signed is served, and only keys that have the
 * form of a segment's.
 *
 * Served beside Next and not by it: Next takes `Content-Length` off the answers of its routes, and clients that
 * ask for ranges over one connection (FFmpeg, VLC) need it.
 */
import { parseByteRange } from "./byte_range.ts";
import { webContext } from "./context.ts";
import { expiryOf, grantedKey } from "./media_url.ts";
import { isNamed, ProblemError, route } from "./problem.ts";

/** How long the store's own address holds at least that a client is sent on to, and how long it may remember it, ms. */
const REDIRECT_LIFETIME_MS = 2 * 3_600_000;
const REMEMBERED_MS = 3_600_000;

/** Answers `GET` and `HEAD`. */
export const mediaRoute = route(async (request) => {
  const { storage, mediaSecret } = webContext();
  const nowMs = Date.now();
  // Keys hold nothing that needs escaping: what is escaped here is not a key.
  const key = grantedKey(new URL(request.url).pathname, { secret: mediaSecret, nowMs });
  if (key === undefined) {
    throw new ProblemError(403, "Not signed", {
      detail: "This address of media is not signed, or no longer: load the playlist again.",
    });
  }
  if (request.method === "GET") {
    const location = await storage.browserUrl(key, { expiresAtMs: expiryOf(nowMs, REDIRECT_LIFETIME_MS) });
    if (location !== undefined) return sentOn(location);
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

function sentOn(location: string): Response {
  const headers = { location, "cache-control": `private, max-age=${REMEMBERED_MS / 1000}` };
  return new Response(null, { status: 302, headers });
}

const gone = () =>
  new ProblemError(404, "No such object", { detail: "This footage is no longer in the store." });
