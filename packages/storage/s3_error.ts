/** Turns what the AWS SDK throws into what a caller of a store can act on, without the request's details. */
import { redact } from "@rokuga/runtime/redact.ts";
import { NotFoundError, StorageUnreachableError } from "./storage.ts";
import { TimeLimitError } from "./time_limit.ts";

export type S3Attempt = {
  /** What could not be done, as in "store "a/b.ts"". */
  attempt: string;
  bucket: string;
  /** Where the store is: the endpoint, or "AWS S3". */
  where: string;
};

/** Of Node's network errors and the SDK's own names: an outage that ends by itself. */
const OUTAGES = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EPIPE"],
  ...["EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENETDOWN", "EADDRNOTAVAIL", "ERR_STREAM_PREMATURE_CLOSE"],
  ...["TimeoutError", "TimeLimitError", "RequestTimeout", "SlowDown", "InternalError", "ServiceUnavailable"],
]);
const CONNECTION_LOST = new Set(["ECONNRESET", "ECONNABORTED", "EPIPE"]);
const OUTAGE_STATUS = new Set([408, 429, 500, 502, 503, 504]);

const REASONS: Record<string, string> = {
  NoSuchBucket: "the bucket does not exist. Create it, or correct STORAGE_URL",
  AccessDenied: "access is denied. Allow these credentials to do it in the bucket's or the user's policy",
  Forbidden: "access is denied. Check the credentials, and what they are allowed to do",
  InvalidAccessKeyId: "the access key is not known there. Check AWS_ACCESS_KEY_ID and the endpoint",
  SignatureDoesNotMatch: "the signature is refused. Check AWS_SECRET_ACCESS_KEY and the region",
  ExpiredToken: "the credentials have expired. Get new ones",
  InvalidToken: "the session token is refused. Get new credentials",
  RequestTimeTooSkewed: "this machine's clock differs too much from the store's. Set the clock",
  CredentialsProviderError: "no credentials were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
  PermanentRedirect: "the bucket is in another region. Correct region= in STORAGE_URL",
  AuthorizationHeaderMalformed: "the region is wrong. Correct region= in STORAGE_URL",
  BadDigest: "the bytes changed on the way",
  XAmzContentSHA256Mismatch: "the bytes changed on the way",
  EntityTooLarge: "the object is too large for the store",
  QuotaExceeded: "the store's quota is used up",
  NotImplemented: "the store does not support it. Try checksum=required in STORAGE_URL",
};

type Thrown = Error & { code?: string; Code?: string; $metadata?: { httpStatusCode?: number } };

/** The HTTP status of an answer that the SDK made an error of. */
export function statusOf(error: unknown): number | undefined {
  return (error as Thrown | undefined)?.$metadata?.httpStatusCode;
}

/** Whether the connection broke, other than by being too slow. */
export function isConnectionLost(error: unknown): boolean {
  // By its code: the SDK names all of these TimeoutError.
  return error instanceof Error && CONNECTION_LOST.has((error as Thrown).code ?? "");
}

/** Whether it says that there is no such object; a bucket that is not there is something else. */
export function isAbsent(error: unknown): boolean {
  const name = nameOf(error);
  return name === "NoSuchKey" || name === "NotFound" || (statusOf(error) === 404 && name !== "NoSuchBucket");
}

export function s3Error(error: unknown, { attempt, bucket, where }: S3Attempt): Error {
  const name = nameOf(error);
  const status = statusOf(error);
  const message = redact(error instanceof Error ? error.message || name : String(error));
  // The SDK's error carries the answer, in which S3 repeats what was signed: only its name and message go on.
  const cause = new Error(name && !message.includes(name) ? `${name}: ${message}` : message);
  const place = `in bucket "${bucket}" at ${where}`;
  if (isAbsent(error))
    return new NotFoundError(`Cannot ${attempt} ${place}: there is no such object`, { cause });
  if (error instanceof TimeLimitError || OUTAGES.has(name) || OUTAGE_STATUS.has(status ?? 0)) {
    const answered = status === undefined ? "cannot be reached" : `does not work right now (${status})`;
    return new StorageUnreachableError(`Cannot ${attempt} ${place}: the object store ${answered}`, { cause });
  }
  if (message === "Region is missing") {
    return new Error(
      `Cannot ${attempt} ${place}: no region is set. Add region= to STORAGE_URL, or set AWS_REGION`,
    );
  }
  const certificate =
    /CERT|SELF_SIGNED|ERR_TLS/.test(name) && "its TLS certificate is not valid for this machine";
  const reason =
    REASONS[name] ?? (certificate || undefined) ?? (status === 403 ? REASONS.Forbidden : undefined);
  return new Error(`Cannot ${attempt} ${place}: ${reason ?? message}`, { cause });
}

/** S3's code for what went wrong, or Node's. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { code, Code, name } = error as Thrown;
  if (Code) return Code;
  return name === "Error" && code ? code : name === "AggregateError" && code ? code : name;
}
