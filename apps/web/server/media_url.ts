/**
 * Addresses of media for the browser: signed by the store itself where the browser can reach it, otherwise a
 * route of this app with a signature (HMAC-SHA-256 over key and expiry). Expiry is rounded up to the hour, so
 * that the same object has the same address for a while and the browser's cache can serve it again.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Storage } from "@rokuga/storage/storage.ts";

const HOUR_MS = 3_600_000;
/** How long an address holds at least: the length of the longest playlist plus time to watch it. */
const LIFETIME_MS = 12 * HOUR_MS;

/** Path of playlists (`/api/cameras/{id}/…`) to the route that streams. */
const MEDIA_PATH = "../../media/";

export type MediaUrlOptions = { storage: Storage; secret: string; nowMs: number };

/** The address of each key, as a playlist writes it. */
export async function mediaUris(
  keys: Iterable<string>,
  options: MediaUrlOptions,
): Promise<Map<string, string>> {
  const expiresAtMs = Math.ceil((options.nowMs + LIFETIME_MS) / HOUR_MS) * HOUR_MS;
  const entries = [...new Set(keys)].map(async (key): Promise<[string, string]> => {
    const direct = await options.storage.browserUrl(key, { expiresAtMs });
    return [key, direct ?? signedPath(key, { secret: options.secret, expiresAtMs })];
  });
  return new Map(await Promise.all(entries));
}

function signedPath(key: string, { secret, expiresAtMs }: { secret: string; expiresAtMs: number }): string {
  const expires = Math.floor(expiresAtMs / 1000);
  return `${MEDIA_PATH}${key}?expires=${expires}&signature=${signature(key, { secret, expires })}`;
}

/** Whether a request for `key` carries a signature that holds now. */
export function isSigned(
  key: string,
  query: URLSearchParams,
  { secret, nowMs }: { secret: string; nowMs: number },
): boolean {
  const expires = Number(query.get("expires"));
  const given = Buffer.from(query.get("signature") ?? "");
  if (!Number.isSafeInteger(expires) || expires * 1000 <= nowMs) return false;
  const wanted = Buffer.from(signature(key, { secret, expires }));
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** 128 bits, base64url. */
function signature(key: string, { secret, expires }: { secret: string; expires: number }): string {
  return createHmac("sha256", secret)
    .update(`${expires}\n${key}`)
    .digest()
    .subarray(0, 16)
    .toString("base64url");
}
