/** `GET /api/cameras/{id}/clip.json?from&to`: what a clip of the range is made of, to check it against the store. */
import { clipDescription } from "../../../../../server/clip_answer.ts";
import { route } from "../../../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>(async (request, { id }) =>
  Response.json(await clipDescription(request, id), { headers: { "cache-control": "no-store" } }),
);
