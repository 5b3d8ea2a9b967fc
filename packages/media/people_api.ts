/**
 * What the routes about people take and answer in JSON, as schemas. Times are integer milliseconds since the epoch,
 * UTC. Secrets (of tokens and links) are in an answer once, when they are made.
 */
import { z } from "zod";
import { Grant, PERMISSIONS } from "./access.ts";

export const PersonName = z.string().trim().min(1).max(100);
export const Email = z.email().max(200).toLowerCase();
/** Length says more than kinds of characters; the upper bound keeps hashing quick. */
export const Password = z
  .string()
  .min(10, "must have at least 10 characters")
  .max(128, "must have at most 128 characters");

/** `POST /api/sign-in` */
export const SignInRequest = z.strictObject({ email: z.string().max(200), password: z.string().max(128) });
export type SignInRequest = z.infer<typeof SignInRequest>;

/** `POST /api/password`: of oneself. */
export const PasswordRequest = z.strictObject({ current: z.string().max(128), password: Password });
export type PasswordRequest = z.infer<typeof PasswordRequest>;

/** `POST /api/join/check`: the secret of a one-time link. In the body, since addresses are written to logs. */
export const LinkRequest = z.strictObject({ link: z.string().max(100) });
export type LinkRequest = z.infer<typeof LinkRequest>;

/** What it answers: what the link is for. */
export const JoinView = z.strictObject({
  /** What it grants. */
  grants: z.array(Grant),
  expiresMs: z.int(),
});
export type JoinView = z.infer<typeof JoinView>;

/** `POST /api/join`: becomes a person, and signs in. */
export const JoinRequest = LinkRequest.extend({
  name: PersonName,
  email: Email,
  password: Password,
});
export type JoinRequest = z.infer<typeof JoinRequest>;

/** `POST /api/people/{id}/password-link`: `link` is the path and fragment of the page, and is told once. */
export const PasswordLinkMade = z.strictObject({ link: z.string(), expiresMs: z.int() });
export type PasswordLinkMade = z.infer<typeof PasswordLinkMade>;

/** `POST /api/reset/check` takes a {@link LinkRequest} and answers: whose password the link sets. */
export const ResetView = z.strictObject({ name: z.string(), email: z.string(), expiresMs: z.int() });
export type ResetView = z.infer<typeof ResetView>;

/** `POST /api/reset`: sets the password, ends all sessions, and signs in. */
export const ResetRequest = LinkRequest.extend({ password: Password });
export type ResetRequest = z.infer<typeof ResetRequest>;

/** `GET /api/session`: who asks, and what they may do. */
export const SessionAnswer = z.strictObject({
  kind: z.enum(["person", "token"]),
  id: z.string(),
  name: z.string(),
  grants: z.array(Grant),
  /** What these permit everywhere. */
  permissions: z.array(z.enum(PERMISSIONS)),
});
export type SessionAnswer = z.infer<typeof SessionAnswer>;

export const PersonView = z.strictObject({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  joinedMs: z.int(),
  grants: z.array(Grant),
  /** Passkeys they have. */
  passkeys: z.int().min(0),
  /** How long a link with which they can set a new password holds; null: there is none. */
  resetUntilMs: z.int().nullable(),
  sessions: z.array(
    z.strictObject({
      id: z.string(),
      startedMs: z.int(),
      /** When it was last prolonged: within a day of its last use. */
      seenMs: z.int(),
      expiresMs: z.int(),
      userAgent: z.string().nullable(),
      /** Whether it is the one that asks. */
      isThis: z.boolean(),
    }),
  ),
});
export type PersonView = z.infer<typeof PersonView>;

export const InvitationView = z.strictObject({
  id: z.string(),
  grants: z.array(Grant),
  createdMs: z.int(),
  expiresMs: z.int(),
});
export type InvitationView = z.infer<typeof InvitationView>;

/** `GET /api/people` */
export const PeopleAnswer = z.strictObject({
  nowMs: z.int(),
  people: z.array(PersonView),
  /** Those that are neither used nor too old. */
  invitations: z.array(InvitationView),
});
export type PeopleAnswer = z.infer<typeof PeopleAnswer>;

const Grants = z.array(Grant).min(1, "give at least one role").max(100);

/** `PUT /api/people/{id}/grants`: their roles from now on. */
export const GrantsRequest = z.strictObject({ grants: Grants });
export type GrantsRequest = z.infer<typeof GrantsRequest>;

/** `POST /api/invitations` */
export const InvitationRequest = z.strictObject({ grants: Grants });
/** What it answers: `link` is the path and fragment of the page that the invited person opens, and is told once. */
export const InvitationMade = InvitationView.extend({ link: z.string() });
export type InvitationMade = z.infer<typeof InvitationMade>;

export const TokenView = z.strictObject({
  id: z.string(),
  name: z.string(),
  grants: z.array(Grant),
  createdMs: z.int(),
  /** Null: never. */
  expiresMs: z.int().nullable(),
  /** To the minute; null: never yet. */
  usedMs: z.int().nullable(),
});
export type TokenView = z.infer<typeof TokenView>;

/** `GET /api/tokens`: those that are not revoked. */
export const TokensAnswer = z.strictObject({ nowMs: z.int(), tokens: z.array(TokenView) });
export type TokensAnswer = z.infer<typeof TokensAnswer>;

/** `POST /api/tokens` */
export const TokenRequest = z.strictObject({
  name: PersonName,
  grants: Grants,
  /** Null: it holds until it is revoked. */
  days: z.int().min(1).max(3_650).nullable(),
});
export type TokenRequest = z.infer<typeof TokenRequest>;
/** What it answers: `token` is told once. */
export const TokenMade = TokenView.extend({ token: z.string() });
export type TokenMade = z.infer<typeof TokenMade>;

/** `GET /api/audit?before`: what people did, the latest first. */
export const AuditAnswer = z.strictObject({
  nowMs: z.int(),
  entries: z.array(
    z.strictObject({
      /** Of the event in the log. */
      position: z.int(),
      type: z.string(),
      occurredMs: z.int(),
      /** What the event says, with ids of people and tokens. */
      data: z.record(z.string(), z.unknown()),
    }),
  ),
  /** Names of the people and tokens that occur, by `person/<id>` and `token/<id>`: of those that are still known. */
  names: z.record(z.string(), z.string()),
  /** To be given as `before` for what came earlier; null at the end. */
  next: z.int().nullable(),
});
export type AuditAnswer = z.infer<typeof AuditAnswer>;
