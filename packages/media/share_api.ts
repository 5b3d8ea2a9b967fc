/**
 * What the routes of shares take and answer in JSON, as schemas: those of people who share (`/api/cameras/{id}/shares`)
 * and those of whoever has a link (`/api/shared/{id}`). Times are integer milliseconds since the epoch, UTC.
 */
import { z } from "zod";
import { CausedGap, TimeRange } from "./api.ts";
import { CameraId, ShareId } from "./ids.ts";
import { RequestTime } from "./lock_api.ts";

export const ShareView = TimeRange.extend({
  shareId: ShareId,
  sharedMs: z.int(),
  /** The name of the person or token; `person/<id>` of one who is not here any more; null where nobody signed in. */
  by: z.string().nullable(),
  /** For whom or what. */
  note: z.string().nullable(),
  expiresMs: z.int(),
  /** Whether it may be downloaded, too. */
  download: z.boolean(),
  /** Whether a password is asked for. */
  password: z.boolean(),
  state: z.enum(["open", "expired", "revoked"]),
  revokedMs: z.int().nullable(),
  /** How often it was opened, and when last. */
  opened: z.int().min(0),
  openedMs: z.int().nullable(),
});
export type ShareView = z.infer<typeof ShareView>;

/** `GET /api/cameras/{id}/shares`: the latest first. */
export const SharesAnswer = z.strictObject({
  cameraId: CameraId,
  nowMs: z.int(),
  shares: z.array(ShareView),
});
export type SharesAnswer = z.infer<typeof SharesAnswer>;

/** Shorter ones are guessed too soon. */
export const LEAST_PASSWORD = 8;
const Password = z.string().min(LEAST_PASSWORD).max(200);

/** The longest range that may be downloaded by a link, ms: it comes in one go, and cannot be resumed. */
export const LONGEST_DOWNLOAD_MS = 3_600_000;

/** `POST /api/cameras/{id}/shares` */
export const ShareRequest = z.strictObject({
  from: RequestTime,
  to: RequestTime,
  /** From when on the link opens nothing. */
  expires: RequestTime,
  password: Password.nullish(),
  download: z.boolean().default(false),
  note: z.string().trim().min(1).max(200).nullish(),
});
export type ShareRequest = z.infer<typeof ShareRequest>;

/** A new share with its link: it is told this once, since only a hash of its secret is kept. */
export const NewShare = z.strictObject({
  share: ShareView,
  /** Path and fragment, to be put behind the address of the page: `/share/<id>#<secret>`. */
  link: z.string(),
});
export type NewShare = z.infer<typeof NewShare>;

/** `POST /api/shared/{id}/open` */
export const OpenRequest = z.strictObject({
  /** What stands behind the `#` of the link. */
  secret: z.string().max(100),
  password: z.string().max(200).optional(),
});
export type OpenRequest = z.infer<typeof OpenRequest>;

/** `GET /api/shared/{id}`, and the answer to opening it: what whoever has the link sees. */
export const SharedView = TimeRange.extend({
  shareId: ShareId,
  nowMs: z.int(),
  camera: z.string(),
  expiresMs: z.int(),
  download: z.boolean(),
  /** What the range lacks, each with its cause. */
  gaps: z.array(CausedGap),
});
export type SharedView = z.infer<typeof SharedView>;

/** The `type` of problems that the page of a share tells apart. */
export const SHARE_PROBLEMS = {
  /** There is no such share, or the secret is another. */
  unknown: "urn:rokuga:share-unknown",
  expired: "urn:rokuga:share-expired",
  revoked: "urn:rokuga:share-revoked",
  /** It has not been opened in this visit. */
  closed: "urn:rokuga:share-closed",
  passwordNeeded: "urn:rokuga:share-password-needed",
  passwordWrong: "urn:rokuga:share-password-wrong",
  tooOften: "urn:rokuga:share-too-often",
} as const;
