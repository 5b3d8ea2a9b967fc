/**
 * Addresses of media for clients. There are two kinds:
 *
 * - Of this app: `media/<site>/<grant>/<name>`, relative to the playlists of a camera (`/api/cameras/{id}/`). The grant
 *   is a signature (HMAC-SHA-256) and when it expires; it holds for the camera's segments that begin in one hour (by
 *   their names, in UTC), so that a playlist of a day needs 25 of them and not 8,640. media_route.ts serves them:
 *   it streams, or sends the client on to the store.
 * - Of the store, where the browser can reach it: each signed by the store's rules for one object. They are longer, and
 *   lead there at once.
 *
 * Expiry is rounded up to the hour, so that the same object has the same address for a while and the browser's cache can
 * serve it again. Known limit: a grant opens the rest of its hour, too. What may be shown for less than an hour must not
 * be given addresses of this app.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { objectKey, parseObjectKey } from "@rokuga/media/object_key.ts";
import type { Address, AddressOf } from "@rokuga/media/playlist_text.ts";
import type { Storage } from "@rokuga/storage/storage.ts";

const HOUR_MS = 3_600_000;

/** Signature of a grant: 128 bits, base64url. */
const SIGNATURE_LENGTH = 22;

/** When addresses given at `nowMs` expire that are to hold for `lifetimeMs` at least. */
export function expiryOf(nowMs: number, lifetimeMs: number): number {
  return Math.ceil((nowMs + lifetimeMs) / HOUR_MS) * HOUR_MS;
}

/** Addresses of this app. `expiresAtMs`: see {@link expiryOf}. */
export function ownAddresses({ secret, expiresAtMs }: { secret: string; expiresAtMs: number }): AddressOf {
  let folder = "";
  let hour = Number.NaN;
  let before = "";
  return (key) => {
    const nameAt = key.lastIndexOf("/") + 1;
    const own = key.slice(nameAt);
    const keyHour = Math.floor(Number.parseInt(own, 10) / HOUR_MS);
    if (keyHour !== hour || !key.startsWith(folder) || nameAt !== folder.length) {
      folder = key.slice(0, nameAt);
      hour = keyHour;
      const [, siteId = "", , cameraId = ""] = folder.split("/");
      const grant = { siteId, cameraId, hour, expiresHour: expiresAtMs / HOUR_MS };
      before = `media/${siteId}/${grant.expiresHour.toString(36)}${signature(grant, secret)}/`;
    }
    return { before, own, after: "" };
  };
}

/** Addresses of the store for these keys; those of this app where the browser cannot reach the store. */
export async function directAddresses(
  keys: Iterable<string>,
  { storage, secret, expiresAtMs }: { storage: Storage; secret: string; expiresAtMs: number },
): Promise<AddressOf> {
  const own = ownAddresses({ secret, expiresAtMs });
  const addresses = new Map<string, Address>();
  for (const key of new Set(keys)) {
    const url = await storage.browserUrl(key, { expiresAtMs });
    if (url === undefined) return own;
    addresses.set(key, parts(url));
  }
  return (key) => addresses.get(key) ?? own(key);
}

/**
 * What signed addresses of a store share: all up to the camera; of S3 all after the signature (presign.ts puts it first),
 * of CloudFront the whole query.
 */
function parts(url: string): Address {
  const [, before, own, after] =
    /^(.*\/cameras\/[^/?]+\/)([^?]+\?(?:X-Amz-Signature=\w+&)?)(.*)$/.exec(url) ?? [];
  if (before === undefined || own === undefined || after === undefined)
    return { before: "", own: url, after: "" };
  return { before, own, after };
}

const OWN_PATH = new RegExp(
  `^/api/cameras/([^/]+)/media/([^/]+)/([1-9a-z][0-9a-z]{0,8})([\\w-]{${SIGNATURE_LENGTH}})/((\\d{1,15})-(\\d{1,12})-([0-9a-z]{13})-(\\d{1,8})\\.ts)$`,
);

/** Whether a path is one of {@link ownAddresses}', by its beginning: then it is for media_route.ts to answer. */
export const isMediaPath = (path: string) => /^\/api\/cameras\/[^/?]+\/media\//.test(path);

/**
 * The key that an address of this app is for, if its signature holds now; undefined otherwise. Nothing but a segment's
 * key comes out of it, whatever goes in.
 */
export function grantedKey(
  path: string,
  { secret, nowMs }: { secret: string; nowMs: number },
): string | undefined {
  const match = OWN_PATH.exec(path);
  if (!match) return undefined;
  const [, cameraId, siteId, expires, given, name, start, duration, runId, sequence] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const startMs = Number(start);
  const expiresHour = Number.parseInt(expires, 36);
  if (expiresHour * HOUR_MS <= nowMs || startMs > MAX_TIME_MS) return undefined;
  const grant = { siteId, cameraId, hour: Math.floor(startMs / HOUR_MS), expiresHour };
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(signature(grant, secret)))) return undefined;
  const id = { siteId, cameraId, runId, sequence: Number(sequence), startMs };
  const key = objectKey({ ...id, wallDurationMs: Number(duration) });
  return key.endsWith(`/${name}`) && parseObjectKey(key) ? key : undefined;
}

/** The last moment that a date can express (ECMA-262 §21.4.1.1). */
const MAX_TIME_MS = 8.64e15;

type Grant = { siteId: string; cameraId: string; hour: number; expiresHour: number };

function signature({ siteId, cameraId, hour, expiresHour }: Grant, secret: string): string {
  return createHmac("sha256", secret)
    .update(`${expiresHour}\n${siteId}\n${cameraId}\n${hour}`)
    .digest("base64url")
    .slice(0, SIGNATURE_LENGTH);
}
