/**
 * Signed URLs of Amazon CloudFront in front of the bucket: media comes from near the viewer, and the bucket needs to be
 * open to nobody. A URL carries a custom policy, whose resource may end in a wildcard: one signature is for all segments
 * of a camera that begin within {@link GRANT_MS} on one day, since their names begin with that time. (A signature is a
 * millisecond of RSA; a playlist of two hours needs one or two.)
 *
 * The distribution's origin is the bucket, with the folder of the store's keys as origin path; its behaviour has a
 * trusted key group with the public key, and a response headers policy that lets the page's origin read (CORS).
 * Source: "Use signed URLs" and "Create a signed URL using a custom policy", Amazon CloudFront Developer Guide.
 */
import { createPrivateKey } from "node:crypto";
import { getSignedUrl } from "@aws-sdk/cloudfront-signer";
import { parseObjectKey } from "@rokuga/media/object_key.ts";
import { SettingError } from "@rokuga/runtime/environment.ts";
import { checkKey } from "./key.ts";
import type { Storage } from "./storage.ts";

export type CloudfrontOptions = {
  /** Where the store's keys begin: `https://d111111abcdef8.cloudfront.net`. */
  url: string;
  /** Id of the public key in the distribution's key group: `K2JCJMDEHXQW5F`. */
  keyPairId: string;
  /** The private key, PEM: RSA with 2,048 bits. */
  privateKey: string;
};

/** Digits of a start in milliseconds that a grant leaves open. */
const OPEN_DIGITS = 7;
/** How long a time the segments of one grant begin in, ms: 2 h 46 min 40 s. */
export const GRANT_MS = 10 ** OPEN_DIGITS;
/** Signatures that are remembered. */
const REMEMBERED = 1_000;

/** The store, with CloudFront's URLs for browsers. Throws {@link SettingError} when a setting is wrong. */
export function throughCloudfront(storage: Storage, options: CloudfrontOptions): Storage {
  const sign = cloudfrontSigner(options);
  return {
    put: (key, body, given) => storage.put(key, body, given),
    get: (key, given) => storage.get(key, given),
    head: (key, given) => storage.head(key, given),
    list: (prefix, given) => storage.list(prefix, given),
    delete: (keys, given) => storage.delete(keys, given),
    check: (given) => storage.check(given),
    browserUrl: async (key, { expiresAtMs }) => sign(key, { expiresAtMs }),
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}

/**
 * A function that gives an object's URL, which holds until `expiresAtMs`, rounded down to the second. The same object and
 * expiry have the same URL. Throws RangeError when that is past.
 */
export function cloudfrontSigner({
  url,
  keyPairId,
  privateKey,
}: CloudfrontOptions): (key: string, options: { expiresAtMs: number; nowMs?: number }) => string {
  const base = baseOf(url);
  const pem = checkedKey(privateKey);
  const queries = new Map<string, string>();
  return (key, { expiresAtMs, nowMs = Date.now() }) => {
    checkKey(key);
    if (!(expiresAtMs > nowMs))
      throw new RangeError(`Cannot sign a URL: expiresAtMs must be after ${nowMs}, it is ${expiresAtMs}`);
    const resource = `${base}/${grantOf(key)}`;
    const policy = policyOf(resource, expiresAtMs);
    let query = queries.get(policy);
    if (query === undefined) {
      query = new URL(getSignedUrl({ url: base, keyPairId, privateKey: pem, policy })).search;
      if (queries.size >= REMEMBERED) queries.clear();
      queries.set(policy, query);
    }
    return `${base}/${key}${query}`;
  };
}

/** What a signature is for: a segment's neighbours too, any other object alone. */
function grantOf(key: string): string {
  const segment = parseObjectKey(key);
  if (!segment) return key;
  const start = String(segment.startMs);
  // Without its last digits a short number would be the beginning of others.
  if (start.length <= OPEN_DIGITS) return key;
  const folder = key.slice(0, key.lastIndexOf("/") + 1);
  return `${folder}${start.slice(0, -OPEN_DIGITS)}${"?".repeat(OPEN_DIGITS)}-*`;
}

function policyOf(resource: string, expiresAtMs: number): string {
  const ends = { DateLessThan: { "AWS:EpochTime": Math.floor(expiresAtMs / 1000) } };
  return JSON.stringify({ Statement: [{ Resource: resource, Condition: ends }] });
}

function baseOf(url: string): string {
  const parsed = URL.parse(url);
  // A wildcard or a query in it would sign more, or something else, than what is meant.
  if (
    !parsed ||
    !/^https?:$/.test(parsed.protocol) ||
    /[?#*]/.test(url) ||
    parsed.username ||
    parsed.password
  )
    throw new SettingError(
      "The address of the media (CLOUDFRONT_URL) is wrong: it must be https://… without ?, # and *",
    );
  return parsed.href.replace(/\/$/, "");
}

/** A PEM whose lines are kept apart by `\n`, as some keepers of secrets write it, is taken too. */
function checkedKey(privateKey: string): string {
  const pem = privateKey.replaceAll("\\n", "\n");
  try {
    if (createPrivateKey(pem).asymmetricKeyType === "rsa") return pem;
  } catch {
    // Its message could hold a part of the key: the sentence below says enough.
  }
  throw new SettingError(
    "The key that signs addresses of media (CLOUDFRONT_PRIVATE_KEY) is wrong: it must be an RSA private key in PEM form",
  );
}
