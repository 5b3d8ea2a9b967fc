/** `GET /api/cameras/{id}/timeline?from&to&resolution`: coverage and caused gaps, clipped to the range. */
import { readTimeline } from "@rokuga/db/read_timeline.ts";
import type { TimelineAnswer } from "@rokuga/media/api.ts";
import { webContext } from "../../../../../server/context.ts";
import { ProblemError, route } from "../../../../../server/problem.ts";
import { checkedRange, knownCamera, requiredTime } from "../../../../../server/query.ts";

export const dynamic = "force-dynamic";

/** A timeline shows two years at most. */
const LONGEST_MS = 731 * 24 * 3_600_000;

export const GET = route<{ id: string }>(async (request, { id }) => {
  const query = new URL(request.url).searchParams;
  const range = checkedRange(requiredTime(query, "from"), requiredTime(query, "to"), LONGEST_MS);
  const resolutionMs = resolutionOf(query);
  const cameraId = await knownCamera(id);
  const nowMs = Date.now();
  const timeline = await readTimeline(webContext().database, { cameraId, range, resolutionMs, nowMs });
  const answer: TimelineAnswer = { cameraId, nowMs, ...range, ...timeline };
  return Response.json(answer, { headers: { "cache-control": "no-store" } });
});

/** `resolution`: ms per pixel; what is narrower is not drawn. */
function resolutionOf(query: URLSearchParams): number {
  const text = query.get("resolution") ?? "0";
  const resolution = Number(text);
  if (text.trim() !== "" && Number.isFinite(resolution) && resolution >= 0 && resolution <= LONGEST_MS)
    return resolution;
  throw new ProblemError(400, "Malformed range", {
    detail: `'resolution' is '${text.slice(0, 40)}': give the milliseconds that a pixel stands for, 0 or more.`,
  });
}
