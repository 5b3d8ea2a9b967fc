/**
 * `GET`, `POST /api/cameras/{id}/shares` and `DELETE …/shares/{shareId}`: links by which a range may be watched without
 * an account. shared_routes.ts is what such a link leads to.
 */
import { randomBytes, randomInt } from "node:crypto";
import { appendEvents } from "@rokuga/db/append.ts";
import { readShare, readShares, type Share } from "@rokuga/db/read_shares.ts";
import { hashOf } from "@rokuga/db/secrets.ts";
import { putShare } from "@rokuga/db/share_secrets.ts";
import type { TimeRange } from "@rokuga/media/api.ts";
import { itemsOf } from "@rokuga/media/playlist_items.ts";
import {
  LONGEST_DOWNLOAD_MS,
  type NewShare,
  ShareRequest,
  type SharesAnswer,
  type ShareView,
} from "@rokuga/media/share_api.ts";
import { footageShared, shareRevoked } from "@rokuga/media/shares.ts";
import { withNames } from "./actor_names.ts";
import { actorOf, personOf } from "./asking.ts";
import { webContext } from "./context.ts";
import { ProblemError } from "./problem.ts";
import { checkedRange, knownCamera, requiredTime } from "./query.ts";
import { LONGEST_MS, noFootage, readListable } from "./range_playlists.ts";
import { readBody } from "./read_body.ts";
import { hashPassword } from "./share_password.ts";

const LONGEST_EXPIRY_MS = 366 * 24 * 3_600_000;
/** How far the browser's clock may be ahead, ms. */
const AHEAD_MS = 60_000;
const EXAMPLE = {
  from: "2026-01-31T18:00:00Z",
  to: "2026-01-31T18:10:00Z",
  expires: "2026-02-07T18:00:00Z",
  password: "eight characters or more",
  download: true,
  note: "For the insurance",
};
const NO_STORE = { "cache-control": "no-store" };

export async function listShares(_request: Request, id: string): Promise<Response> {
  const cameraId = await knownCamera(id);
  const nowMs = Date.now();
  const shares = await readShares(webContext().database, { cameraId, nowMs });
  const answer: SharesAnswer = { cameraId, nowMs, shares: await withNames(shares.map(viewOf)) };
  return Response.json(answer, { headers: NO_STORE });
}

export async function createShare(request: Request, id: string): Promise<Response> {
  const cameraId = await knownCamera(id);
  const asked = await readBody(request, { schema: ShareRequest, example: EXAMPLE });
  const nowMs = Date.now();
  const { range, expiresMs } = checkedTimes(asked, nowMs);
  const context = webContext();
  const segments = await readListable(context, { cameraId, range, exact: true });
  if (itemsOf(segments, range).length === 0) await noFootage(context, { cameraId, range });
  const { download, password = null, note = null } = asked;
  const by = actorOf(personOf());
  const shareId = randomId();
  const secret = randomBytes(16).toString("base64url");
  const passwordHash = password === null ? null : await hashPassword(password);
  const data = { shareId, cameraId, ...range, expiresMs, download, password: password !== null, note, by };
  await putShare(context.database, {
    secret: { shareId, secretHash: hashOf(secret), passwordHash },
    event: footageShared(data, nowMs),
  });
  const share = await readShare(context.database, { shareId, nowMs });
  const [view] = await withNames([viewOf(share!)]);
  const answer: NewShare = { share: view!, link: `/share/${shareId}#${secret}` };
  return Response.json(answer, { status: 201, headers: NO_STORE });
}

/** Ends a share, for good. One that has ended already stays as it is. */
export async function revokeShare(
  _request: Request,
  { id, shareId }: { id: string; shareId: string },
): Promise<Response> {
  const cameraId = await knownCamera(id);
  const { database } = webContext();
  const nowMs = Date.now();
  const share = await readShare(database, { shareId, nowMs });
  if (share?.cameraId !== cameraId) {
    throw new ProblemError(404, "Unknown share", {
      detail: `There is no share '${shareId.slice(0, 80)}' of footage of '${cameraId}'. GET /api/cameras/${cameraId}/shares lists those there are.`,
    });
  }
  const by = actorOf(personOf());
  if (share.revokedMs === null) {
    await appendEvents(database, [shareRevoked({ shareId: share.shareId, cameraId, by }, nowMs)]);
  }
  return new Response(null, { status: 204 });
}

function checkedTimes(asked: ShareRequest, nowMs: number): { range: TimeRange; expiresMs: number } {
  const { from, to, expires } = asked;
  const given = new URLSearchParams({ from: String(from), to: String(to), expires: String(expires) });
  const range = checkedRange(requiredTime(given, "from"), requiredTime(given, "to"), LONGEST_MS);
  const expiresMs = requiredTime(given, "expires");
  const refuse = (detail: string) => new ProblemError(400, "Malformed request", { detail });
  if (range.endMs > nowMs + AHEAD_MS)
    throw refuse("The range reaches into the future. Only what has been recorded can be shared.");
  if (expiresMs <= nowMs)
    throw refuse("'expires' has passed: nobody could open the link. Give a later moment.");
  if (expiresMs > nowMs + LONGEST_EXPIRY_MS)
    throw refuse("'expires' is more than a year from now. Give an earlier moment.");
  if (asked.download && range.endMs - range.startMs > LONGEST_DOWNLOAD_MS)
    throw refuse(
      "More than an hour can be watched by a link, but not downloaded. Share less, or without 'download'.",
    );
  return { range, expiresMs };
}

/** 62 random bits as 12 letters and digits: it is no secret, it only has to be another each time. */
const randomId = () => Array.from({ length: 12 }, () => randomInt(36).toString(36)).join("");

function viewOf({ cameraId: _, ...view }: Share): ShareView {
  return view;
}
