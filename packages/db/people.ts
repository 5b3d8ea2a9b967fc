/** People: who there is, their roles and their sessions, and changing these. How they become people: invitations.ts. */
import type { Grant } from "@rokuga/media/access.ts";
import type { Actor, NewEvent } from "@rokuga/media/events.ts";
import type { PersonView } from "@rokuga/media/people_api.ts";
import { and, eq, isNull, lt, sql } from "drizzle-orm";
import type { Database, Transaction } from "./connect.ts";
import { insertRoles } from "./invitations.ts";
import { changePeople, installationEvent } from "./people_events.ts";
import { passwordLinks, persons, roles, sessions, tokens, verifications } from "./people_schema.ts";

/** The roles of a person as JSON, in a query that has `persons`. */
const GRANTS = sql`(SELECT coalesce(jsonb_agg(jsonb_build_object('role', role, 'scope',
    CASE scope_kind WHEN 'everything' THEN jsonb_build_object('kind', scope_kind)
      ELSE jsonb_build_object('kind', scope_kind, 'id', scope_id) END) ORDER BY role, scope_kind, scope_id), '[]')
  FROM people.roles WHERE roles.person_id = persons.id)`;

/** A person's name and roles; undefined when there is no such person. */
export async function readPerson(
  { db }: Database,
  personId: string,
): Promise<{ name: string; grants: Grant[] } | undefined> {
  const { rows } = await db.execute<{ name: string; grants: Grant[] }>(
    sql`SELECT name, ${GRANTS} AS grants FROM people.persons WHERE id = ${personId}`,
  );
  return rows[0];
}

type PersonRow = {
  id: string;
  name: string;
  email: string;
  joined_ms: number;
  grants: Grant[];
  passkeys: number;
  reset_until_ms: number | null;
  sessions: Omit<PersonView["sessions"][number], "isThis">[];
};

/** All people with their sessions, by name. `sessionId`: of who asks. */
export async function readPeople(
  { db }: Database,
  { sessionId, nowMs }: { sessionId: string | undefined; nowMs: number },
): Promise<PersonView[]> {
  const epochMs = (column: string) => sql.raw(`floor(extract(epoch FROM ${column}) * 1000)::float8`);
  const { rows } = await db.execute<PersonRow>(sql`
    SELECT id, name, email, ${epochMs("created_at")} AS joined_ms, ${GRANTS} AS grants,
      (SELECT count(*)::integer FROM people.passkeys WHERE passkeys.person_id = persons.id) AS passkeys,
      (SELECT expires_ms::float8 FROM people.password_links
        WHERE password_links.person_id = persons.id AND expires_ms > ${nowMs}) AS reset_until_ms,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'userAgent', user_agent,
          'startedMs', ${epochMs("created_at")}, 'seenMs', ${epochMs("updated_at")},
          'expiresMs', ${epochMs("expires_at")}) ORDER BY updated_at DESC), '[]')
        FROM people.sessions
        WHERE sessions.person_id = persons.id AND expires_at > to_timestamp(${nowMs}::float8 / 1000)) AS sessions
    FROM people.persons ORDER BY name, id`);
  return rows.map(({ joined_ms: joinedMs, reset_until_ms: resetUntilMs, sessions, ...row }) => ({
    ...row,
    joinedMs,
    resetUntilMs,
    sessions: sessions.map((one) => ({ ...one, isThis: one.id === sessionId })),
  }));
}

export type PersonChange = { personId: string; by: Actor; nowMs: number };
/** `unknown`: there is no such person. `last-owner`: nobody could say any more who may do what. */
export type Changed = "changed" | "unknown" | "last-owner";

