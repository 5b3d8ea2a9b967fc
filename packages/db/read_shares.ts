/** Shares of footage, as they are listed and as they are opened. */

import type { ShareView } from "@rokuga/media/share_api.ts";
import { shareState } from "@rokuga/media/shares.ts";
import { and, desc, eq, isNotNull } from "drizzle-orm";
import type { Database } from "./connect.ts";
import { shares } from "./schema.ts";

/** More are not listed: a page that shows them one by one ends long before. */
const MOST = 1_000;

export type Share = ShareView & { cameraId: string };

/** A camera's shares, the latest first, as they are at a moment. */
export async function readShares(
  { db }: Database,
  { cameraId, nowMs }: { cameraId: string; nowMs: number },
): Promise<Share[]> {
  const rows = await db
    .select()
    .from(shares)
    .where(and(eq(shares.cameraId, cameraId), isNotNull(shares.startMs)))
    .orderBy(desc(shares.sharedMs), desc(shares.shareId))
    .limit(MOST);
  return rows.map((row) => shareOf(row, nowMs));
}

/** One share; undefined when there is none. */
export async function readShare(
  { db }: Database,
  { shareId, nowMs }: { shareId: string; nowMs: number },
): Promise<Share | undefined> {
  const rows = await db
    .select()
    .from(shares)
    .where(and(eq(shares.shareId, shareId), isNotNull(shares.startMs)));
  return rows.map((row) => shareOf(row, nowMs))[0];
}

/** A row whose `FootageShared` is known. */
function shareOf(row: typeof shares.$inferSelect, nowMs: number): Share {
  const { shareId, cameraId, sharedBy, note, revokedMs, opened, openedMs } = row;
  const expiresMs = row.expiresMs!;
  return {
    ...{ shareId, cameraId, startMs: row.startMs!, endMs: row.endMs!, sharedMs: row.sharedMs! },
    ...{ by: sharedBy, note, expiresMs, download: row.download!, password: row.password! },
    ...{ state: shareState({ revokedMs, expiresMs }, nowMs), revokedMs, opened, openedMs },
  };
}
