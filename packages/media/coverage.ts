/**
 * Arithmetic on half-open time ranges `[startMs, endMs)`: what is covered, what is left open, and why.
 * Pure; the tables that hold the ranges belong to packages/db.
 */
import type { CausedGap, TimeRange } from "./api.ts";
import type { RunEndReason } from "./events.ts";
import type { GapCause } from "./gap_cause.ts";
import { BRIDGE_MS } from "./segment.ts";

/** The parts of `ranges` inside `window`, in the same order. */
export function clip<R extends TimeRange>(ranges: readonly R[], window: TimeRange): R[] {
  return ranges
    .map((range) => ({
      ...range,
      startMs: Math.max(range.startMs, window.startMs),
      endMs: Math.min(range.endMs, window.endMs),
    }))
    .filter((range) => range.startMs < range.endMs);
}

/** The union of ranges in any order: sorted, disjoint, with ranges that are at most `slackMs` apart joined. */
export function union(ranges: readonly TimeRange[], slackMs = 0): TimeRange[] {
  const merged: TimeRange[] = [];
  for (const { startMs, endMs } of [...ranges].sort((a, b) => a.startMs - b.startMs)) {
    const last = merged.at(-1);
    if (last && startMs <= last.endMs + slackMs) last.endMs = Math.max(last.endMs, endMs);
    else if (startMs < endMs) merged.push({ startMs, endMs });
  }
  return merged;
}

/** What `window` has outside `covered` (sorted and disjoint). */
export function subtract(window: TimeRange, covered: readonly TimeRange[]): TimeRange[] {
  const open: TimeRange[] = [];
  let cursor = window.startMs;
  for (const range of clip(covered, window)) {
    if (range.startMs > cursor) open.push({ startMs: cursor, endMs: range.startMs });
    cursor = Math.max(cursor, range.endMs);
  }
  if (cursor < window.endMs) open.push({ startMs: cursor, endMs: window.endMs });
  return open;
}

export type SegmentSpan = TimeRange & { runId: string; sequence: number };

/**
 * What segments of one camera cover, in any order. The rule: a segment covers `[startMs, endMs)`; between two
 * segments of one run whose sequence numbers follow each other there is no hole (footage of a run is contiguous by
 * sequence number, not by clock), unless the clock says more than {@link BRIDGE_MS}, which only a camera that went
 * silent within its run can cause.
 */
export function coverageOf(segments: readonly SegmentSpan[]): TimeRange[] {
  const ordered = [...segments].sort((a, b) =>
    a.runId === b.runId ? a.sequence - b.sequence : a.runId < b.runId ? -1 : 1,
  );
  return union(
    ordered.map((segment, index) => {
      const next = ordered[index + 1];
      const follows = next?.runId === segment.runId && next.sequence === segment.sequence + 1;
      const bridged = follows && next.startMs <= segment.endMs + BRIDGE_MS;
      return {
        startMs: segment.startMs,
        endMs: bridged ? Math.max(segment.endMs, next.startMs) : segment.endMs,
      };
    }),
  );
}

/** `endMs` and `endReason` are null until the run's end is known. */
export type RunSpan = { startMs: number; endMs: number | null; endReason: RunEndReason | null };

/** When a relay's program started, and when it was last known to run before that; or when it was ended in order. */
export type RelayMoment =
  | { kind: "started"; atMs: number; lastAliveMs: number | null }
  | { kind: "stopped"; atMs: number };

/** The cause of the gap that follows a run, from how the run ended. */
export function causeAfter(reason: RunEndReason): GapCause {
  switch (reason) {
    case "disconnected":
    case "failed":
    case "stalled":
    case "changed":
      return "camera-unreachable";
    case "hung":
    case "killed":
    case "stopped":
    case "relay-died":
      return "relay-stopped";
    case "disk-full":
      return "spool-overflow";
    default:
      return reason satisfies never;
  }
}

/** A site that is silent for longer than this may be off, ms: nothing is concluded from what it said before. */
export const SILENCE_MS = 60_000;

/** A run that begins within this after its relay had nothing to wait for but the relay, ms. */
export const STARTING_MS = 10_000;

