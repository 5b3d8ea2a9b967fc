/** What opens shares: kept with the event that tells of a share. */
import type { NewEvent } from "@rokuga/media/events.ts";
import { eq } from "drizzle-orm";
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
