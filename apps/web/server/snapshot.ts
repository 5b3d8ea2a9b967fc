/**
 * `GET /api/cameras/{id}/snapshot.jpg?at&width`: the picture of a moment, which is the keyframe at or before it that
 * the fragment index knows. Decoded when it is first asked for, then kept in memory for a while.
 */
import { createHash } from "node:crypto";
import { readNearest, readSegments } from "@rokuga/db/read_segments.ts";
import { type ShownFragment, shownFragments } from "@rokuga/media/clip_shown.ts";
import { BRIDGE_MS } from "@rokuga/media/segment.ts";
import { type ClipContext, clipContext } from "./clip_context.ts";
import { readRange } from "./clip_read.ts";
import { type WebContext, webContext } from "./context.ts";
import { isNamed, ProblemError } from "./problem.ts";
import { knownCamera, requiredTime } from "./query.ts";

const NARROWEST = 16;
const WIDEST = 7_680;
/** What is stored of a moment stays as it is; only a corrected clock can move it. A day, s. */
const MAX_AGE_SECONDS = 86_400;

/** A keyframe: where it is, and when it was taken, ms since the epoch. */
type Keyframe = { key: string; offset: number; bytes: number; fragmentBytes: number; atMs: number };

export async function snapshotAnswer(request: Request, id: string): Promise<Response> {
  const query = new URL(request.url).searchParams;
  const atMs = requiredTime(query, "at");
  const width = widthOf(query);
  const cameraId = await knownCamera(id);
  const context = webContext();
  const keyframe = await keyframeAt(context, { cameraId, atMs });
  const name = `${keyframe.key} ${keyframe.offset} ${width ?? "full"}`;
  const etag = `"${createHash("sha256").update(name).digest("base64url").slice(0, 22)}"`;
  const headers = new Headers({
    etag,
    "content-type": "image/jpeg",
    "x-content-type-options": "nosniff",
    "cache-control": `private, max-age=${MAX_AGE_SECONDS}, immutable`,
    // When the picture was taken: at or before the moment that was asked for.
    "rokuga-taken-at": new Date(keyframe.atMs).toISOString(),
  });
  if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers });
  const { snapshots } = clipContext();
  const known = snapshots.get(name);
  const picture = known ?? (await decode(context, keyframe, { width, signal: request.signal }));
  if (!known) snapshots.set(name, picture);
  return new Response(new Uint8Array(picture), { headers });
}

function widthOf(query: URLSearchParams): number | undefined {
  const text = query.get("width");
  if (text === null) return undefined;
  const width = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (width >= NARROWEST && width <= WIDEST) return width;
  throw new ProblemError(400, "Malformed request", {
    detail: `'width' is '${text.slice(0, 40)}': give a number of pixels from ${NARROWEST} to ${WIDEST}, or leave it out.`,
  });
}

async function keyframeAt(
  { database }: WebContext,
  { cameraId, atMs }: { cameraId: string; atMs: number },
): Promise<Keyframe> {
  // As far as a camera that has not broken off may have sent nothing.
  const range = { startMs: atMs - BRIDGE_MS, endMs: atMs + BRIDGE_MS + 1 };
  const shown = shownFragments(await readSegments(database, cameraId, range));
  const fragment = shown.findLast(({ startMs, endMs }) => Math.round(startMs) <= atMs && atMs < endMs);
  if (fragment) return keyframeOf(fragment);
  const nearest = await readNearest(database, cameraId, { startMs: atMs, endMs: atMs + 1 });
  const iso = (ms: number) => new Date(ms).toISOString();
  throw new ProblemError(404, "No footage", {
    detail: nearest
      ? `There is no footage of ${iso(atMs)}. The nearest is from ${iso(nearest.startMs)} to ${iso(nearest.endMs)}.`
      : "There is no footage of this camera yet.",
    nearest,
  });
}

function keyframeOf({ segment, offset, bytes, keyframeBytes, startMs }: ShownFragment): Keyframe {
  const { key } = segment;
  return { key, offset, bytes: keyframeBytes || bytes, fragmentBytes: bytes, atMs: Math.round(startMs) };
}

type DecodeOptions = { width: number | undefined; signal: AbortSignal };

async function decode(
  { storage }: WebContext,
  { key, offset, bytes, fragmentBytes }: Keyframe,
  { width, signal }: DecodeOptions,
): Promise<Uint8Array> {
  const { decoders, decode }: ClipContext = clipContext();
  try {
    using _slot = await decoders.take(signal);
    const read = (length: number) =>
      readRange(key, { start: offset, end: offset + length }, { storage, signal });
    const picture = await decode(await read(bytes), { width, signal });
    if (picture) return picture;
    // Some cameras refresh a picture bit by bit: it takes more than the keyframe.
    const whole = fragmentBytes > bytes && (await decode(await read(fragmentBytes), { width, signal }));
    if (whole) return whole;
  } catch (error) {
    throw explain(error);
  }
  throw new ProblemError(500, "No picture", {
    detail:
      "The stored footage of this moment cannot be decoded to a picture. Try a moment a few seconds later.",
  });
}

function explain(error: unknown): unknown {
  if (isNamed(error, "NoSlotError")) {
    return new ProblemError(503, "Busy", {
      detail: "As many snapshots are wanted as this server decodes. Try again in a moment.",
    });
  }
  if (isNamed(error, "NoFfmpegError")) {
    return new ProblemError(501, "No FFmpeg", {
      detail:
        "Snapshots are decoded by FFmpeg, and there is none where the web app runs. Install it, or set FFMPEG_PATH to it.",
    });
  }
  if (isNamed(error, "NotFoundError")) {
    return new ProblemError(404, "No footage", { detail: "This footage is no longer in the store." });
  }
  return error;
}
