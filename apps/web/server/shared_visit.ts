/** The share that a request of whoever has a link is about: once it was opened, and as long as it has not ended. */
import { readCameraName } from "@rokuga/db/read_cameras.ts";
import { readShare, type Share } from "@rokuga/db/read_shares.ts";
import { readTimeline } from "@rokuga/db/read_timeline.ts";
import { SHARE_PROBLEMS, type SharedView } from "@rokuga/media/share_api.ts";
import { type WebContext, webContext } from "./context.ts";
import { ProblemError } from "./problem.ts";
import { visitOf } from "./share_visit.ts";

/** Throws a 410 that says how the share ended. */
export function checkOpen({ state, expiresMs, revokedMs }: Share): void {
  if (state === "open") return;
  const iso = (ms: number) => new Date(ms).toISOString();
  const detail =
    state === "expired"
      ? `This link expired at ${iso(expiresMs)}. Ask whoever sent it for a new one.`
      : `This link was revoked at ${iso(revokedMs!)}. Ask whoever sent it if you still need it.`;
  throw new ProblemError(410, state === "expired" ? "Expired" : "Revoked", {
    detail,
    type: SHARE_PROBLEMS[state],
  });
}

/** The share that a request's visit is of. Throws a 401 without a visit, a 410 once the share has ended. */
export async function visitedShare(request: Request, id: string): Promise<Share> {
  const { database, mediaSecret: secret } = webContext();
  const nowMs = Date.now();
  const visit = visitOf(request.headers.get("cookie"), { shareId: id, secret, nowMs });
  const share = visit && (await readShare(database, { shareId: visit.shareId, nowMs }));
  if (!share) {
    throw new ProblemError(401, "Not opened", {
      detail: "This link has not been opened here, or long ago. Open it again.",
      type: SHARE_PROBLEMS.closed,
    });
  }
  checkOpen(share);
  return share;
}

/** What is told of a share to whoever has opened it. */
export async function sharedView(
  { database }: WebContext,
  { share, nowMs }: { share: Share; nowMs: number },
): Promise<SharedView> {
  const { shareId, cameraId, startMs, endMs, expiresMs, download } = share;
  const range = { startMs, endMs };
  const [camera, { gaps }] = await Promise.all([
    readCameraName(database, cameraId),
    readTimeline(database, { cameraId, range, resolutionMs: 0, nowMs }),
  ]);
  return { shareId, nowMs, camera: camera ?? cameraId, ...range, expiresMs, download, gaps };
}
