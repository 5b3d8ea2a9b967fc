/** What opens shares: kept with the event that tells of a share, and how often somebody tried. */
import type { NewEvent } from "@rokuga/media/events.ts";
import { eq, sql } from "drizzle-orm";
import { appendWithin } from "./append.ts";
import type { Database } from "./connect.ts";
import { shareSecrets } from "./schema.ts";

export type ShareSecret = {
  shareId: string;
  secretHash: string;
  /** Null where none is asked for. */
  passwordHash: string | null;
};

/** Keeps what opens a share and appends that there is one: both, or neither. */
export async function putShare(
  { db }: Database,
  { secret, event }: { secret: ShareSecret; event: NewEvent },
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.insert(shareSecrets).values(secret);
    await appendWithin(tx, [event]);
  });
}

export async function readShareSecret({ db }: Database, shareId: string): Promise<ShareSecret | undefined> {
  const { secretHash, passwordHash } = shareSecrets;
  const rows = await db
    .select({ shareId: shareSecrets.shareId, secretHash, passwordHash })
    .from(shareSecrets)
    .where(eq(shareSecrets.shareId, shareId));
  return rows[0];
}

/** What is counted of a share. */
export type Tried = "wrong" | "opened";

/**
 * Counts one more, and says whether that is more than `most` within `windowMs`; from then on nothing is counted until
 * the window, which begins with the first one, has passed. Of many at once no more than `most` are let through.
 */
export async function isTooOften(
  { db }: Database,
  {
    shareId,
    what,
    most,
    windowMs,
    nowMs,
  }: { shareId: string; what: Tried; most: number; windowMs: number; nowMs: number },
): Promise<boolean> {
  const count = sql.identifier(what);
  const since = sql.identifier(`${what}_since_ms`);
  const { rowCount } = await db.execute(sql`
    UPDATE share_secrets SET
      ${count} = CASE WHEN ${since} <= ${nowMs - windowMs}::bigint THEN 1 ELSE ${count} + 1 END,
      ${since} = CASE WHEN ${since} <= ${nowMs - windowMs}::bigint THEN ${nowMs}::bigint ELSE ${since} END
    WHERE share_id = ${shareId} AND (${since} <= ${nowMs - windowMs}::bigint OR ${count} < ${most})`);
  return rowCount === 0;
}

/** A password was right: those that were wrong before it do not count any more. */
export async function forgetWrong({ db }: Database, shareId: string): Promise<void> {
  await db.update(shareSecrets).set({ wrong: 0 }).where(eq(shareSecrets.shareId, shareId));
}
