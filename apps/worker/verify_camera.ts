/**
 * Checks a camera's footage against its log and its chain: reads every event of a range and every object that these
 * name, and tells what was changed, what was removed and what could not be checked. Changes nothing anywhere.
 */
import type { Database } from "@rokuga/db/connect.ts";
import { type ChainRun, readChainRuns, readExpired, readStretch } from "@rokuga/db/read_chain.ts";
import type { TimeRange } from "@rokuga/media/api.ts";
import { ChainCheck, type ChainRecord, type ChainResult, type Change } from "@rokuga/media/chain_check.ts";
import type { Storage } from "@rokuga/storage/storage.ts";
import pLimit from "p-limit";
import { findLinks, type LoggedSegment, pagesOf, type Scope } from "./chain_pages.ts";
import { ObjectChecker, type ObjectState } from "./check_object.ts";
import { explainMissing } from "./explain_missing.ts";
import { EXPIRED, Findings } from "./findings.ts";

/** Objects that are read at the same time. */
const CONCURRENCY = 8;

/** Of what was asked for. */
export type Counts = {
  runs: number;
  /** Segments that the log says are stored, those that are expired since included. */
  stored: number;
  expired: number;
  lost: number;
  /** Objects that were read to their end, and bytes that were read. */
  objects: number;
  bytes: number;
};

export type VerifyResult = {
  counts: Counts;
  findings: Findings;
  chain: Pick<ChainResult, "linked" | "unlinked" | "newest">;
  /** Whether a segment of the log has the link that was kept; undefined when none was given. */
  hasKept: boolean | undefined;
  /** False when it was interrupted, or the log was not readable to the end (`problem`). */
  complete: boolean;
  problem?: unknown;
};

export type VerifyOptions = {
  database: Database;
  storage: Storage;
  cameraId: string;
  /** Segments that overlap it are checked. */
  range: TimeRange;
  /** A link that someone has kept elsewhere. */
  kept?: string | undefined;
  nowMs: () => number;
  signal: AbortSignal;
  /** `ofAbout`: segments that there are. */
  onProgress: (counts: Counts, ofAbout: number) => void;
};

/** Undefined when nothing is known of the camera. Rejects when the log cannot be read at all. */
export async function verifyCamera(options: VerifyOptions): Promise<VerifyResult | undefined> {
  const runs = await readChainRuns(options.database, options.cameraId);
  return runs.length === 0 ? undefined : await new Verification(options, runs).run();
}

type SequenceSpan = { fromSequence: number; toSequence: number };
/** What is known of a segment's object; undefined when nobody looked for it. */
type Look = ObjectState | { kind: "expired" } | undefined;

class Verification {
  readonly #options: VerifyOptions;
  readonly #runs: readonly ChainRun[];
  readonly #check = new ChainCheck();
  readonly #findings = new Findings();
  readonly #objects: ObjectChecker;
  readonly #limit = pLimit(CONCURRENCY);
  readonly #counts: Counts = { runs: 0, stored: 0, expired: 0, lost: 0, objects: 0, bytes: 0 };
  /** Segments of which there was no object. */
  readonly #missing: LoggedSegment[] = [];
  /** Of objects that are not what was recorded: how long they are, and should be. */
  readonly #lengths = new Map<ChainRecord, { found: number; told: number }>();
  #ofAbout = 0;

  constructor(options: VerifyOptions, runs: readonly ChainRun[]) {
    this.#options = options;
    this.#runs = runs;
    const onBytes = (bytes: number) => {
      this.#counts.bytes += bytes;
      this.#tellProgress();
    };
    this.#objects = new ObjectChecker({ storage: options.storage, signal: options.signal, onBytes });
  }

