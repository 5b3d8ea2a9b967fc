/**
 * What a page may load (Content Security Policy, level 3). Next's inline scripts carry a nonce of their request, which
 * Next takes from the policy in the request's headers: main.ts puts it there, in place of what a client may have sent.
 *
 * hls.js plays from `blob:` URLs and runs its worker from our own origin; media comes from our own routes or directly
 * from an object store over HTTPS.
 */
import { randomBytes } from "node:crypto";

/** As browsers want it: at least 128 bits, as base64. */
export const newNonce = (): string => randomBytes(18).toString("base64");

/** `nonce`: of a page; without one no inline script runs. `isHot`: for Next's development server. */
export function contentSecurity({ nonce, isHot }: { nonce: string | undefined; isHot: boolean }): string {
  const script = [
    "script-src 'self'",
    ...(nonce === undefined ? [] : [`'nonce-${nonce}'`]),
    // It evaluates code to replace modules while they run.
    ...(isHot ? ["'unsafe-eval'"] : []),
  ].join(" ");
  return [
    "default-src 'self'",
    script,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob: https:",
    `connect-src 'self' blob: https:${isHot ? " ws:" : ""}`,
    "worker-src 'self' blob:",
    "font-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
