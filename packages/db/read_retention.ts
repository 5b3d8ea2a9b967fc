/**
 * What retention would do now, camera by camera: by the same rules and statements as it does it, and without changing
 * anything.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import { bytesOf, cutoffMs, type Limit, type RetentionLimits } from "@rokuga/media/retention.ts";
import { LONGEST_SEGMENT_MS } from "@rokuga/media/segment.ts";
import { sql } from "drizzle-orm";
import type { Database, Reads } from "./connect.ts";
import { type PendingExpiries, readExpiredObjects, readPendingExpiries } from "./expired_objects.ts";
import { FIRST_PLACE, type KeptCamera, type Place, readExpiredBatch } from "./read_expired.ts";
import { readKeptCamera } from "./retention.ts";
import type { RetentionClock } from "./retention_clock.ts";

export type Amount = { segments: number; bytes: number };

export type CameraRetention = {
  cameraId: string;
  name: string;
  limits: RetentionLimits;
  /** From the start of the oldest segment to the end of the newest; null when there is none. */
  stored: Amount & { range: TimeRange | null };
  /** What would go now, and up to when that reaches; null when nothing would. */
  due: Record<Limit, Amount> & { untilMs: number | null };
  /** What would be among it, or would have gone in its place, if it were not locked. */
  locked: Amount;
  /** How much of what is too old stays because the log has not had it for long enough. */
  recent: Amount;
  /** What is still beyond the limit of bytes afterwards: locked, or the newest segment. */
  excessBytes: number;
  /** What has expired and is not deleted yet; of that, what the archive has not come past. */
  deleting: Amount & { unarchivedSegments: number };
};

const none = (): Amount => ({ segments: 0, bytes: 0 });

export type RetentionQuery = {
  /** Of this camera only. */
  cameraId?: string | undefined;
  clock: RetentionClock;
  /** Called before each camera, and once all are done. */
  onProgress?: (progress: { done: number; of: number }) => void;
};

/** Cameras by id: all that are known, or one. */
export async function readRetention(
  database: Database,
  { cameraId, clock, onProgress }: RetentionQuery,
): Promise<CameraRetention[]> {
  const { rows } = await database.db.execute<{ camera_id: string; name: string | null }>(sql`
    SELECT camera_id, name FROM cameras
    WHERE ${cameraId ?? null}::text IS NULL OR camera_id = ${cameraId ?? null} ORDER BY camera_id`);
  const deleting = await readDeleting(database);
  const cameras: CameraRetention[] = [];
  for (const { camera_id: id, name } of rows) {
    onProgress?.({ done: cameras.length, of: rows.length });
    const read = await database.db.transaction((tx) => readCamera(tx, id, clock), {
      isolationLevel: "repeatable read",
      accessMode: "read only",
    });
    cameras.push({
      ...read,
      name: name ?? id,
      deleting: deleting.get(id) ?? { ...none(), unarchivedSegments: 0 },
    });
  }
  onProgress?.({ done: cameras.length, of: rows.length });
  return cameras;
}

type Read = Omit<CameraRetention, "name" | "deleting">;

async function readCamera(db: Reads, cameraId: string, clock: RetentionClock): Promise<Read> {
  const camera = await readKeptCamera(db, cameraId, clock.nowMs);
  const { limits, storedSegments, storedBytes } = camera;
  const stored = {
    segments: storedSegments,
    bytes: storedBytes,
    range: await readStoredRange(db, cameraId),
  };
  const due = { days: none(), bytes: none(), untilMs: null as number | null };
  const left: KeptCamera = { ...camera };
  const recent = none();
  let excessBytes = 0;
  for (let place: Place | undefined = FIRST_PLACE; place; ) {
    const batch = await readExpiredBatch(db, left, { place, clock });
    add(due[batch.limit], batch.segments);
    add(recent, batch.recent);
    for (const { endMs } of batch.segments) due.untilMs = Math.max(endMs, due.untilMs ?? endMs);
    left.storedBytes -= bytesOf(batch.segments);
    left.storedSegments -= batch.segments.length;
    excessBytes = batch.excessBytes;
    place = batch.next;
  }
  const cutoff = limits.days === null || !clock.isTrusted ? null : cutoffMs(limits.days, clock.nowMs);
  const locked = await readLocked(db, camera, {
    untilMs: excessBytes > 0 ? Number.MAX_SAFE_INTEGER : Math.max(cutoff ?? 0, due.untilMs ?? 0),
  });
  return { cameraId, limits, stored, due, locked, recent, excessBytes };
}

function add(amount: Amount, segments: readonly { bytes: number }[]): void {
  amount.segments += segments.length;
  amount.bytes += bytesOf(segments);
}

async function readStoredRange(db: Reads, cameraId: string): Promise<TimeRange | null> {
  const { rows } = await db.execute<{ start_ms: number | null; end_ms: number | null }>(sql`
    SELECT
      (SELECT start_ms FROM segments WHERE camera_id = ${cameraId} ORDER BY start_ms LIMIT 1)::float8 AS start_ms,
      (SELECT end_ms FROM segments WHERE camera_id = ${cameraId} ORDER BY start_ms DESC LIMIT 1)::float8 AS end_ms`);
  const { start_ms: startMs, end_ms: endMs } = rows[0]!;
  return startMs === null || endMs === null ? null : { startMs, endMs };
}

/** Segments that a lock keeps and that end by `untilMs`. The cost follows what is locked. */
async function readLocked(
  db: Reads,
  { cameraId, locked }: KeptCamera,
  { untilMs }: { untilMs: number },
): Promise<Amount> {
  const { rows } = await db.execute<Amount>(sql`
    SELECT count(*)::float8 AS segments, coalesce(sum(bytes), 0)::float8 AS bytes FROM (
      SELECT DISTINCT run_id, sequence, bytes
      FROM unnest(${sql.param(locked.map(({ startMs }) => startMs))}::bigint[],
        ${sql.param(locked.map(({ endMs }) => endMs))}::bigint[]) AS lock (from_ms, to_ms)
      JOIN segments ON camera_id = ${cameraId} AND start_ms > from_ms - ${LONGEST_SEGMENT_MS}::bigint
        AND start_ms < to_ms AND end_ms > from_ms
      WHERE end_ms <= ${untilMs}
    ) AS kept`);
  return rows[0]!;
}

const PAGE = 100;

/** By camera: what has expired and is not deleted yet. */
async function readDeleting(database: Database): Promise<Map<string, CameraRetention["deleting"]>> {
  const byCamera = new Map<string, CameraRetention["deleting"]>();
  for (let after: string | undefined = ""; after !== undefined; ) {
    const page: PendingExpiries = await readPendingExpiries(database, { after, limit: PAGE });
    for (const expiry of page.expiries) {
      const { cameraId } = expiry.data;
      const amount = byCamera.get(cameraId) ?? { ...none(), unarchivedSegments: 0 };
      byCamera.set(cameraId, amount);
      const { keys, bytes } = await readExpiredObjects(database, expiry);
      amount.segments += keys.length;
      amount.bytes += bytes;
      if (!expiry.isArchived) amount.unarchivedSegments += keys.length;
    }
    after = page.next;
  }
  return byCamera;
}
