/**
 * The tables of people, in a schema of their own. They are no projections: names, addresses and hashes of passwords
 * change and have to be forgotten, which a log that is only added to cannot do. What people did is in the log, by their
 * ids (docs/decisions/0015-people-beside-the-log.md).
 *
 * The first five are better-auth's, with the names of its fields; their times are timestamps because it wants them so.
 */
import type { Grant } from "@rokuga/media/access.ts";
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  unique,
} from "drizzle-orm/pg-core";

export const people = pgSchema("people");

const ms = (name: string) => bigint(name, { mode: "number" });
const at = (name: string) => timestamp(name, { withTimezone: true });

export const persons = people.table(
  "persons",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    /** In lower case. */
    email: text("email").notNull(),
    /** Never true: no mail is sent. */
    emailVerified: boolean("email_verified").notNull().default(false),
    image: text("image"),
    createdAt: at("created_at").notNull().defaultNow(),
    updatedAt: at("updated_at").notNull().defaultNow(),
  },
  (table) => [unique("persons_email").on(table.email)],
);

const personId = () =>
  text("person_id")
    .notNull()
    .references(() => persons.id, { onDelete: "cascade" });

export const sessions = people.table(
  "sessions",
  {
    id: text("id").primaryKey(),
    userId: personId(),
    /** What the cookie holds, signed. */
    token: text("token").notNull(),
    expiresAt: at("expires_at").notNull(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    createdAt: at("created_at").notNull().defaultNow(),
    updatedAt: at("updated_at").notNull().defaultNow(),
  },
  (table) => [unique("sessions_token").on(table.token), index("sessions_person").on(table.userId)],
);

/** How a person signs in by a password: one row of the provider `credential` each. */
export const accounts = people.table(
  "accounts",
  {
    id: text("id").primaryKey(),
    userId: personId(),
    accountId: text("account_id").notNull(),
    providerId: text("provider_id").notNull(),
    /** Its hash (scrypt) with its salt. */
    password: text("password"),
    accessToken: text("access_token"),
    refreshToken: text("refresh_token"),
    idToken: text("id_token"),
    accessTokenExpiresAt: at("access_token_expires_at"),
    refreshTokenExpiresAt: at("refresh_token_expires_at"),
    scope: text("scope"),
    createdAt: at("created_at").notNull().defaultNow(),
    updatedAt: at("updated_at").notNull().defaultNow(),
  },
  (table) => [unique("accounts_person").on(table.userId, table.providerId)],
);

/** Challenges of passkeys that wait for their answer. */
export const verifications = people.table(
  "verifications",
  {
    id: text("id").primaryKey(),
    identifier: text("identifier").notNull(),
    value: text("value").notNull(),
    expiresAt: at("expires_at").notNull(),
    createdAt: at("created_at").notNull().defaultNow(),
    updatedAt: at("updated_at").notNull().defaultNow(),
  },
  (table) => [index("verifications_identifier").on(table.identifier)],
);

export const passkeys = people.table(
  "passkeys",
  {
    id: text("id").primaryKey(),
    userId: personId(),
    name: text("name"),
    publicKey: text("public_key").notNull(),
    credentialID: text("credential_id").notNull(),
    counter: integer("counter").notNull(),
    deviceType: text("device_type").notNull(),
    backedUp: boolean("backed_up").notNull(),
    transports: text("transports"),
    createdAt: at("created_at"),
    aaguid: text("aaguid"),
  },
  (table) => [
    unique("passkeys_credential").on(table.credentialID),
    index("passkeys_person").on(table.userId),
  ],
);

/** Who has which role where. */
export const roles = people.table(
  "roles",
  {
    personId: personId(),
    role: text("role").$type<Grant["role"]>().notNull(),
    scopeKind: text("scope_kind").$type<Grant["scope"]["kind"]>().notNull(),
    /** Of the site or camera; empty for everything. */
    scopeId: text("scope_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.personId, table.role, table.scopeKind, table.scopeId] })],
);

/** One-time links with which somebody becomes a person. */
export const invitations = people.table(
  "invitations",
  {
    id: text("id").primaryKey(),
    /** SHA-256 of the secret in the link, lower-case hex. */
    hash: text("hash").notNull(),
    grants: jsonb("grants").$type<Grant[]>().notNull(),
    /** Made by `pnpm dev` for an installation without people: it does not outlive its successor, nor the first person. */
    isFirst: boolean("is_first").notNull(),
    createdMs: ms("created_ms").notNull(),
    expiresMs: ms("expires_ms").notNull(),
    usedMs: ms("used_ms"),
  },
  (table) => [unique("invitations_hash").on(table.hash)],
);

/** One-time links with which somebody who is a person already sets a new password: one of each person at a time. */
export const passwordLinks = people.table(
  "password_links",
  {
    personId: personId().primaryKey(),
    /** SHA-256 of the secret in the link, lower-case hex. */
    hash: text("hash").notNull(),
    expiresMs: ms("expires_ms").notNull(),
  },
  (table) => [unique("password_links_hash").on(table.hash)],
);

/** Secrets for scripts. */
export const tokens = people.table(
  "tokens",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    /** SHA-256 of the token, lower-case hex. */
    hash: text("hash").notNull(),
    grants: jsonb("grants").$type<Grant[]>().notNull(),
    /** The person who made it, and with whom it is revoked. Null for one that was made on the machine. */
    madeBy: text("made_by").references(() => persons.id, { onDelete: "set null" }),
    createdMs: ms("created_ms").notNull(),
    expiresMs: ms("expires_ms"),
    /** Null while it holds. Its name is kept, for what it did. */
    revokedMs: ms("revoked_ms"),
    /** When it was used last, to the minute. */
    usedMs: ms("used_ms"),
  },
  (table) => [unique("tokens_hash").on(table.hash)],
);

/** Tries to sign in, counted for each account and address in windows of time. */
export const attempts = people.table(
  "attempts",
  {
    /** A hash of what is counted: no address is kept. */
    key: text("key").primaryKey(),
    count: integer("count").notNull(),
    /** When the window ends. */
    untilMs: ms("until_ms").notNull(),
  },
  (table) => [index("attempts_until").on(table.untilMs)],
);

/** All of them, for what the application's role is given. */
export const PEOPLE_TABLES = [
  "persons",
  "sessions",
  "accounts",
  "verifications",
  "passkeys",
  "roles",
  "invitations",
  "password_links",
  "tokens",
  "attempts",
] as const;
