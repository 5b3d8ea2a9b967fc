/** Coverage and caused gaps of a camera in a range: what the timeline draws. */

import type { CausedGap, TimeRange } from "@rokuga/media/api.ts";
import { causedGaps, clip, type RunSpan, union } from "@rokuga/media/coverage.ts";
import { and, asc, desc, eq, gt, isNotNull, isNull, lt, lte, or, sql } from "drizzle-orm";
import type { Database } from "./connect.ts";
import { cameras, coverage, gaps, runs } from "./schema.ts";

export type Timeline = { coverage: TimeRange[]; gaps: CausedGap[] };

/**
 * The timeline of `range`, with ranges closer than `resolutionMs` drawn as one. Gaps are stated for the camera's
 * life only: from its registration or first footage to `nowMs`.
 */
export async function readTimeline(
  database: Database,
  {
    cameraId,
    range,
    resolutionMs,
    nowMs,
  }: { cameraId: string; range: TimeRange; resolutionMs: number; nowMs: number },
): Promise<Timeline> {
  const [camera, covered, cameraRuns, losses] = await Promise.all([
    readLife(database, cameraId),
    readCoverage(database, cameraId, range),
    readRuns(database, cameraId, range),
    readLosses(database, cameraId, range),
  ]);
  if (!camera || camera.firstMs === null) return { coverage: covered, gaps: [] };
  const life = clip([{ startMs: camera.firstMs, endMs: nowMs }], range)[0];
  const causes = life ? causedGaps(life, { ...camera, coverage: covered, runs: cameraRuns, losses }) : [];
  return {
    coverage: union(covered, resolutionMs),
    // A gap narrower than a pixel would be drawn over the coverage that was joined across it.
    gaps: causes.filter((gap) => gap.endMs - gap.startMs > resolutionMs),
  };
}

type Life = { firstMs: number | null; lastHeardMs: number; untilFirstRun: TimeRange | undefined };

async function readLife({ db }: Database, cameraId: string): Promise<Life | undefined> {
  const rows = await db
    .select({
      lastHeardMs: cameras.lastHeardMs,
      registeredMs: cameras.registeredMs,
      firstRunMs: sql<
        string | null
      >`(SELECT min(start_ms) FROM ${runs} WHERE ${runs.cameraId} = ${cameraId})`,
      firstCoveredMs: sql<
        string | null
      >`(SELECT min(start_ms) FROM ${coverage} WHERE ${coverage.cameraId} = ${cameraId})`,
    })
    .from(cameras)
    .where(eq(cameras.cameraId, cameraId));
  const row = rows[0];
  if (!row) return undefined;
  const { registeredMs, lastHeardMs } = row;
  const known = [registeredMs, row.firstRunMs, row.firstCoveredMs]
    .filter((moment) => moment !== null)
    .map(Number);
  const firstRunMs = row.firstRunMs === null ? Number.MAX_SAFE_INTEGER : Number(row.firstRunMs);
  return {
    firstMs: known.length > 0 ? Math.min(...known) : null,
    lastHeardMs,
    untilFirstRun: registeredMs === null ? undefined : { startMs: registeredMs, endMs: firstRunMs },
  };
}

/** Playable ranges that overlap `range`, clipped to it, sorted. */
export async function readCoverage(
  { db }: Database,
  cameraId: string,
  range: TimeRange,
): Promise<TimeRange[]> {
  const before = db
    .select({ startMs: coverage.startMs, endMs: coverage.endMs })
    .from(coverage)
    .where(and(eq(coverage.cameraId, cameraId), lte(coverage.startMs, range.startMs)))
    .orderBy(desc(coverage.startMs))
    .limit(1);
  const within = db
    .select({ startMs: coverage.startMs, endMs: coverage.endMs })
    .from(coverage)
    .where(
      and(
        eq(coverage.cameraId, cameraId),
        gt(coverage.startMs, range.startMs),
        lt(coverage.startMs, range.endMs),
      ),
    )
    .orderBy(asc(coverage.startMs));
  const [first, rest] = await Promise.all([before, within]);
  return clip([...first, ...rest], range);
}

async function readRuns({ db }: Database, cameraId: string, range: TimeRange): Promise<RunSpan[]> {
  const columns = { startMs: runs.startMs, endMs: runs.endMs, endReason: runs.endReason };
  const before = db
    .select(columns)
    .from(runs)
    .where(and(eq(runs.cameraId, cameraId), lte(runs.startMs, range.startMs)))
    .orderBy(desc(runs.startMs))
    .limit(1);
  const within = db
    .select(columns)
    .from(runs)
    .where(
      and(
        eq(runs.cameraId, cameraId),
        isNotNull(runs.startMs),
        gt(runs.startMs, range.startMs),
        lt(runs.startMs, range.endMs),
        or(isNull(runs.endMs), gt(runs.endMs, range.startMs)),
      ),
    )
    .orderBy(asc(runs.startMs));
  const after = db
    .select({ startMs: runs.startMs })
    .from(runs)
    .where(and(eq(runs.cameraId, cameraId), sql`${runs.startMs} >= ${range.endMs}`))
    .orderBy(asc(runs.startMs))
    .limit(1);
  const [first, rest, next] = await Promise.all([before, within, after]);
  const spans = [...first, ...rest].map((run) => ({ ...run, startMs: run.startMs! }));
  // A run whose end was never reported had ended when the next one started.
  return spans.map((run, index) => ({
    ...run,
    endMs: run.endMs ?? spans[index + 1]?.startMs ?? next[0]?.startMs ?? null,
  }));
}

async function readLosses({ db }: Database, cameraId: string, range: TimeRange): Promise<CausedGap[]> {
  return await db
    .select({ startMs: gaps.startMs, endMs: gaps.endMs, cause: gaps.cause })
    .from(gaps)
    .where(and(eq(gaps.cameraId, cameraId), lt(gaps.startMs, range.endMs), gt(gaps.endMs, range.startMs)))
    .orderBy(asc(gaps.startMs));
}
