/**
 * One-time links with which somebody becomes a person: the first owner's, which the machine makes, and those with which
 * owners invite others. What a link grants is decided when it is made.
 */
import { randomUUID } from "node:crypto";
import type { Grant } from "@rokuga/media/access.ts";
import type { Actor, NewEvent } from "@rokuga/media/events.ts";
import type { InvitationView } from "@rokuga/media/people_api.ts";
import { and, desc, eq, gt, isNull } from "drizzle-orm";
import { type Database, databaseError, type Transaction } from "./connect.ts";
import { changePeople, installationEvent } from "./people_events.ts";
import { accounts, invitations, persons, roles } from "./people_schema.ts";
import { hashOf, newSecret } from "./secrets.ts";

const HOUR_MS = 3_600_000;
/** How long an invitation holds, and a link that the machine made. */
export const INVITATION_MS = 7 * 24 * HOUR_MS;
export const MACHINE_LINK_MS = 24 * HOUR_MS;

const OWNER: Grant = { role: "owner", scope: { kind: "everything" } };

export type MadeInvitation = InvitationView & {
  /** Of the link; told once. */
  secret: string;
};

/** Makes a link. */
export async function createInvitation(
  database: Database,
  { grants, by, nowMs }: { grants: readonly Grant[]; by: Actor; nowMs: number },
): Promise<MadeInvitation> {
  return await changePeople(database, (tx) =>
    insertInvitation(tx, { grants, by, nowMs, lifetimeMs: INVITATION_MS, isFirst: false }),
  );
}

/**
 * Makes a link for an owner, by someone who has the machine. `onlyFirst`: undefined where there are people already, and
 * an earlier link for the first owner holds no more.
 */
export async function createOwnerLink(
  database: Database,
  { onlyFirst, nowMs }: { onlyFirst: boolean; nowMs: number },
): Promise<MadeInvitation | undefined> {
  return await changePeople(database, async (tx) => {
    if (onlyFirst && (await isAnyPerson(tx))) return { events: [], result: undefined };
    await tx.delete(invitations).where(and(eq(invitations.isFirst, true), isNull(invitations.usedMs)));
    const link = { grants: [OWNER], by: "machine", nowMs, lifetimeMs: MACHINE_LINK_MS, isFirst: onlyFirst };
    return await insertInvitation(tx, link);
  });
}

type NewInvitation = {
  grants: readonly Grant[];
  by: Actor;
  nowMs: number;
  lifetimeMs: number;
  isFirst: boolean;
};

async function insertInvitation(tx: Transaction, { grants, by, nowMs, lifetimeMs, isFirst }: NewInvitation) {
  const id = randomUUID();
  const secret = newSecret("link");
  const view = { id, grants: [...grants], createdMs: nowMs, expiresMs: nowMs + lifetimeMs };
  await tx.insert(invitations).values({ ...view, isFirst, hash: hashOf(secret) });
  const event = installationEvent("PersonInvited", { invitationId: id, grants: [...grants], by }, { nowMs });
  return { events: [event], result: { ...view, secret } };
}

async function isAnyPerson(tx: Transaction): Promise<boolean> {
  return (await tx.select({ id: persons.id }).from(persons).limit(1)).length > 0;
}

const holds = (nowMs: number) => and(isNull(invitations.usedMs), gt(invitations.expiresMs, nowMs));
const VIEW = {
  id: invitations.id,
  grants: invitations.grants,
  createdMs: invitations.createdMs,
  expiresMs: invitations.expiresMs,
};

/** The link of a secret, while it holds. */
export async function findInvitation(
  { db }: Database,
  { secret, nowMs }: { secret: string; nowMs: number },
): Promise<InvitationView | undefined> {
  const wanted = and(eq(invitations.hash, hashOf(secret)), holds(nowMs));
  return (await db.select(VIEW).from(invitations).where(wanted))[0];
}

/** Those that hold, the latest first. */
export async function readInvitations({ db }: Database, nowMs: number): Promise<InvitationView[]> {
  return await db.select(VIEW).from(invitations).where(holds(nowMs)).orderBy(desc(invitations.createdMs));
}

/** False when there is none that holds. */
export async function revokeInvitation(
  database: Database,
  { id, by, nowMs }: { id: string; by: Actor; nowMs: number },
): Promise<boolean> {
  return await changePeople(database, async (tx) => {
    const wanted = and(eq(invitations.id, id), holds(nowMs));
    const gone = await tx.delete(invitations).where(wanted).returning({ id: invitations.id });
    const events = gone.map((one) =>
      installationEvent("InvitationRevoked", { invitationId: one.id, by }, { nowMs }),
    );
    return { events, result: gone.length > 0 };
  });
}

export type Joining = { secret: string; name: string; email: string; passwordHash: string; nowMs: number };
export type Joined =
  | { ok: true; personId: string }
  /** `link`: it was used, is too old, or never was. `email`: somebody has it already. */
  | { ok: false; reason: "link" | "email" };

/** Makes a person of who has the link, which is used up by it; or changes nothing. */
export async function join(database: Database, joining: Joining): Promise<Joined> {
  try {
    return await changePeople(database, (tx) => joinWithin(tx, joining));
  } catch (error) {
    const { constraint } = databaseError(error) as { constraint?: string };
    if (constraint === "persons_email") return { ok: false, reason: "email" };
    throw error;
  }
}

async function joinWithin(
  tx: Transaction,
  { secret, name, email, passwordHash, nowMs }: Joining,
): Promise<{ events: NewEvent[]; result: Joined }> {
  const [link] = await tx
    .update(invitations)
    .set({ usedMs: nowMs })
    .where(and(eq(invitations.hash, hashOf(secret)), holds(nowMs)))
    .returning(VIEW);
  if (!link) return { events: [], result: { ok: false, reason: "link" } };
  const personId = randomUUID();
  await tx.insert(persons).values({ id: personId, name, email });
  await tx.insert(accounts).values({
    ...{ id: randomUUID(), userId: personId, accountId: personId },
    ...{ providerId: "credential", password: passwordHash },
  });
  await insertRoles(tx, personId, link.grants);
  const { id: invitationId, grants } = link;
  const event = installationEvent("PersonJoined", { personId, invitationId, grants }, { nowMs });
  return { events: [event], result: { ok: true, personId } };
}

/** Gives a person roles; those that they have already stay. */
export async function insertRoles(
  tx: Transaction,
  personId: string,
  grants: readonly Grant[],
): Promise<void> {
  if (grants.length === 0) return;
  await tx
    .insert(roles)
    .values(
      grants.map(({ role, scope }) => ({
        ...{ personId, role, scopeKind: scope.kind },
        scopeId: scope.kind === "everything" ? "" : scope.id,
      })),
    )
    .onConflictDoNothing();
}
