/**
 * Checks what the log and the store have of a camera's segments, in the order of (run, sequence), against its chain
 * (chain.ts). Pure: its caller reads the records, and knows what explains that something is missing.
 *
 * Every link that a segment names has to be that of a known segment. Where it is not, what comes next in the chain
 * tells which of two neighbours was changed: a link fits only what was recorded. Memory grows with the number of runs,
 * not of segments: the link of a run's last segment is kept, that of another one until the next record of its run. So
 * a link may come out as unknown although its segment has gone by; those few are to be looked for once more.
 */
import type { TimeRange } from "./api.ts";
import { linkOf } from "./chain.ts";
import type { SegmentId } from "./ids.ts";

/** What is known of one sequence number of a run. Times include the corrections of the run's clock. */
export type ChainRecord = SegmentId &
  TimeRange & {
    /** As the log has it; undefined where it told no place in the chain. */
    sha256: string | undefined;
    previous: string | null;
    /** SHA-256 of its object as it is now, where that was read. */
    found?: string | undefined;
    /** Of what is asked for. `before` and `after` are there for the links from and to it. */
    part: "before" | "asked" | "after";
  };

/** What was changed of an event: had it this as it must have been, its link would be the one that the chain has. */
export type ChangedField = "sha256" | "previous" | "sha256 and previous";

export type Change =
  | { kind: "event"; record: ChainRecord; field: ChangedField }
  /** The object is not what the event says. `confirmed`: the chain says what the event says. */
  | { kind: "object"; record: ChainRecord; confirmed: boolean };

/** Sequence numbers of a run of which nothing is known. */
export type Hole = TimeRange & {
  runId: string;
  fromSequence: number;
  /** Null at the end of a run: nobody knows how many. */
  toSequence: number | null;
  /** How long one of them may have been, ms. */
  segmentMs: number;
  /** The chain goes on past it: nothing that is missing had a place in it. */
  isBridged: boolean;
};

/** A link of which no segment was met. */
export type UnknownLink = {
  link: string;
  /** The segment that names it. */
  by: ChainRecord;
  /** What is known in its place: a segment with another link (`before`), a hole, a loss that told no place, nothing. */
  inPlace: "segment" | "hole" | "loss" | "nothing";
  /** The last segment before it that is known. */
  before: ChainRecord | undefined;
};

export type ChainResult = {
  changes: Change[];
  holes: Hole[];
  unknown: UnknownLink[];
  /** Segments whose named link is that of a known one. */
  linked: number;
  /** Segments that name none and that none names: of before there was a chain, or the newest. */
  unlinked: number;
  /** Segments that name none, with which a chain begins. */
  beginnings: SegmentId[];
  /** The link that stands for all before it. */
  newest: (SegmentId & { link: string }) | undefined;
};

/** A record with its link, and with those that it would have had without a change. */
type Placed = {
  record: ChainRecord;
  link: string;
  alternatives: Map<string, ChangedField>;
  isNamed: boolean;
  /** Its object is another one; `confirmed` once it is known that its event is right. */
  mismatch: "open" | "confirmed" | "event" | undefined;
};

type Run = {
  runId: string;
  nextSequence: number;
  startMs: number | null;
  /** Latest end so far. */
  endMs: number | undefined;
  placed: Placed | undefined;
  /** Since `placed` there was a loss without a place. */
  hasLoss: boolean;
};

/** A run's end may differ from that of its last segment by this, ms: segments are longer. */
const END_SLACK_MS = 100;
/** A run that goes on for longer than this has segments, ms. */
const EMPTY_RUN_MS = 120_000;

export class ChainCheck {
  readonly #changes: Change[] = [];
  readonly #holes: Hole[] = [];
  readonly #beginnings: SegmentId[] = [];
  /** The last segment of each run that is over, by the links that it may have. */
  readonly #tips = new Map<string, Placed>();
  /** Links from which runs have begun: another one may begin there too. */
  readonly #heads = new Set<string>();
  readonly #unknown = new Map<string, UnknownLink[]>();
  readonly #mismatches: Placed[] = [];
  #run: Run | undefined;
  /** As in `Run`, over the runs that are over. */
  #tip: Placed | undefined;
  #hasLoss = false;
  #linked = 0;
  #unlinked = 0;

  /** Runs come in order. `fromSequence`: the first number that is to be there. `startMs`: as it was told. */
  beginRun(run: { runId: string; fromSequence: number; startMs: number | null }): void {
    const { runId, fromSequence: nextSequence, startMs } = run;
    this.#run = { runId, nextSequence, startMs, endMs: undefined, placed: undefined, hasLoss: false };
  }

  /** Records of a run come in the order of their sequence numbers. */
  push(record: ChainRecord): void {
    const run = this.#run!;
    const hole = holeBefore(run, record);
    const isWhole = record.sha256 !== undefined;
    const isResolved = !isWhole || this.#resolve(record, hole);
    if (hole && record.part !== "before") {
      this.#holes.push({ ...hole, isBridged: isWhole && isResolved && record.previous !== null });
    }
    run.nextSequence = record.sequence + 1;
    run.endMs = Math.max(run.endMs ?? record.endMs, record.endMs);
    if (!isWhole) run.hasLoss = true;
    else {
      run.placed = this.#place(record, { isResolved });
      run.hasLoss = false;
    }
  }

