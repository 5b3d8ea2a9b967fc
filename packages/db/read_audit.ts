/** What people did, from the log: what is of the installation, and what they did with footage. */
import type { EventType } from "@rokuga/media/events.ts";
import type { AuditAnswer } from "@rokuga/media/people_api.ts";
import { sql } from "drizzle-orm";
import type { Database } from "./connect.ts";
import { TOLD_BY_PEOPLE } from "./schema.ts";

/** What people do. The index leaves out the bulk of the rest, this what else sites tell. */
const AUDITED: readonly EventType[] = [
  "FootageExported",
  "FootageLocked",
  "FootageUnlocked",
  "FootageShared",
  "ShareRevoked",
  "ShareOpened",
  "PersonInvited",
  "InvitationRevoked",
  "PersonJoined",
  "PersonRemoved",
  "RoleGranted",
  "RoleRevoked",
  "SignedIn",
  "SignInRefused",
  "SessionEnded",
  "PasswordChanged",
  "PasswordResetOffered",
  "PasswordResetWithdrawn",
  "PasswordReset",
  "TokenCreated",
  "TokenRevoked",
];

const PAGE = 100;

type Row = { position: number; type: string; occurred_ms: number; data: Record<string, unknown> };

/** A page of it, the latest first. `before`: a position, undefined for the latest. */
export async function readAudit(
  { db }: Database,
  { before }: { before: number | undefined },
): Promise<Pick<AuditAnswer, "entries" | "names" | "next">> {
  const { rows } = await db.execute<Row>(sql`
    SELECT position::float8 AS position, type, floor(extract(epoch FROM occurred_at) * 1000)::float8 AS occurred_ms, data
    FROM events
    WHERE ${TOLD_BY_PEOPLE} AND type = ANY (${sql.param(AUDITED)}::text[])
      AND position < ${before ?? Number.MAX_SAFE_INTEGER}
    ORDER BY position DESC LIMIT ${PAGE + 1}`);
  const page = rows.slice(0, PAGE);
  return {
    entries: page.map(({ occurred_ms: occurredMs, ...row }) => ({ ...row, occurredMs })),
    names: await readNames({ db }),
    next: rows.length > PAGE ? page.at(-1)!.position : null,
  };
}

/** Names by `person/<id>` and `token/<id>`: of people that are still known, and of all tokens. */
export async function readNames({ db }: Pick<Database, "db">): Promise<Record<string, string>> {
  const { rows } = await db.execute<{ actor: string; name: string }>(sql`
    SELECT 'person/' || id AS actor, name FROM people.persons
    UNION ALL SELECT 'token/' || id, name FROM people.tokens`);
  return Object.fromEntries(rows.map(({ actor, name }) => [actor, name]));
}
