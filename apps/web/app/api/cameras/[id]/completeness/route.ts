/**
 * `GET /api/cameras/{id}/completeness?from&to&zone`: how much of each calendar day that overlaps the range can be
 * played, and what is missing for which cause. `zone`: IANA name of the zone that the days are of; UTC without it.
 */
import { readCompleteness } from "@rokuga/db/read_completeness.ts";
import type { CompletenessAnswer } from "@rokuga/media/api.ts";
import { webContext } from "../../../../../server/context.ts";
import { route } from "../../../../../server/problem.ts";
import { checkedRange, knownCamera, optionalZone, requiredTime } from "../../../../../server/query.ts";

export const dynamic = "force-dynamic";

const LONGEST_MS = 400 * 24 * 3_600_000;

export const GET = route<{ id: string }>(async (request, { id }) => {
  const query = new URL(request.url).searchParams;
  const range = checkedRange(requiredTime(query, "from"), requiredTime(query, "to"), LONGEST_MS);
  const zone = optionalZone(query) ?? "UTC";
  const cameraId = await knownCamera(id);
  const nowMs = Date.now();
  const cameras = await readCompleteness(webContext().database, {
    cameraIds: [cameraId],
    range,
    zone,
    nowMs,
  });
  const answer: CompletenessAnswer = { cameraId, nowMs, days: cameras.get(cameraId) ?? [] };
  return Response.json(answer, { headers: { "cache-control": "no-store" } });
});
