/** `GET /api/clips/{id}`: how far a clip has come. `DELETE`: it is not wanted any more. Its file: clip_download.ts. */
import { removeClip, showClip } from "../../../../server/clip_job_routes.ts";
import { route } from "../../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>(async (_request, { id }) => showClip(id));

export const DELETE = route<{ id: string }>(async (_request, { id }) => removeClip(id));
