/**
 * `POST /api/shared/{id}/open`: whoever has the link, and the password where one is asked for, begins a visit. The
 * link's secret stands behind its `#`, which browsers send to nobody: it comes here in a body, and so is in no log.
 */
import { randomUUID, timingSafeEqual } from "node:crypto";
import { appendEvents } from "@rokuga/db/append.ts";
import { countAttempt, forgetTries } from "@rokuga/db/attempts.ts";
import { readShare, type Share } from "@rokuga/db/read_shares.ts";
import { hashOf } from "@rokuga/db/secrets.ts";
import { readShareSecret, type ShareSecret } from "@rokuga/db/share_secrets.ts";
import { ShareId } from "@rokuga/media/ids.ts";
import { OpenRequest, SHARE_PROBLEMS } from "@rokuga/media/share_api.ts";
import { shareOpened } from "@rokuga/media/shares.ts";
import { type WebContext, webContext } from "./context.ts";
import { ProblemError } from "./problem.ts";
import { readBody } from "./read_body.ts";
import { isPassword } from "./share_password.ts";
import { VISIT_MS, visitCookie } from "./share_visit.ts";
import { checkOpen, sharedView } from "./shared_visit.ts";

const EXAMPLE = { secret: "what stands behind the # of the link", password: "where one is asked for" };
/** Of each share within a quarter of an hour: wrong passwords, and openings. */
const WINDOW_MS = 15 * 60_000;
const MOST = { wrong: 10, opened: 120 } as const;

/** Opens a share: its secret is right, and its password, and it has not ended. Counts the visit. */
export async function openShare(request: Request, id: string): Promise<Response> {
  const { secret, password } = await readBody(request, { schema: OpenRequest, example: EXAMPLE });
  const context = webContext();
  const { database, mediaSecret, isHttps } = context;
  const nowMs = Date.now();
  const { share, kept } = await knownShare(context, { id, secret, nowMs });
  const { shareId, cameraId } = share;
  if (kept.passwordHash !== null) await checkPassword(context, { kept, password, nowMs });
  await count(context, { shareId, what: "opened", nowMs, sentence: "This link was opened very often." });
  const view = await sharedView(context, { share, nowMs });
  const visit = { shareId, visitId: randomUUID(), expiresMs: Math.min(nowMs + VISIT_MS, share.expiresMs) };
  // What cannot be noted is not shown.
  await appendEvents(database, [shareOpened({ shareId, cameraId, visitId: visit.visitId }, nowMs)]);
  const cookie = visitCookie(visit, { secret: mediaSecret, nowMs, secure: isHttps });
  return Response.json(view, { headers: { "cache-control": "no-store", "set-cookie": cookie } });
}

/** The share of a link whose secret is right and that has not ended. Without the secret nothing is told of it. */
async function knownShare(
  { database }: WebContext,
  { id, secret, nowMs }: { id: string; secret: string; nowMs: number },
): Promise<{ share: Share; kept: ShareSecret }> {
  const known = ShareId.safeParse(id).success;
  const kept = known ? await readShareSecret(database, id) : undefined;
  const share = kept && (await readShare(database, { shareId: id, nowMs }));
  const isRight = kept && timingSafeEqual(Buffer.from(kept.secretHash), Buffer.from(hashOf(secret)));
  if (!share || !isRight) {
    throw new ProblemError(404, "Unknown link", {
      detail: "This link leads to nothing. Check that it is whole, or ask whoever sent it for a new one.",
      type: SHARE_PROBLEMS.unknown,
    });
  }
  checkOpen(share);
  return { share, kept };
}

/** Counted before it is tried, so that of many at once no more are tried than may be. */
async function checkPassword(
  context: WebContext,
  { kept, password, nowMs }: { kept: ShareSecret; password: string | undefined; nowMs: number },
): Promise<void> {
  const { shareId, passwordHash } = kept;
  if (password === undefined || password === "") {
    throw new ProblemError(401, "Password needed", {
      detail: "A password is needed to open this link. Ask whoever sent it.",
      type: SHARE_PROBLEMS.passwordNeeded,
    });
  }
  await count(context, { shareId, what: "wrong", nowMs, sentence: "The password was wrong too often." });
  if (await isPassword(password, passwordHash!))
    return await forgetTries(context.database, keyOf(shareId, "wrong"));
  throw new ProblemError(403, "Wrong password", {
    detail: "The password is not right. Check it, or ask whoever sent the link.",
    type: SHARE_PROBLEMS.passwordWrong,
  });
}

type Tried = keyof typeof MOST;

const keyOf = (shareId: string, what: Tried) => `share/${what}/${shareId}`;

/** Throws a 429 when it is one too many. */
async function count(
  { database }: WebContext,
  { shareId, what, nowMs, sentence }: { shareId: string; what: Tried; nowMs: number; sentence: string },
): Promise<void> {
  const limit = { most: MOST[what], windowMs: WINDOW_MS, nowMs };
  const { waitMs } = await countAttempt(database, [keyOf(shareId, what)], limit);
  if (waitMs === undefined) return;
  throw new ProblemError(429, "Too often", {
    detail: `${sentence} Try again in ${Math.ceil(waitMs / 60_000)} min.`,
    type: SHARE_PROBLEMS.tooOften,
    headers: { "retry-after": String(Math.ceil(waitMs / 1000)) },
  });
}
