/** What left the system as files, for the page to list. */

import type { TimeRange } from "@rokuga/media/api.ts";
import type { ExportView } from "@rokuga/media/clip_api.ts";
import { and, desc, eq, gt, lt } from "drizzle-orm";
import type { Database } from "./connect.ts";
import { exports } from "./schema.ts";

/** More are not listed: a page that shows them one by one ends long before. */
const MOST = 1_000;

/** A camera's exports whose footage overlaps `range`, the latest first. */
export async function readExports(
  { db }: Database,
  cameraId: string,
  range: TimeRange,
): Promise<ExportView[]> {
  const { exportId, startMs, endMs, exportedMs, exportedBy, format, bytes, shareId } = exports;
  return await db
    .select({ exportId, startMs, endMs, exportedMs, by: exportedBy, format, bytes, shareId })
    .from(exports)
    .where(
      and(eq(exports.cameraId, cameraId), lt(exports.startMs, range.endMs), gt(exports.endMs, range.startMs)),
    )
    .orderBy(desc(exports.exportedMs), desc(exports.exportId))
    .limit(MOST);
}
