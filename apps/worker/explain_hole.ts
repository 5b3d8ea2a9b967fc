/** Why sequence numbers of a run are not in the log: what explains them, piece by piece. Pure. */
import type { SiteReport } from "@rokuga/db/read_chain.ts";
import type { TimeRange } from "@rokuga/media/api.ts";
import type { Hole } from "@rokuga/media/chain_check.ts";
import { clip } from "@rokuga/media/coverage.ts";

/** What is known of a run and its site, for its holes. */
export type Circumstances = {
  /** Sequence numbers that went because a limit was reached. */
  expired: readonly { fromSequence: number; toSequence: number }[];
  /** Those that became runs of their own. */
  split: ReadonlySet<number>;
  /** Those of which something was found meanwhile, or is told elsewhere. */
  told: ReadonlySet<number>;
  report: SiteReport | undefined;
  nowMs: number;
};

export type HolePiece = Pick<Hole, "fromSequence" | "toSequence" | "startMs" | "endMs"> & {
  /** Undefined: nothing explains it. */
  why: "expired" | "split" | "told" | "waiting" | undefined;
};

/** What waits longer on site than this is reported, and such a report is made anew within this, ms. */
const REPORTED_AFTER_MS = 30_000;
const REPORTED_EVERY_MS = 90_000;

export function explainHole(hole: Hole, circumstances: Circumstances): HolePiece[] {
  const pieces: HolePiece[] = [];
  const { fromSequence, toSequence } = hole;
  if (toSequence === null) return [explainEnd(hole, circumstances)];
  const perSegmentMs = (hole.endMs - hole.startMs) / (toSequence - fromSequence + 1);
  const at = (sequence: number) => Math.round(hole.startMs + (sequence - fromSequence) * perSegmentMs);
  for (let from = fromSequence; from <= toSequence; ) {
    const { why, to } = stretchAt(from, toSequence, circumstances);
    const piece = { fromSequence: from, toSequence: to, startMs: at(from), endMs: at(to + 1) };
    const expectedMs = Math.min(piece.endMs - piece.startMs, (to - from + 1) * hole.segmentMs);
    pieces.push({ ...piece, why: why ?? waiting(piece, { ...circumstances, expectedMs }) });
    from = to + 1;
  }
  return pieces;
}

/** Of an end that is missing nobody knows how many segments it had. */
function explainEnd(hole: Hole, circumstances: Circumstances): HolePiece {
  const { fromSequence, startMs, endMs } = hole;
  const { expired, told } = circumstances;
  const isExpired = expired.some((span) => span.toSequence >= fromSequence);
  const isTold = [...told].some((sequence) => sequence >= fromSequence);
  const why = isExpired ? "expired" : isTold ? "told" : undefined;
  const piece = { fromSequence, toSequence: null, startMs, endMs };
  return { ...piece, why: why ?? waiting(piece, { ...circumstances, expectedMs: endMs - startMs }) };
}

/** What is known of a sequence number, and up to which one the same. */
function stretchAt(
  from: number,
  most: number,
  { expired, split, told }: Circumstances,
): { why: "expired" | "split" | "told" | undefined; to: number } {
  if (split.has(from)) return { why: "split", to: from };
  if (told.has(from)) return { why: "told", to: from };
  const span = expired.find(({ fromSequence, toSequence }) => fromSequence <= from && from <= toSequence);
  let next = most + 1;
  const meet = (sequence: number) => {
    if (sequence > from && sequence < next) next = sequence;
  };
  for (const sequence of split) meet(sequence);
  for (const sequence of told) meet(sequence);
  for (const { fromSequence } of expired) meet(fromSequence);
  return span
    ? { why: "expired", to: Math.min(span.toSequence, next - 1) }
    : { why: undefined, to: next - 1 };
}

/** `expectedMs`: how much footage is missing. */
function waiting(
  range: TimeRange,
  { report, nowMs, expectedMs }: Pick<Circumstances, "report" | "nowMs"> & { expectedMs: number },
): "waiting" | undefined {
  return isWaiting(range, { report, nowMs, expectedMs }) ? "waiting" : undefined;
}

/**
 * Whether what was recorded in a range, and is missing, waits on site: by the site's last report; because it is too
 * new for one; or because the site had a backlog, and has not been heard of since.
 */
export function isWaiting(
  range: TimeRange,
  { report, nowMs, expectedMs }: Pick<Circumstances, "report" | "nowMs"> & { expectedMs: number },
): boolean {
  if (range.endMs > nowMs - REPORTED_AFTER_MS) return true;
  if (!report || report.ranges.length === 0) return false;
  const heldMs = clip(report.ranges, range).reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  if (heldMs > 0 && heldMs * 2 >= expectedMs) return true;
  return range.endMs > report.reportedMs && nowMs - report.reportedMs > REPORTED_EVERY_MS;
}
