/**
 * A visit of a share: a cookie that whoever opened it gets, signed, so that its password is asked for once and each use
 * is counted once. It leads to this share alone, cannot be read by scripts, and is worth nothing once the share is
 * revoked or has expired, since each request asks for that.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

/** How long a visit lasts at most, ms. */
export const VISIT_MS = 12 * 3_600_000;

export type Visit = { shareId: string; visitId: string; expiresMs: number };

const nameOf = (shareId: string) => `rokuga_share_${shareId}`;
/** Scripts of the share's page ask there, and nothing else does. */
const pathOf = (shareId: string) => `/api/shared/${shareId}`;

/** The `Set-Cookie` header of a visit. `secure`: the page came by HTTPS. */
export function visitCookie(
  visit: Visit,
  { secret, nowMs, secure }: { secret: string; nowMs: number; secure: boolean },
): string {
  const { shareId, visitId, expiresMs } = visit;
  const value = `${visitId}.${expiresMs.toString(36)}.${signature(visit, secret)}`;
  const seconds = Math.max(0, Math.floor((expiresMs - nowMs) / 1000));
  const attributes = [
    `Path=${pathOf(shareId)}`,
    `Max-Age=${seconds}`,
    "HttpOnly",
    "SameSite=Strict",
    ...(secure ? ["Secure"] : []),
  ];
  return `${nameOf(shareId)}=${value}; ${attributes.join("; ")}`;
}

/** The visit that a `Cookie` header tells of, if its signature is right and it lasts. */
export function visitOf(
  header: string | null,
  { shareId, secret, nowMs }: { shareId: string; secret: string; nowMs: number },
): Visit | undefined {
  for (const part of (header ?? "").split(";")) {
    const [name, value = ""] = part.trim().split("=", 2);
    if (name !== nameOf(shareId)) continue;
    const [, visitId, expires, given] = /^([0-9a-f-]{36})\.([0-9a-z]{1,11})\.([\w-]{43})$/.exec(value) ?? [];
    if (visitId === undefined || expires === undefined || given === undefined) continue;
    const visit = { shareId, visitId, expiresMs: Number.parseInt(expires, 36) };
    const isRight = timingSafeEqual(Buffer.from(given), Buffer.from(signature(visit, secret)));
    if (isRight && visit.expiresMs > nowMs) return visit;
  }
  return undefined;
}

/** The first line keeps it apart from other things that the same secret signs. */
function signature({ shareId, visitId, expiresMs }: Visit, secret: string): string {
  return createHmac("sha256", secret)
    .update(`share visit\n${shareId}\n${visitId}\n${expiresMs}`)
    .digest("base64url");
}