/** Gives a person these roles and no others. It holds for their next request. */
export async function setGrants(
  database: Database,
  { personId, grants, by, nowMs }: PersonChange & { grants: readonly Grant[] },
): Promise<Changed> {
  return await changePeople(database, async (tx) => {
    const before = await grantsWithin(tx, personId);
    if (!before) return { events: [], result: "unknown" as const };
    const isOwner = grants.some(({ role }) => role === "owner");
    if (!isOwner && (await isLastOwner(tx, personId))) return { events: [], result: "last-owner" as const };
    const has = (list: readonly Grant[], grant: Grant) => list.some((one) => keyOf(one) === keyOf(grant));
    await tx.delete(roles).where(eq(roles.personId, personId));
    await insertRoles(tx, personId, grants);
    const event = (type: "RoleGranted" | "RoleRevoked") => (grant: Grant) =>
      installationEvent(type, { personId, grant, by }, { nowMs });
    const events = [
      ...grants.filter((grant) => !has(before, grant)).map(event("RoleGranted")),
      ...before.filter((grant) => !has(grants, grant)).map(event("RoleRevoked")),
      ...(isOwner ? [] : await revokeTokensOf(tx, { personId, by, nowMs })),
    ];
    return { events, result: "changed" as const };
  });
}

/** Forgets a person: name, address, password, passkeys, sessions. What they did stays in the log, by their id. */
export async function removePerson(database: Database, change: PersonChange): Promise<Changed> {
  const { personId, by, nowMs } = change;
  return await changePeople(database, async (tx) => {
    if (!(await grantsWithin(tx, personId))) return { events: [], result: "unknown" as const };
    if (await isLastOwner(tx, personId)) return { events: [], result: "last-owner" as const };
    const revoked = await revokeTokensOf(tx, change);
    await tx.delete(persons).where(eq(persons.id, personId));
    const removed = installationEvent("PersonRemoved", { personId, by }, { nowMs });
    return { events: [...revoked, removed], result: "changed" as const };
  });
}

/** Ends a session, of `ofPerson` if that is given. False when there is none. */
export async function endSession(
  database: Database,
  { sessionId, ofPerson, by, nowMs }: { sessionId: string; ofPerson?: string; by: Actor; nowMs: number },
): Promise<boolean> {
  return await changePeople(database, async (tx) => {
    const wanted = and(
      eq(sessions.id, sessionId),
      ofPerson === undefined ? undefined : eq(sessions.userId, ofPerson),
    );
    const [ended] = await tx.delete(sessions).where(wanted).returning({ personId: sessions.userId });
    const events = ended
      ? [installationEvent("SessionEnded", { personId: ended.personId, by }, { nowMs })]
      : [];
    return { events, result: ended !== undefined };
  });
}

/** Whose address it is; null when nobody has it. `email` in lower case. */
export async function personIdOf({ db }: Database, email: string): Promise<string | null> {
  const [found] = await db.select({ id: persons.id }).from(persons).where(eq(persons.email, email));
  return found?.id ?? null;
}

/** Removes sessions, challenges and links for new passwords whose time is over. */
export async function forgetExpired({ db }: Database, nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  await db.delete(sessions).where(lt(sessions.expiresAt, now));
  await db.delete(verifications).where(lt(verifications.expiresAt, now));
  await db.delete(passwordLinks).where(lt(passwordLinks.expiresMs, nowMs));
}

const keyOf = ({ role, scope }: Grant) => [role, scope.kind, "id" in scope ? scope.id : ""].join("/");

async function grantsWithin(tx: Transaction, personId: string): Promise<Grant[] | undefined> {
  const { rows } = await tx.execute<{ grants: Grant[] }>(
    sql`SELECT ${GRANTS} AS grants FROM people.persons WHERE id = ${personId}`,
  );
  return rows[0]?.grants;
}

async function isLastOwner(tx: Transaction, personId: string): Promise<boolean> {
  const owners = await tx.select({ id: roles.personId }).from(roles).where(eq(roles.role, "owner"));
  return owners.length > 0 && owners.every(({ id }) => id === personId);
}

/** Who may not make tokens any more has none that act in their stead. */
async function revokeTokensOf(tx: Transaction, { personId, by, nowMs }: PersonChange): Promise<NewEvent[]> {
  const revoked = await tx
    .update(tokens)
    .set({ revokedMs: nowMs })
    .where(and(eq(tokens.madeBy, personId), isNull(tokens.revokedMs)))
    .returning({ tokenId: tokens.id });
  return revoked.map(({ tokenId }) => installationEvent("TokenRevoked", { tokenId, by }, { nowMs }));
}