  async run(): Promise<VerifyResult> {
    let foundElsewhere = 0;
    let hasKept: boolean | undefined;
    let end: Pick<VerifyResult, "complete" | "problem"> = { complete: true };
    try {
      const scopes = await this.#scopes();
      for (const { run, fromSequence, toSequence } of scopes) {
        this.#ofAbout += (toSequence ?? run.lastSequence) - fromSequence + 1;
      }
      for (const scope of scopes) await this.#walk(scope);
      const missing = { runs: this.#runs, result: this.#check.result(), objects: this.#missing };
      foundElsewhere = await explainMissing(this.#options, { missing, findings: this.#findings });
      hasKept = await this.#hasKept();
    } catch (error) {
      end = { complete: false, ...(this.#options.signal.aborted ? {} : { problem: error }) };
    }
    const { changes, beginnings, linked, unlinked, newest } = this.#check.result();
    for (const change of changes) this.#tellChange(change);
    const detail = "A chain begins here: it names nothing before it.";
    for (const where of beginnings) this.#findings.add("explained", "chain", { where, detail });
    const chain = { linked: linked + foundElsewhere, unlinked, newest };
    return { counts: this.#counts, findings: this.#findings, chain, hasKept, ...end };
  }

  async #hasKept(): Promise<boolean | undefined> {
    const { database, cameraId, kept, signal } = this.#options;
    if (kept === undefined) return undefined;
    const where = { cameraId, runs: this.#runs, fromRun: this.#runs.length - 1, signal };
    return (await findLinks(database, [kept], where)).has(kept);
  }

  /** The runs that overlap the range, and the first segment after them, which names the last link of them. */
  async #scopes(): Promise<Scope[]> {
    const { database, cameraId, range } = this.#options;
    const scopes: Scope[] = [];
    for (const [index, run] of this.#runs.entries()) {
      const startMs = run.startMs ?? Number.NEGATIVE_INFINITY;
      const endMs = run.endMs ?? Number.POSITIVE_INFINITY;
      if (startMs < range.endMs && endMs > range.startMs) {
        scopes.push({ run, ...(await readStretch(database, { cameraId, runId: run.runId, range })) });
      } else if (scopes.length > 0 && scopes.at(-1)!.run === this.#runs[index - 1]) {
        scopes.push({ run, fromSequence: 0, toSequence: 0 });
      }
    }
    return scopes;
  }

  async #walk(scope: Scope): Promise<void> {
    const { database, cameraId, signal } = this.#options;
    const { run, fromSequence, toSequence } = scope;
    const { runId, startMs } = run;
    const { stored, lost } = this.#counts;
    const expired = await readExpired(database, { cameraId, runId });
    this.#check.beginRun({ runId, fromSequence, startMs });
    let knownMs = startMs ?? 0;
    for await (const { segments, projected } of pagesOf(database, { cameraId, scope, signal })) {
      const looks = await Promise.all(segments.map((segment) => this.#look(segment, expired)));
      for (const [index, segment] of segments.entries()) {
        // Of one that cannot be read nothing says when it was.
        const span = segment.state === "unreadable" ? { startMs: knownMs, endMs: knownMs } : {};
        this.#take({ ...segment, ...span }, looks[index]);
        knownMs = Math.max(knownMs, segment.endMs);
      }
      this.#tellProjected(runId, projected);
    }
    this.#check.endRun(toSequence === null ? run.endMs : null);
    if (this.#counts.stored > stored || this.#counts.lost > lost) this.#counts.runs++;
  }

  /** Looks at a segment's object, if there should be one. */
  async #look(segment: LoggedSegment, expired: readonly SequenceSpan[]): Promise<Look> {
    const { sequence } = segment;
    if (segment.state !== "stored" || this.#partOf(segment) !== "asked") return undefined;
    const isExpired = expired.some((span) => span.fromSequence <= sequence && sequence <= span.toSequence);
    return isExpired ? { kind: "expired" } : await this.#limit(() => this.#objects.check(segment.key));
  }

  #partOf({ startMs, endMs, state }: LoggedSegment): ChainRecord["part"] {
    const { range } = this.#options;
    if (state === "unreadable") return "asked";
    return endMs <= range.startMs ? "before" : startMs >= range.endMs ? "after" : "asked";
  }

  #take(segment: LoggedSegment, look: Look): void {
    const { cameraId, runId, sequence, startMs, endMs, sha256, previous } = segment;
    const found = look?.kind === "read" ? look.sha256 : undefined;
    const part = this.#partOf(segment);
    const record = { cameraId, runId, sequence, startMs, endMs, sha256, previous, found, part };
    this.#check.push(record);
    if (part !== "asked") return;
    if (segment.state === "unreadable") {
      this.#findings.add("changed", "event", { where: segment, detail: segment.problem });
    } else if (segment.state === "lost") {
      this.#counts.lost++;
      const detail = `Lost, as was told at the time: ${segment.cause}.`;
      this.#findings.add("explained", "lost", { where: segment, detail });
    } else {
      this.#counts.stored++;
      this.#tellLook(segment, look);
      if (look?.kind === "read" && found !== sha256) {
        this.#lengths.set(record, { found: look.bytes, told: segment.bytes });
      }
    }
    this.#tellProgress();
  }

  #tellLook(segment: LoggedSegment & { state: "stored" }, look: Look): void {
    const { sha256, bytes } = segment;
    switch (look?.kind) {
      case undefined:
        break;
      case "expired":
        this.#counts.expired++;
        this.#findings.add("explained", "expired", { where: segment, detail: EXPIRED });
        break;
      case "missing":
        this.#missing.push(segment);
        break;
      case "unchecked":
        this.#findings.add("unchecked", "object", { where: segment, detail: `${look.reason}.` });
        break;
      case "read":
        this.#counts.objects++;
        if (look.sha256 === sha256 && look.bytes !== bytes) {
          const detail = `Its event says ${bytes} bytes. Its object has ${look.bytes}, and the SHA-256 that was recorded.`;
          this.#findings.add("changed", "event", { where: segment, detail });
        }
        break;
      default:
        look satisfies never;
    }
  }

  #tellProjected(runId: string, projected: readonly ({ sequence: number } & TimeRange)[]): void {
    const { range } = this.#options;
    const detail = "Its event is gone from the log. The projections still know of it.";
    for (const { sequence, startMs, endMs } of projected) {
      if (endMs <= range.startMs || startMs >= range.endMs) continue;
      this.#findings.add("removed", "event", { where: { runId, sequence, startMs, endMs }, detail });
    }
  }

  #tellChange(change: Change): void {
    const { record } = change;
    if (change.kind === "event") {
      const detail = `Its event was changed: with the ${change.field} that it must have had the chain is whole.`;
      const object = change.field === "previous" ? "" : " Its object is what was recorded.";
      this.#findings.add("changed", "event", { where: record, detail: detail + object });
      return;
    }
    const { found, told } = this.#lengths.get(record)!;
    const length = found === told ? "" : ` (${found} bytes, not ${told})`;
    const judge = change.confirmed
      ? "The chain says what the log says: the object was changed."
      : "Nothing that was recorded later says which of the two was changed.";
    const detail = `Its object has the SHA-256 ${record.found}${length}, the log says ${record.sha256}. ${judge}`;
    this.#findings.add("changed", "object", { where: record, detail });
  }

  #tellProgress(): void {
    this.#options.onProgress(this.#counts, this.#ofAbout);
  }
}