/** What is known of a camera, as far as it bears on a window. All lists are sorted by their (start) time. */
export type GapEvidence = {
  /** Playable ranges, disjoint. */
  coverage: readonly TimeRange[];
  /** Ranges that are lost for a stated cause. They may overlap: the one that begins first holds. */
  losses: readonly CausedGap[];
  /** What the site last said it holds (`ranges`: sorted, disjoint), and when; null when it has said nothing. */
  backlog: { reportedMs: number; ranges: readonly TimeRange[] } | null;
  /** The camera's runs that overlap the window, the last that ended before it, the first that starts after it. */
  runs: readonly RunSpan[];
  /** The site's relay: all moments in the window, the last before and the first after it. */
  relay: readonly RelayMoment[];
  /** When the log last heard of the site. */
  lastHeardMs: number;
  /** When the camera was registered; null when that is not known. */
  registeredMs: number | null;
  /** When the camera's first run started, in the window or not; null when there is none. */
  firstRunMs: number | null;
};

/**
 * The gaps of `window` (which must not reach into the future), each with its cause: sorted, disjoint, and together
 * with coverage they tile the window. Of several things that are known of a moment the strongest holds:
 *
 * 1. It is covered.
 * 2. It is said to be lost.
 * 3. The site says that it holds it: `waiting-on-site`.
 * 4. A run was recording. Since the site's last report, or when it has made none: `waiting-on-site`. Before it:
 *    recorded, not stored and no longer on site, so someone has removed it: `deleted`. A run whose end was not told
 *    had ended when the next one started, and otherwise goes on for as long as the site is heard.
 * 5. The relay did not run, or had just begun to and a run followed within {@link STARTING_MS}: `relay-stopped`.
 * 6. How the run before had ended, until the next one starts: see {@link causeAfter}. What keeps a relay from
 *    recording is over when it starts again; after that it is the camera.
 * 7. The camera was registered and had no run yet: `camera-unreachable`.
 * 8. Nothing: `unknown`.
 *
 * 6 and 7 hold after the last run for as long as the site is heard, and {@link SILENCE_MS} longer.
 */
export function causedGaps(window: TimeRange, evidence: GapEvidence): CausedGap[] {
  const layers: Claim[][] = [
    [...evidence.losses],
    (evidence.backlog?.ranges ?? []).map((range) => ({ ...range, cause: "waiting-on-site" })),
    whileRecording(evidence),
    whileRelayWasOff(evidence),
    afterRuns(evidence),
    beforeFirstRun(evidence),
    [{ ...window, cause: "unknown" }],
  ];
  const gaps: Claim[] = [];
  let open = subtract(window, evidence.coverage);
  for (const layer of layers) {
    const { taken, left } = claim(open, layer);
    gaps.push(...taken);
    open = left;
  }
  gaps.sort((a, b) => a.startMs - b.startMs);
  const known = withoutSlivers(joinEqual(gaps));
  return joinEqual(known.map(({ startMs, endMs, cause }) => ({ startMs, endMs, cause })));
}

/** A range for which a cause is known. `concluded`: from what is missing, not from what was said. */
type Claim = CausedGap & { concluded?: true | undefined };

const heardUntil = ({ lastHeardMs }: GapEvidence) => lastHeardMs + SILENCE_MS;

function whileRecording(evidence: GapEvidence): Claim[] {
  const { runs, backlog } = evidence;
  const reportedMs = backlog?.reportedMs ?? Number.NEGATIVE_INFINITY;
  return runs.flatMap(({ startMs, endMs }, index): Claim[] => {
    const untilMs = endMs ?? runs[index + 1]?.startMs ?? heardUntil(evidence);
    return [
      { startMs, endMs: Math.min(untilMs, reportedMs), cause: "deleted", concluded: true },
      { startMs: Math.max(startMs, reportedMs), endMs: untilMs, cause: "waiting-on-site" },
    ];
  });
}

function whileRelayWasOff({ relay, runs }: GapEvidence): Claim[] {
  const nextStart = after(startsOf(relay));
  // Where there is a run the relay runs, told or not.
  const nextRun = after(runs.map(({ startMs }) => startMs));
  return relay.map((moment): Claim => {
    const { atMs } = moment;
    const cause = "relay-stopped";
    if (moment.kind === "started") {
      const runMs = nextRun(atMs) ?? Infinity;
      const endMs = runMs - atMs <= STARTING_MS ? runMs : atMs;
      return { startMs: moment.lastAliveMs ?? endMs, endMs, cause };
    }
    return { startMs: atMs, endMs: Math.min(nextStart(atMs) ?? Infinity, nextRun(atMs) ?? Infinity), cause };
  });
}