  /** `endMs`: when the run ended, as it was told; null where it was not, or where its end was not read. */
  endRun(endMs: number | null): void {
    const run = this.#run!;
    const knownUntilMs = run.endMs ?? (run.startMs ?? Number.POSITIVE_INFINITY) + EMPTY_RUN_MS;
    if (endMs !== null && endMs > knownUntilMs + END_SLACK_MS) {
      const { runId, nextSequence: fromSequence } = run;
      const startMs = run.endMs ?? run.startMs!;
      const where = { runId, fromSequence, toSequence: null, startMs, endMs };
      this.#holes.push({ ...where, segmentMs: endMs - startMs, isBridged: false });
    }
    const { placed } = run;
    if (placed) {
      for (const link of [placed.link, ...placed.alternatives.keys()]) this.#tips.set(link, placed);
      this.#tip = placed;
      this.#hasLoss = false;
    }
    this.#hasLoss ||= run.hasLoss;
  }

  result(): ChainResult {
    const objects = this.#mismatches.filter(({ mismatch }) => mismatch !== "event");
    const newest = this.#tip && { ...idOf(this.#tip.record), link: this.#tip.link };
    return {
      changes: [
        ...this.#changes,
        ...objects.map(({ record, mismatch }): Change => {
          return { kind: "object", record, confirmed: mismatch === "confirmed" };
        }),
      ],
      holes: this.#holes,
      unknown: [...this.#unknown.values()].flat(),
      ...{ linked: this.#linked, unlinked: this.#unlinked, beginnings: this.#beginnings, newest },
    };
  }

  /** Finds the segment whose link a record names. */
  #resolve(record: ChainRecord, hole: Omit<Hole, "isBridged"> | undefined): boolean {
    const { previous: link, part } = record;
    if (part === "before") return true;
    const isAsked = Number(part === "asked");
    if (link === null) {
      this.#unlinked += isAsked;
      return false;
    }
    const { placed, hasLoss } = this.#run!;
    const ofRun = placed && (placed.link === link || placed.alternatives.has(link)) ? placed : undefined;
    const named = ofRun ?? this.#tips.get(link);
    // Two that name the same: what could not be closed was finished later, beside what came after it.
    if (named || this.#heads.has(link) || placed?.record.previous === link) {
      this.#linked += isAsked;
      if (named) this.#name(named, link);
      if (!ofRun) this.#heads.add(link);
      return true;
    }
    const lost = placed ? hasLoss : this.#hasLoss;
    const inPlace = hole ? "hole" : lost ? "loss" : placed ? "segment" : "nothing";
    const unknown: UnknownLink = { link, by: record, inPlace, before: (placed ?? this.#tip)?.record };
    this.#unknown.set(link, [...(this.#unknown.get(link) ?? []), unknown]);
    return false;
  }

  /** Someone names this link of a segment: what was changed of it is known now. */
  #name(placed: Placed, link: string): void {
    if (placed.isNamed) return;
    placed.isNamed = true;
    const { record } = placed;
    const field = placed.alternatives.get(link);
    if (record.previous === null && record.part === "asked") {
      this.#unlinked--;
      if (!field) this.#beginnings.push(idOf(record));
    }
    if (placed.mismatch) placed.mismatch = field?.startsWith("sha256") ? "event" : "confirmed";
    if (!field) return;
    this.#changes.push({ kind: "event", record, field });
    // What it names is no link that was ever made.
    if (field !== "sha256" && record.previous !== null) this.#unknown.delete(record.previous);
  }

  #place(record: ChainRecord, { isResolved }: { isResolved: boolean }): Placed {
    const sha256 = record.sha256!;
    const { found, previous } = record;
    const link = linkOf({ ...record, sha256, previous });
    const alternatives = new Map<string, ChangedField>();
    const isOther = found !== undefined && found !== sha256;
    if (isOther) alternatives.set(linkOf({ ...record, sha256: found, previous }), "sha256");
    for (const other of isResolved ? [] : this.#likelyBefore()) {
      if (other === previous) continue;
      alternatives.set(linkOf({ ...record, sha256, previous: other }), "previous");
      if (isOther)
        alternatives.set(linkOf({ ...record, sha256: found, previous: other }), "sha256 and previous");
    }
    const mismatch = isOther ? ("open" as const) : undefined;
    const placed: Placed = { record, link, alternatives, isNamed: false, mismatch };
    if (isOther) this.#mismatches.push(placed);
    for (const candidate of [link, ...alternatives.keys()]) this.#nameLate(placed, candidate);
    return placed;
  }

  /** What a record should name that names nothing known. */
  #likelyBefore(): (string | null)[] {
    const before = this.#run!.placed ?? this.#tip;
    return this.#run!.placed ? [before!.link] : [before?.link ?? null, null];
  }

  /** A record that came earlier in the order has named this one: runs are in order of what their clocks said. */
  #nameLate(placed: Placed, link: string): void {
    const waiting = this.#unknown.get(link);
    if (!waiting) return;
    this.#unknown.delete(link);
    this.#linked += waiting.filter(({ by }) => by.part === "asked").length;
    this.#name(placed, link);
    this.#heads.add(link);
  }
}

const idOf = ({ cameraId, runId, sequence }: SegmentId): SegmentId => ({ cameraId, runId, sequence });

function holeBefore(run: Run, record: ChainRecord): Omit<Hole, "isBridged"> | undefined {
  const { runId, nextSequence: fromSequence } = run;
  const missing = record.sequence - fromSequence;
  if (missing <= 0) return undefined;
  const segmentMs = Math.max(1, record.endMs - record.startMs);
  const sinceMs = run.endMs ?? run.startMs ?? record.startMs - missing * segmentMs;
  const [startMs, endMs] = [Math.min(sinceMs, record.startMs), record.startMs];
  return { runId, fromSequence, toSequence: record.sequence - 1, startMs, endMs, segmentMs };
}
