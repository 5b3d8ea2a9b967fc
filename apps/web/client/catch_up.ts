/**
 * How long a site still takes to upload what it holds, from what it said of that: the number of segments at two or more
 * times. Pure. Nothing is said before the number has gone down for a while.
 */
import { MINUTE_MS, SECOND_MS } from "./zone.ts";

/** What a site said it held, at a time, ms. */
export type Report = { reportedMs: number; segments: number };

/** How far back the pace is measured, ms: long enough to be steady, short enough to follow a line that changes. */
const MEMORY_MS = 10 * MINUTE_MS;
const LEAST_MS = 10 * SECOND_MS;

/** The reports of a camera with a new one; what is older than the memory goes, and all of it when nothing waits. */
export function withReport(reports: readonly Report[], report: Report | null): readonly Report[] {
  if (!report) return [];
  const last = reports.at(-1);
  if (last?.reportedMs === report.reportedMs) return reports;
  // More than before: the line was lost again, and the pace with it.
  const kept = last && report.segments > last.segments ? [] : reports;
  const sinceMs = report.reportedMs - MEMORY_MS;
  const { reportedMs, segments } = report;
  return [...kept.filter((one) => one.reportedMs >= sinceMs), { reportedMs, segments }];
}

/** Until nothing waits any more at this pace, ms; null when no pace is known. */
export function timeLeft(reports: readonly Report[], nowMs: number): number | null {
  const [first, last] = [reports[0], reports.at(-1)];
  if (!first || !last) return null;
  const [tookMs, done] = [last.reportedMs - first.reportedMs, first.segments - last.segments];
  if (tookMs < LEAST_MS || done <= 0) return null;
  return Math.max(0, last.segments * (tookMs / done) - (nowMs - last.reportedMs));
}
