/**
 * What a request needs, by its method and path: one table for the whole web app, which the guard asks before anything
 * else sees the request. What is not in it is refused, so that a new route is closed until somebody has thought about
 * who may ask it. test/people/permissions_test.ts has the same as an expectation, for each role.
 */
import type { Permission } from "@rokuga/media/access.ts";

export type Need =
  /** Anyone. */
  | { kind: "public" }
  /** Who is signed in, or has a token; the route itself looks at what it is about, or leaves out what is not theirs. */
  | { kind: "signed-in" }
  /** The permission at the camera that the path names. Without any at it the camera is not to be known of. */
  | { kind: "camera"; permission: Permission }
  /** The permission for everything there is. */
  | { kind: "everything"; permission: Permission };

const PUBLIC: Need = { kind: "public" };
const SIGNED_IN: Need = { kind: "signed-in" };
const camera = (permission: Permission): Need => ({ kind: "camera", permission });
const OWNER: Need = { kind: "everything", permission: "people" };

/** `{camera}` stands for a camera's id, `{id}` for any other, `**` for all that follows. HEAD is as GET. */
const TABLE: readonly (readonly [method: string, pattern: string, need: Need])[] = [
  // Pages.
  ["GET", "/", SIGNED_IN],
  ["GET", "/people", SIGNED_IN],
  ["GET", "/sign-in", PUBLIC],
  ["GET", "/join", PUBLIC],
  ["GET", "/reset", PUBLIC],
  // What pages are made of, the same for everyone.
  ["GET", "/_next/static/**", PUBLIC],
  ["GET", "/icon.svg", PUBLIC],
  ["GET", "/favicon.ico", PUBLIC],
  ["GET", "/manifest.webmanifest", PUBLIC],
  ["GET", "/apple-icon.png", PUBLIC],
  ["GET", "/icon-192.png", PUBLIC],
  ["GET", "/icon-512.png", PUBLIC],
  ["GET", "/icon-maskable-512.png", PUBLIC],

  // Becoming somebody.
  ["POST", "/api/sign-in", PUBLIC],
  ["POST", "/api/join", PUBLIC],
  ["POST", "/api/join/check", PUBLIC],
  ["POST", "/api/reset", PUBLIC],
  ["POST", "/api/reset/check", PUBLIC],
  ["GET", "/api/auth/passkey/generate-authenticate-options", PUBLIC],
  ["POST", "/api/auth/passkey/verify-authentication", PUBLIC],
  // Oneself.
  ["GET", "/api/session", SIGNED_IN],
  ["DELETE", "/api/session", SIGNED_IN],
  ["POST", "/api/password", SIGNED_IN],
  ["GET", "/api/auth/passkey/generate-register-options", SIGNED_IN],
  ["POST", "/api/auth/passkey/verify-registration", SIGNED_IN],
  ["GET", "/api/auth/passkey/list-user-passkeys", SIGNED_IN],
  ["POST", "/api/auth/passkey/delete-passkey", SIGNED_IN],
  // Others.
  ["GET", "/api/people", OWNER],
  ["DELETE", "/api/people/{id}", OWNER],
  ["PUT", "/api/people/{id}/grants", OWNER],
  ["POST", "/api/people/{id}/password-link", OWNER],
  ["DELETE", "/api/people/{id}/password-link", OWNER],
  ["POST", "/api/invitations", OWNER],
  ["DELETE", "/api/invitations/{id}", OWNER],
  ["DELETE", "/api/sessions/{id}", OWNER],
  ["GET", "/api/tokens", OWNER],
  ["POST", "/api/tokens", OWNER],
  ["DELETE", "/api/tokens/{id}", OWNER],
  ["GET", "/api/audit", OWNER],

  // Recordings.
  ["GET", "/api/cameras", SIGNED_IN],
  ["GET", "/api/cameras/{camera}/timeline", camera("playback")],
  ["GET", "/api/cameras/{camera}/completeness", camera("playback")],
  ["GET", "/api/cameras/{camera}/playlist.m3u8", camera("playback")],
  ["GET", "/api/cameras/{camera}/index.m3u8", camera("playback")],
  ["GET", "/api/cameras/{camera}/iframes.m3u8", camera("playback")],
  ["GET", "/api/cameras/{camera}/live.m3u8", camera("live")],
  ["GET", "/api/cameras/{camera}/snapshot.jpg", camera("playback")],
  ["GET", "/api/cameras/{camera}/clip.mp4", camera("export")],
  ["GET", "/api/cameras/{camera}/clip.json", camera("export")],
  ["GET", "/api/cameras/{camera}/exports", camera("export")],
  ["GET", "/api/cameras/{camera}/locks", camera("playback")],
  ["POST", "/api/cameras/{camera}/locks", camera("lock")],
  ["DELETE", "/api/cameras/{camera}/locks/{id}", camera("lock")],
  ["GET", "/api/cameras/{camera}/shares", camera("share")],
  ["POST", "/api/cameras/{camera}/shares", camera("share")],
  ["DELETE", "/api/cameras/{camera}/shares/{id}", camera("share")],
  // Whoever has a link, by its secret, and then by the cookie that opening it gave: shared_open.ts.
  ["GET", "/share/{id}", PUBLIC],
  ["POST", "/api/shared/{id}/open", PUBLIC],
  ["GET", "/api/shared/{id}", PUBLIC],
  ["GET", "/api/shared/{id}/playlist.m3u8", PUBLIC],
  ["GET", "/api/shared/{id}/media/{id}", PUBLIC],
  ["GET", "/api/shared/{id}/clip.mp4", PUBLIC],
  // Signed, each for an hour of a camera, by the playlist that whoever has it was given: media_url.ts.
  ["GET", "/api/cameras/{camera}/media/**", PUBLIC],
  // Of the camera that the request's body, or the clip, names: clip_job_routes.ts looks.
  ["POST", "/api/clips", SIGNED_IN],
  ["GET", "/api/clips/{id}", SIGNED_IN],
  ["DELETE", "/api/clips/{id}", SIGNED_IN],
  ["GET", "/api/clips/{id}/clip.mp4", SIGNED_IN],

  // The installation.
  ["GET", "/api/health", PUBLIC],
  ["GET", "/api/metrics", { kind: "everything", permission: "live" }],
  ["GET", "/api/openapi.json", SIGNED_IN],
  // With the key to the relay's page, where cameras are added.
  ["GET", "/api/setup", OWNER],
];