function afterRuns(evidence: GapEvidence): Claim[] {
  const nextRun = after(evidence.runs.map(({ startMs }) => startMs));
  const nextStart = after(startsOf(evidence.relay));
  const ended = evidence.runs
    .flatMap(({ endMs, endReason }) => (endMs === null || endReason === null ? [] : [{ endMs, endReason }]))
    .sort((a, b) => a.endMs - b.endMs);
  return ended.flatMap(({ endMs, endReason }, index): Claim[] => {
    // Runs overlap where a clock was wrong: of several the one that ended last says most.
    const laterMs = ended[index + 1]?.endMs ?? Infinity;
    const untilMs = Math.min(laterMs, nextRun(endMs) ?? heardUntil(evidence));
    const cause = causeAfter(endReason);
    if (cause !== "relay-stopped") return [{ startMs: endMs, endMs: untilMs, cause }];
    const restartMs = Math.min(untilMs, nextStart(endMs) ?? Infinity);
    return [
      { startMs: endMs, endMs: restartMs, cause },
      { startMs: restartMs, endMs: untilMs, cause: "camera-unreachable" },
    ];
  });
}

const startsOf = (relay: readonly RelayMoment[]) =>
  relay.filter(({ kind }) => kind === "started").map(({ atMs }) => atMs);

/** Finds the first of `moments` (sorted) after a moment; to be asked in order of time. */
function after(moments: readonly number[]): (ms: number) => number | undefined {
  let index = 0;
  return (ms) => {
    while (index < moments.length && moments[index]! <= ms) index++;
    return moments[index];
  };
}

function beforeFirstRun(evidence: GapEvidence): Claim[] {
  const { registeredMs, firstRunMs } = evidence;
  if (registeredMs === null) return [];
  return [{ startMs: registeredMs, endMs: firstRunMs ?? heardUntil(evidence), cause: "camera-unreachable" }];
}

/** What of `open` (sorted, disjoint) the claims take, and what they leave. Of claims that overlap the earlier holds. */
function claim(open: readonly TimeRange[], claims: readonly Claim[]): { taken: Claim[]; left: TimeRange[] } {
  const ordered = disjoint(claims);
  const taken: Claim[] = [];
  const left: TimeRange[] = [];
  let index = 0;
  for (const hole of open) {
    let cursor = hole.startMs;
    while (index < ordered.length && ordered[index]!.endMs <= hole.startMs) index++;
    for (; index < ordered.length && ordered[index]!.startMs < hole.endMs; index++) {
      const piece = clip([ordered[index]!], { startMs: cursor, endMs: hole.endMs })[0]!;
      if (piece.startMs > cursor) left.push({ startMs: cursor, endMs: piece.startMs });
      taken.push(piece);
      cursor = piece.endMs;
      // It may reach into the next hole.
      if (ordered[index]!.endMs > hole.endMs) break;
    }
    if (cursor < hole.endMs) left.push({ startMs: cursor, endMs: hole.endMs });
  }
  return { taken, left };
}

function disjoint(claims: readonly Claim[]): Claim[] {
  const result: Claim[] = [];
  let cursor = Number.NEGATIVE_INFINITY;
  for (const one of [...claims].sort((a, b) => a.startMs - b.startMs)) {
    const startMs = Math.max(one.startMs, cursor);
    if (startMs >= one.endMs) continue;
    result.push({ ...one, startMs });
    cursor = one.endMs;
  }
  return result;
}

/**
 * Where a lost or waiting segment begins and ends is known to the length of a frame only. What such rounding leaves
 * open within a run is not proof that something was removed: it goes to the gap it touches.
 */
function withoutSlivers(gaps: readonly Claim[]): Claim[] {
  return gaps.map((gap, index) => {
    if (!gap.concluded || gap.endMs - gap.startMs > BRIDGE_MS) return gap;
    const [before, next] = [gaps[index - 1], gaps[index + 1]];
    const neighbour = [
      before?.endMs === gap.startMs ? before : undefined,
      next?.startMs === gap.endMs ? next : undefined,
    ].find((one) => one && one.cause !== "unknown");
    return neighbour ? { ...gap, cause: neighbour.cause, concluded: undefined } : gap;
  });
}

/** Joins neighbours that touch and are known for the same reason. */
function joinEqual(gaps: readonly Claim[]): Claim[] {
  const joined: Claim[] = [];
  for (const gap of gaps) {
    const last = joined.at(-1);
    const same = last?.cause === gap.cause && last.concluded === gap.concluded;
    if (same && last.endMs === gap.startMs) last.endMs = gap.endMs;
    else joined.push({ ...gap });
  }
  return joined;
}
