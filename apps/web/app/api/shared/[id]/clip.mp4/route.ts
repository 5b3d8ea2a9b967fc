/** `GET /api/shared/{id}/clip.mp4`: what was shared as an MP4 file, where that is allowed. */
import { route } from "../../../../../server/problem.ts";
import { sharedClip } from "../../../../../server/shared_routes.ts";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>((request, { id }) => sharedClip(request, id));

/** Without this, Next would make the clip and throw it away. */
export const HEAD = GET;
