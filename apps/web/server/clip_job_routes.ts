/** `POST /api/clips` and `GET`, `DELETE /api/clips/{id}`: clips that are made in the background. */
import { ClipJobView, ClipRequest } from "@rokuga/media/clip_api.ts";
import { clipContext } from "./clip_context.ts";
import { checkedClip, clipPlan } from "./clip_request.ts";
import { webContext } from "./context.ts";
import { checkPermitted, isPermitted } from "./permitted.ts";
import { isNamed, ProblemError } from "./problem.ts";
import { readBody } from "./read_body.ts";

const EXAMPLE = { cameraId: "front-door", from: "2026-01-31T18:00:00Z", to: "2026-01-31T19:00:00Z" };

export async function createClip(request: Request): Promise<Response> {
  const { cameraId, from, to } = await readBody(request, {
    schema: ClipRequest,
    example: EXAMPLE,
  });
  const query = new URLSearchParams({ from: String(from), to: String(to) });
  await checkPermitted("export", cameraId);
  const asked = await checkedClip(cameraId, query);
  // So that what cannot be made is refused at once.
  const plan = await clipPlan(webContext(), asked);
  const job = await clipContext()
    .jobs.create(asked, plan.bytes)
    .catch((error: unknown) => {
      if (!isNamed(error, "NoRoomError")) throw error;
      throw new ProblemError(507, "No room", { detail: (error as Error).message });
    });
  return answer(job, { status: 202, headers: { location: `/api/clips/${job.id}` } });
}

export async function showClip(id: string): Promise<Response> {
  return answer(await permittedClip(id));
}

export async function removeClip(id: string): Promise<Response> {
  await permittedClip(id);
  if (!(await clipContext().jobs.remove(id))) throw unknownClip(id);
  return new Response(null, { status: 204 });
}

/** A clip of a camera whose footage who asks may export. To all others there is no such clip. */
export async function permittedClip(id: string): Promise<ClipJobView> {
  const job = clipContext().jobs.get(id);
  if (!job || !(await isPermitted("export", job.cameraId))) throw unknownClip(id);
  return job;
}

export const unknownClip = (id: string) =>
  new ProblemError(404, "Unknown clip", {
    detail: `There is no clip '${id.slice(0, 80)}': it was deleted, was kept long enough, or the web app was started anew. POST /api/clips makes it again.`,
  });

function answer(job: ClipJobView, { status = 200, headers = {} } = {}): Response {
  return Response.json(ClipJobView.parse(job), {
    status,
    headers: { "cache-control": "no-store", ...headers },
  });
}
