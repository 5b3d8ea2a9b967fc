/**
 * `GET /api/media/{key}?expires&signature`: streams an object, for stores that the browser cannot reach. Only what
 * was signed is served, and only keys that have the form of a segment's.
 */
import { parseObjectKey } from "@rokuga/media/object_key.ts";
import { parseByteRange } from "../../../../server/byte_range.ts";
import { webContext } from "../../../../server/context.ts";
import { isSigned } from "../../../../server/media_url.ts";
import { isNamed, ProblemError, route } from "../../../../server/problem.ts";

export const dynamic = "force-dynamic";

type Params = { key: string[] };

const answer = route<Params>(async (request, { key: parts }) => {
  const { storage, mediaSecret } = webContext();
  const key = parts.join("/");
  const query = new URL(request.url).searchParams;
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
  const body = await storage.get(key, { range: { start, end }, signal: request.signal }).catch((error) => {
    throw isNamed(error, "NotFoundError") ? gone() : error;
  });
  return new Response(body, { status, headers });
});

const gone = () =>
  new ProblemError(404, "No such object", { detail: "This footage is no longer in the store." });

export { answer as GET, answer as HEAD };
