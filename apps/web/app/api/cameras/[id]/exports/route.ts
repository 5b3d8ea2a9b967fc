/** `GET /api/cameras/{id}/exports?from&to`: what left the system of the footage of a range, the latest first. */
import { readExports } from "@rokuga/db/read_exports.ts";
import type { ExportsAnswer } from "@rokuga/media/clip_api.ts";
import { withNames } from "../../../../../server/actor_names.ts";
import { webContext } from "../../../../../server/context.ts";
import { route } from "../../../../../server/problem.ts";
import { checkedRange, knownCamera, requiredTime } from "../../../../../server/query.ts";

export const dynamic = "force-dynamic";

const LONGEST_MS = 731 * 24 * 3_600_000;

export const GET = route<{ id: string }>(async (request, { id }) => {
  const query = new URL(request.url).searchParams;
  const range = checkedRange(requiredTime(query, "from"), requiredTime(query, "to"), LONGEST_MS);
  const cameraId = await knownCamera(id);
  const exports = await readExports(webContext().database, cameraId, range);
  const answer: ExportsAnswer = { cameraId, nowMs: Date.now(), exports: await withNames(exports) };
  return Response.json(answer, { headers: { "cache-control": "no-store" } });
});
