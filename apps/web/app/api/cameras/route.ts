/** `GET /api/cameras`: the cameras that who asks may see, with their state. */
import { readCameras } from "@rokuga/db/read_cameras.ts";
import { permissionsAt } from "@rokuga/media/access.ts";
import type { CamerasAnswer } from "@rokuga/media/api.ts";
import { personOf } from "../../../server/asking.ts";
import { webContext } from "../../../server/context.ts";
import { route } from "../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const GET = route(async () => {
  const nowMs = Date.now();
  const { grants } = personOf();
  const all = await readCameras(webContext().database, nowMs);
  const cameras = all.filter(
    ({ id: cameraId, siteId }) => permissionsAt(grants, { cameraId, siteId }).length > 0,
  );
  const answer: CamerasAnswer = { nowMs, cameras };
  return Response.json(answer, { headers: { "cache-control": "no-store" } });
});
