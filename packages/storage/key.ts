/** What is a key, and the checks of arguments that both stores share. The rule for keys is in storage.ts. */
import { createHash } from "node:crypto";

const SEGMENT = /^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,254}$/;
const MAX_LENGTH = 1024;

/** Name of the object that `check` writes, after its prefix. */
export const PROBE_NAME = "rokuga-probe";

export function isKey(key: string): boolean {
  return key.length <= MAX_LENGTH && key.split("/").every((segment) => SEGMENT.test(segment));
}

/** Throws RangeError when the text is not a key. */
export function checkKey(key: string): void {
  if (isKey(key)) return;
  throw new RangeError(
    `Cannot use ${JSON.stringify(key).slice(0, 200)} as an object key: it must be 1 to ${MAX_LENGTH} characters, ` +
      "segments of A-Z a-z 0-9 - _ . ~ joined by '/', none empty or beginning with '.'",
  );
}

/** Throws RangeError when no key can begin with the text. The empty text is fine. */
export function checkPrefix(prefix: string): void {
  if (prefix === "" || isKey(prefix) || (prefix.endsWith("/") && isKey(prefix.slice(0, -1)))) return;
  throw new RangeError(
    `Cannot look for keys that begin with ${JSON.stringify(prefix).slice(0, 200)}: no key can`,
  );
}

/** Throws RangeError when the range is not one. */
export function checkRange(key: string, range: { start: number; end: number } | undefined): void {
  if (!range) return;
  const { start, end } = range;
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start < end) return;
  throw new RangeError(`Cannot read bytes [${start}, ${end}) of "${key}": a range has 0 <= start < end`);
}

/** Throws when the body is not what the caller thinks it is. */
export function checkBody(key: string, body: Uint8Array, sha256: string): void {
  const actual = createHash("sha256").update(body).digest("hex");
  if (actual === sha256) return;
  throw new Error(
    `Cannot store "${key}": its ${body.byteLength} bytes have SHA-256 ${actual}, not ${sha256} as stated`,
  );
}
