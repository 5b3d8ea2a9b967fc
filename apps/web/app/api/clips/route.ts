/** `POST /api/clips`: asks for a clip that is made in the background. */
import { createClip } from "../../../server/clip_job_routes.ts";
import { route } from "../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const POST = route((request) => createClip(request));
