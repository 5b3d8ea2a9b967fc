/** Tokens for scripts: a secret that is told once and kept as a hash, with roles of its own, for a time or for good. */
import { randomUUID } from "node:crypto";
import type { Grant } from "@rokuga/media/access.ts";
import type { Actor } from "@rokuga/media/events.ts";
import type { TokenView } from "@rokuga/media/people_api.ts";
import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "./connect.ts";
import { changePeople, installationEvent } from "./people_events.ts";
import { tokens } from "./people_schema.ts";
import { hashOf, newSecret } from "./secrets.ts";

/** How exactly it is known when a token was used last, ms: not each request is a write. */
const USED_MS = 60_000;

export type MadeToken = TokenView & {
  /** Told once. */
  token: string;
};

export type NewToken = {
  name: string;
  grants: readonly Grant[];
  /** ms since the epoch; null: until it is revoked. */
  expiresMs: number | null;
  by: Actor;
  nowMs: number;
};

export async function createToken(database: Database, options: NewToken): Promise<MadeToken> {
  const { name, grants, expiresMs, by, nowMs } = options;
  return await changePeople(database, async (tx) => {
    const id = randomUUID();
    const token = newSecret("token");
    const row = { id, name, grants: [...grants], createdMs: nowMs, expiresMs };
    const madeBy = by.startsWith("person/") ? by.slice("person/".length) : null;
    await tx.insert(tokens).values({ ...row, madeBy, hash: hashOf(token) });
    const data = { tokenId: id, grants: row.grants, expiresMs, by };
    const event = installationEvent("TokenCreated", data, { nowMs });
    return { events: [event], result: { ...row, usedMs: null, token } };
  });
}

/** Those that are not revoked, in the order in which they were made. */
export async function readTokens({ db }: Database): Promise<TokenView[]> {
  const { id, name, grants, createdMs, expiresMs, usedMs } = tokens;
  return await db
    .select({ id, name, grants, createdMs, expiresMs, usedMs })
    .from(tokens)
    .where(isNull(tokens.revokedMs))
    .orderBy(asc(tokens.createdMs), asc(tokens.id));
}

/** False when there is none that could be revoked. */
export async function revokeToken(
  database: Database,
  { id, by, nowMs }: { id: string; by: Actor; nowMs: number },
): Promise<boolean> {
  return await changePeople(database, async (tx) => {
    const revoked = await tx
      .update(tokens)
      .set({ revokedMs: nowMs })
      .where(and(eq(tokens.id, id), isNull(tokens.revokedMs)))
      .returning({ id: tokens.id });
    const events = revoked.map(() => installationEvent("TokenRevoked", { tokenId: id, by }, { nowMs }));
    return { events, result: revoked.length > 0 };
  });
}

/** Whose token it is, while it holds. Notes that it was used. */
export async function holderOfToken(
  { db }: Database,
  { token, nowMs }: { token: string; nowMs: number },
): Promise<{ id: string; name: string; grants: Grant[] } | undefined> {
  const { rows } = await db.execute<{ id: string; name: string; grants: Grant[] }>(sql`
    WITH holder AS (
      SELECT id, name, grants, used_ms FROM people.tokens
      WHERE hash = ${hashOf(token)} AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > ${nowMs})
    ), noted AS (
      UPDATE people.tokens SET used_ms = ${nowMs} FROM holder
      WHERE tokens.id = holder.id AND coalesce(holder.used_ms, 0) < ${nowMs - USED_MS}
    )
    SELECT id, name, grants FROM holder`);
  return rows[0];
}
