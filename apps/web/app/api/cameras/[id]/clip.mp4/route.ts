/** `GET /api/cameras/{id}/clip.mp4?from&to`: the range as an MP4 file, at most ten minutes of it. */
import { clipAnswer } from "../../../../../server/clip_answer.ts";
import { route } from "../../../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>((request, { id }) => clipAnswer(request, id));

/** Without this, Next would make the clip and throw it away. */
export const HEAD = GET;
