/** What is asked of clips: a camera and a range, checked, and the plan of the clip that they make. */
import { readNearest, readSegments } from "@rokuga/db/read_segments.ts";
import type { TimeRange } from "@rokuga/media/api.ts";
import { AROUND_MS, type ClipPlan, planClip } from "@rokuga/media/clip_plan.ts";
import type { Tracks } from "@rokuga/media/segment.ts";
import type { WebContext } from "./context.ts";
import { ProblemError } from "./problem.ts";
import { checkedRange, knownCamera, requiredTime } from "./query.ts";

/** Longer clips are made in the background, ms. */
export const LONGEST_STREAM_MS = 10 * 60_000;
/** The longest clip, ms: a day of 25 h, when clocks are set back. */
export const LONGEST_CLIP_MS = 25 * 3_600_000;

export type ClipAsked = { cameraId: string; range: TimeRange };

/** The camera of a route and the range of its query. Throws a 404 or 400. */
export async function askedClip(request: Request, id: string): Promise<ClipAsked> {
  const query = new URL(request.url).searchParams;
  return await checkedClip(id, query);
}

/** `query` has `from` and `to`. */
export async function checkedClip(id: string, query: URLSearchParams): Promise<ClipAsked> {
  const range = checkedRange(requiredTime(query, "from"), requiredTime(query, "to"), LONGEST_CLIP_MS);
  return { cameraId: await knownCamera(id), range };
}

/** Throws a 400 for what is too long to wait for. */
export function checkStreamed({ range }: ClipAsked): void {
  if (range.endMs - range.startMs <= LONGEST_STREAM_MS) return;
  throw new ProblemError(400, "Range too long", {
    detail:
      `A clip of more than ${LONGEST_STREAM_MS / 60_000} minutes is made in the background: ` +
      "POST /api/clips with cameraId, from and to, then fetch its file when it is ready.",
  });
}

/** Throws a 404 where there is no footage, a 409 where one file cannot hold it. */
export async function clipPlan({ database }: WebContext, { cameraId, range }: ClipAsked): Promise<ClipPlan> {
  const wanted = { startMs: range.startMs - AROUND_MS, endMs: range.endMs + AROUND_MS };
  const result = planClip(await readSegments(database, cameraId, wanted), range);
  if (result.ok) return result.plan;
  if (result.reason === "changes") {
    const when = new Date(result.atMs).toISOString();
    throw new ProblemError(409, "The picture changes", {
      detail:
        `From ${when} on the camera sends ${describe(result.to)} and no longer ${describe(result.from)}, ` +
        "which one MP4 file cannot hold. Ask for the part before that moment, and for the part from it on.",
    });
  }
  const nearest = await readNearest(database, cameraId, range);
  const iso = (ms: number) => new Date(ms).toISOString();
  throw new ProblemError(404, "No footage", {
    detail: nearest
      ? `There is no footage in this range. The nearest is from ${iso(nearest.startMs)} to ${iso(nearest.endMs)}.`
      : "There is no footage of this camera yet.",
    nearest,
  });
}

const describe = ({ codec, width, height }: Tracks["video"]) => `${width}×${height} (${codec})`;

/** The name under which a browser keeps the file. */
export function clipFileName({ cameraId, range }: ClipAsked): string {
  // Without colons, which Windows does not allow.
  const text = (ms: number) => new Date(ms).toISOString().replaceAll(":", "-");
  return `${cameraId}_${text(range.startMs)}_${text(range.endMs)}.mp4`;
}

export const CLIP_TYPE = "video/mp4";

/** Headers of an answer that is the clip's file. */
export function clipHeaders(asked: ClipAsked): Headers {
  return new Headers({
    "content-type": CLIP_TYPE,
    "content-disposition": `attachment; filename="${clipFileName(asked)}"`,
    "x-content-type-options": "nosniff",
  });
}