type Rule = { method: string; pattern: string; regexp: RegExp; need: Need };

const RULES: readonly Rule[] = TABLE.map(([method, pattern, need]) => ({
  ...{ method, pattern, need },
  regexp: new RegExp(
    `^${pattern
      .replace(/[.]/g, "\\.")
      .replace("{camera}", "(?<camera>[^/]+)")
      .replaceAll("{id}", "[^/]+")
      .replace("/**", "/.+")}$`,
  ),
}));

export type Ruling =
  /** `cameraId`: as it stands in the path, decoded. */
  | { kind: "need"; need: Need; cameraId: string | undefined }
  /** The path is known, with these methods. */
  | { kind: "other-methods"; allow: string[] }
  | { kind: "unknown" };

/**
 * What a request needs. `path`: as it came, without its query and not normalised: what another program could take for
 * one of these paths and this one does not is refused.
 */
export function ruleOf(method: string, path: string): Ruling {
  // A path that climbs would be another one to whoever resolves it.
  if (/(^|\/)(\.|%2e){1,2}(\/|$)|\\|%5c|%2f|\/\//i.test(path)) return { kind: "unknown" };
  const found = RULES.filter(({ regexp }) => regexp.test(path));
  const asked = method === "HEAD" ? "GET" : method;
  const rule = found.find((candidate) => candidate.method === asked);
  if (rule) {
    const cameraId = rule.regexp.exec(path)?.groups?.camera;
    return { kind: "need", need: rule.need, cameraId: cameraId && decoded(cameraId) };
  }
  if (found.length === 0) return { kind: "unknown" };
  return {
    kind: "other-methods",
    allow: found.flatMap((one) => (one.method === "GET" ? ["GET", "HEAD"] : one.method)),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not well formed, and so the id of no camera.
    return text;
  }
}

/** The table, for those who check that it is whole. */
export const ACCESS_RULES: readonly Pick<Rule, "method" | "pattern" | "need">[] = RULES;
