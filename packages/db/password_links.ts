/**
 * One-time links with which somebody who is a person already sets a new password. One of each person holds at a time.
 * Whoever has the link becomes that person: it is made by owners, and by who has the machine.
 */
import type { Actor } from "@rokuga/media/events.ts";
import { and, eq, gt, sql } from "drizzle-orm";
import type { Database } from "./connect.ts";
import type { PersonChange } from "./people.ts";
import { changePeople, installationEvent } from "./people_events.ts";
import { accounts, passwordLinks, persons, sessions } from "./people_schema.ts";
import { hashOf, newSecret } from "./secrets.ts";

/** How long such a link holds, ms. */
export const PASSWORD_LINK_MS = 24 * 3_600_000;

export type MadePasswordLink = {
  expiresMs: number;
  /** Of the link; told once. */
  secret: string;
};

/** Makes a link, in place of an earlier one. Undefined when there is no such person. */
export async function offerPasswordReset(
  database: Database,
  { personId, by, nowMs }: PersonChange,
): Promise<MadePasswordLink | undefined> {
  return await changePeople(database, async (tx) => {
    const known = await tx.select({ id: persons.id }).from(persons).where(eq(persons.id, personId));
    if (known.length === 0) return { events: [], result: undefined };
    const secret = newSecret("link");
    const link = { hash: hashOf(secret), expiresMs: nowMs + PASSWORD_LINK_MS };
    await tx
      .insert(passwordLinks)
      .values({ personId, ...link })
      .onConflictDoUpdate({ target: passwordLinks.personId, set: link });
    const event = installationEvent("PasswordResetOffered", { personId, by }, { nowMs });
    return { events: [event], result: { expiresMs: link.expiresMs, secret } };
  });
}

/** False when there is none that holds. */
export async function withdrawPasswordReset(
  database: Database,
  { personId, by, nowMs }: { personId: string; by: Actor; nowMs: number },
): Promise<boolean> {
  return await changePeople(database, async (tx) => {
    const wanted = and(eq(passwordLinks.personId, personId), gt(passwordLinks.expiresMs, nowMs));
    const gone = await tx.delete(passwordLinks).where(wanted).returning({ personId: passwordLinks.personId });
    const events = gone.map((one) =>
      installationEvent("PasswordResetWithdrawn", { personId: one.personId, by }, { nowMs }),
    );
    return { events, result: gone.length > 0 };
  });
}

type Used = { secret: string; nowMs: number };
const holds = ({ secret, nowMs }: Used) =>
  and(eq(passwordLinks.hash, hashOf(secret)), gt(passwordLinks.expiresMs, nowMs));

/** Whose password a link sets, while it holds. */
export async function findPasswordLink(
  { db }: Database,
  used: Used,
): Promise<{ name: string; email: string; expiresMs: number } | undefined> {
  const { name, email } = persons;
  const found = await db
    .select({ name, email, expiresMs: passwordLinks.expiresMs })
    .from(passwordLinks)
    .innerJoin(persons, eq(persons.id, passwordLinks.personId))
    .where(holds(used));
  return found[0];
}

/** Sets the password of the person whose link it is, and ends their sessions. Undefined, and nothing, for no link. */
export async function resetPassword(
  database: Database,
  { passwordHash, ...used }: Used & { passwordHash: string },
): Promise<{ email: string } | undefined> {
  return await changePeople(database, async (tx) => {
    const [link] = await tx.delete(passwordLinks).where(holds(used)).returning();
    if (!link) return { events: [], result: undefined };
    const { personId } = link;
    await tx
      .update(accounts)
      .set({ password: passwordHash, updatedAt: sql`now()` })
      .where(and(eq(accounts.userId, personId), eq(accounts.providerId, "credential")));
    await tx.delete(sessions).where(eq(sessions.userId, personId));
    const [person] = await tx.select({ email: persons.email }).from(persons).where(eq(persons.id, personId));
    const event = installationEvent("PasswordReset", { personId }, { nowMs: used.nowMs });
    return { events: [event], result: person };
  });
}
