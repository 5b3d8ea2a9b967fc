/** `GET /api/cameras`: the cameras with their state. */
import { readCameras } from "@rokuga/db/read_cameras.ts";
import type { CamerasAnswer } from "@rokuga/media/api.ts";
import { webContext } from "../../../server/context.ts";
import { route } from "../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const GET = route(async () => {
  const nowMs = Date.now();
  const cameras = await readCameras(webContext().database, nowMs);
  const answer: CamerasAnswer = { nowMs, cameras };
  return Response.json(answer, { headers: { "cache-control": "no-store" } });
});
