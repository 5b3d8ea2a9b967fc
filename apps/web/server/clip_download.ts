/**
 * `GET /api/clips/{id}/clip.mp4`: the file of a job that is ready, also in parts, so that a download that broke off
 * can go on. Served beside Next, like media_route.ts, because its answers need their length.
 */
import { open } from "node:fs/promises";
import { webStream } from "@rokuga/storage/time_limit.ts";
import { actorOf, personOf } from "./asking.ts";
import { parseByteRange } from "./byte_range.ts";
import { clipContext } from "./clip_context.ts";
import { recordExport } from "./clip_export.ts";
import { permittedClip, unknownClip } from "./clip_job_routes.ts";
import type { ReadyClip } from "./clip_jobs.ts";
import { clipHeaders } from "./clip_request.ts";
import { webContext } from "./context.ts";
import { ProblemError, route } from "./problem.ts";

const PATH = /^\/api\/clips\/([^/]*)\/clip\.mp4$/;
/** A disk that gives nothing for so long has failed, ms. */
const IDLE_MS = 30_000;

export const isClipDownload = (url: string) => PATH.test(url.split("?")[0]!);

/** Answers `GET` and `HEAD`. */
export const clipDownload = route(async (request) => {
  const id = PATH.exec(new URL(request.url).pathname)?.[1] ?? "";
  const clip = await readyClip(id);
  const { bytes: size, asked } = clip;
  const etag = `"${id}"`;
  const headers = clipHeaders(asked);
  headers.set("etag", etag);
  headers.set("accept-ranges", "bytes");
  headers.set("cache-control", "private, no-cache");
  if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers });
  // A range of another file than the client has the beginning of is of no use to it (RFC 9110 §13.1.5).
  const ifRange = request.headers.get("if-range");
  const header = ifRange === null || ifRange === etag ? request.headers.get("range") : null;
  const range = parseByteRange(header, size);
  if (range === "unsatisfiable") {
    headers.set("content-range", `bytes */${size}`);
    return new Response(null, { status: 416, headers });
  }
  const { start, end } = range === "whole" ? { start: 0, end: size } : range;
  headers.set("content-length", String(end - start));
  if (range !== "whole") headers.set("content-range", `bytes ${start}-${end - 1}/${size}`);
  const status = range === "whole" ? 200 : 206;
  if (request.method === "HEAD") return new Response(null, { status, headers });
  const by = actorOf(personOf());
  await recordExport(webContext(), { asked, exportId: id, bytes: size, by });
  return new Response(await fileStream(clip, { start, end, signal: request.signal }), { status, headers });
});

async function readyClip(id: string): Promise<ReadyClip> {
  const job = await permittedClip(id);
  const clip = clipContext().jobs.ready(id);
  if (clip) return clip;
  throw new ProblemError(409, "Not ready", {
    detail:
      job.problem ??
      `The clip is being made: ${Math.floor(100 * job.progress)} % so far. Try again in a moment.`,
  });
}

async function fileStream(
  { path, id }: ReadyClip,
  { start, end, signal }: { start: number; end: number; signal: AbortSignal },
): Promise<ReadableStream<Uint8Array>> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    // Removed in this very moment.
    throw error.code === "ENOENT" ? unknownClip(id) : error;
  });
  const source = file.createReadStream({ start, end: end - 1 });
  return webStream(source, { idleMs: IDLE_MS, signal, explain: (error) => error });
}
