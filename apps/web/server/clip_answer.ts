/** `GET /api/cameras/{id}/clip.mp4?from&to` and `clip.json`: a clip as it is made, and what it is made of. */
import { randomUUID } from "node:crypto";
import { readHashes } from "@rokuga/db/read_hashes.ts";
import { readTimeline } from "@rokuga/db/read_timeline.ts";
import type { ClipDescription, ClipRange } from "@rokuga/media/clip_api.ts";
import type { ClipPlan, ClipSpan } from "@rokuga/media/clip_plan.ts";
import { TICKS_PER_MS } from "@rokuga/media/segment.ts";
import { actorOf, personOf } from "./asking.ts";
import { clipContext } from "./clip_context.ts";
import { type ExportedBy, recordExport } from "./clip_export.ts";
import { askedClip, type ClipAsked, checkStreamed, clipHeaders, clipPlan } from "./clip_request.ts";
import { beginClip } from "./clip_stream.ts";
import { type WebContext, webContext } from "./context.ts";
import { isNamed, ProblemError } from "./problem.ts";

/** The whole clip, or for HEAD what it would be. Nothing is noted as exported unless bytes are going to go. */
export async function clipAnswer(request: Request, id: string): Promise<Response> {
  const asked = await askedClip(request, id);
  checkStreamed(asked);
  return await answerWithClip(request, asked, { by: actorOf(personOf()) });
}

/** `by` and `shareId`: for the note that it was exported. */
export async function answerWithClip(
  request: Request,
  asked: ClipAsked,
  noted: ExportedBy,
): Promise<Response> {
  const context = webContext();
  const plan = await clipPlan(context, asked);
  const headers = clipHeaders(asked);
  // Made anew each time: there is nothing to go on from.
  headers.set("accept-ranges", "none");
  headers.set("cache-control", "no-store");
  if (request.method === "HEAD") return new Response(null, { headers });
  return new Response(await streamOf(context, { asked, plan, noted, signal: request.signal }), {
    headers,
  });
}

async function streamOf(
  context: WebContext,
  {
    asked,
    plan,
    noted,
    signal,
  }: { asked: ClipAsked; plan: ClipPlan; noted: ExportedBy; signal: AbortSignal },
): Promise<ReadableStream<Uint8Array>> {
  const { storage, log } = context;
  const slot = await clipContext()
    .streams.take(signal)
    .catch((error: unknown) => {
      throw isNamed(error, "NoSlotError") ? busy() : error;
    });
  const failed = new AbortController();
  try {
    const clip = await beginClip(plan, { storage, signal: AbortSignal.any([signal, failed.signal]) });
    await recordExport(context, { asked, exportId: randomUUID(), ...noted });
    const onEnd = (error?: unknown) => {
      slot[Symbol.dispose]();
      if (error !== undefined)
        log.warn("a clip broke off", { camera: asked.cameraId, ...asked.range, error });
    };
    return clip.stream({ onEnd });
  } catch (error) {
    failed.abort();
    slot[Symbol.dispose]();
    throw isNamed(error, "NotFoundError") ? gone() : error;
  }
}

export const gone = () =>
  new ProblemError(404, "No footage", {
    detail:
      "Some of this footage is no longer in the store. Ask again: what has been deleted is then left out.",
  });

const busy = () =>
  new ProblemError(503, "Busy", {
    detail: "As many clips are being fetched as this server makes at a time. Try again in a moment.",
  });

export async function clipDescription(request: Request, id: string): Promise<ClipDescription> {
  const asked = await askedClip(request, id);
  const { cameraId, range } = asked;
  const context = webContext();
  const nowMs = Date.now();
  const [plan, { gaps }] = await Promise.all([
    clipPlan(context, asked),
    readTimeline(context.database, { cameraId, range, resolutionMs: 0, nowMs }),
  ]);
  const pieces = plan.stretches.flatMap(({ pieces }) => pieces);
  const hashOf = await readHashes(
    context.database,
    cameraId,
    pieces.map(({ segment }) => segment),
  );
  return {
    cameraId,
    nowMs,
    ...range,
    durationMs: Math.round(plan.durationTicks / TICKS_PER_MS),
    bytes: plan.bytes,
    ranges: plan.stretches.map(rangeOf),
    gaps,
    objects: pieces.map((piece) => {
      const { key, bytes } = piece.segment;
      return { key, bytes, sha256: hashOf(piece.segment), ...rangeOf(piece) };
    }),
  };
}

function rangeOf({ startMs, endMs, startTicks, endTicks }: ClipSpan): ClipRange {
  const clipMs = (ticks: number) => Math.round(ticks / TICKS_PER_MS);
  return { startMs, endMs, clipStartMs: clipMs(startTicks), clipEndMs: clipMs(endTicks) };
}
