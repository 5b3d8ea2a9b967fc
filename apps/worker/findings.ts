/**
 * What the checking of a camera's footage finds, as data: which segments, what is the matter, a sentence. Neighbours in
 * a run of which the same is to be said are one finding, so that a store that was emptied makes no million of them.
 */
import type { TimeRange } from "@rokuga/media/api.ts";

/**
 * `changed` and `removed` are what is wrong. `unchecked`: it could not be read. `explained`: it is not there to be
 * checked, and it is known why.
 */
export type FindingKind = "changed" | "removed" | "unchecked" | "explained";

/** What a finding is of. `link`: what was recorded before the segment, which names it by this link. */
export type FindingSubject =
  | "object"
  | "event"
  | "segment"
  | "link"
  | "chain"
  | "expired"
  | "lost"
  | "waiting"
  | "split";

export type Finding = Span & { kind: FindingKind; what: FindingSubject; detail: string };

type Span = {
  runId: string;
  fromSequence: number;
  /** The last one; null: up to the run's end. */
  toSequence: number | null;
  /** When it was recorded, ms since the epoch; null where nothing says it. */
  startMs: number | null;
  endMs: number | null;
};

type Place = { runId: string; sequence: number } & Partial<TimeRange>;

/** Of what went because a limit was reached. */
export const EXPIRED = "It went because a limit of what is kept was reached.";

export class Findings {
  readonly #all: Finding[] = [];
  /** The latest of each sort. */
  readonly #last = new Map<string, Finding>();

  /** Of one segment; those of a run in order. */
  add(kind: FindingKind, what: FindingSubject, { where, detail }: { where: Place; detail: string }): void {
    const { runId, sequence, startMs = null, endMs = null } = where;
    const span = { runId, fromSequence: sequence, toSequence: sequence, startMs, endMs };
    this.addSpan(kind, what, { where: span, detail });
  }

  addSpan(kind: FindingKind, what: FindingSubject, { where, detail }: { where: Span; detail: string }): void {
    const last = this.#last.get(`${kind}/${what}`);
    const { runId, fromSequence, toSequence, endMs } = where;
    if (last?.runId === runId && last.toSequence === fromSequence - 1 && last.detail === detail) {
      last.toSequence = toSequence;
      last.endMs = endMs;
      return;
    }
    const finding = { kind, what, ...where, detail };
    this.#last.set(`${kind}/${what}`, finding);
    this.#all.push(finding);
  }

  /** In the order of run and sequence. */
  of(...kinds: FindingKind[]): Finding[] {
    return this.#all
      .filter(({ kind }) => kinds.includes(kind))
      .sort((a, b) => (a.runId === b.runId ? a.fromSequence - b.fromSequence : a.runId < b.runId ? -1 : 1));
  }
}
