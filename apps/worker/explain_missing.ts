/**
 * Tells of what is missing why it is, or that nothing explains it. It is looked for once more before: meanwhile it may
 * have been stored, or have gone because a limit was reached.
 */
import { type ChainRun, readExpired, readSiteReport, type SiteReport } from "@rokuga/db/read_chain.ts";
import type { TimeRange } from "@rokuga/media/api.ts";
import type { ChainResult, Hole, UnknownLink } from "@rokuga/media/chain_check.ts";
import { findLinks, type LoggedSegment, PAGE, readPage } from "./chain_pages.ts";
import { explainHole, type HolePiece, isWaiting } from "./explain_hole.ts";
import { EXPIRED, type Findings } from "./findings.ts";
import type { VerifyOptions } from "./verify_camera.ts";

export type Missing = {
  /** All of the camera. */
  runs: readonly ChainRun[];
  result: Pick<ChainResult, "holes" | "unknown">;
  /** Segments without an object. */
  objects: readonly LoggedSegment[];
};

/** Resolves with how many of the unknown links are those of segments that the log has elsewhere. */
export async function explainMissing(
  options: VerifyOptions,
  { missing, findings }: { missing: Missing; findings: Findings },
): Promise<number> {
  const report = await readSiteReport(options.database, options.cameraId);
  const explanation = new Explanation(options, { ...missing, findings, report });
  await explanation.tellObjects();
  await explanation.tellHoles();
  return await explanation.tellLinks();
}

class Explanation {
  readonly #options: VerifyOptions;
  readonly #missing: Missing & { findings: Findings; report: SiteReport | undefined };
  readonly #expired = new Map<string, ReturnType<typeof readExpired>>();

  constructor(
    options: VerifyOptions,
    missing: Missing & { findings: Findings; report: SiteReport | undefined },
  ) {
    this.#options = options;
    this.#missing = missing;
  }

  async tellObjects(): Promise<void> {
    const { objects, findings } = this.#missing;
    for (const segment of objects) {
      const { runId, sequence } = segment;
      const expired = await this.#expiredOf(runId);
      if (expired.some((span) => span.fromSequence <= sequence && sequence <= span.toSequence)) {
        findings.add("explained", "expired", { where: segment, detail: EXPIRED });
      } else {
        findings.add("removed", "object", {
          where: segment,
          detail: "There is no object of it in the store.",
        });
      }
    }
  }

  async tellHoles(): Promise<void> {
    const { result, runs, report } = this.#missing;
    const nowMs = this.#options.nowMs();
    for (const hole of result.holes) {
      if (!this.#isAskedFor(hole)) continue;
      const run = runs.find(({ runId }) => runId === hole.runId)!;
      const split = new Set(
        runs.flatMap(({ splitFrom }) => (splitFrom?.runId === run.runId ? [splitFrom.sequence] : [])),
      );
      const expired = await this.#expiredOf(run.runId);
      const told = await this.#foundSince(hole, run);
      const isNamed = result.unknown.some(({ by, inPlace }) => inPlace === "hole" && follows(by, hole));
      for (const piece of explainHole(hole, { expired, split, told, report, nowMs })) {
        if (this.#isAskedFor(piece)) this.#tellPiece(piece, { hole, isNamed });
      }
    }
  }

  async tellLinks(): Promise<number> {
    const { database, cameraId, signal, nowMs } = this.#options;
    const { result, runs, findings, report } = this.#missing;
    // What a hole's neighbour names is told with the hole.
    const open = result.unknown.filter(({ inPlace }) => inPlace !== "hole");
    if (open.length === 0) return 0;
    const fromRun = runs.findLastIndex(({ runId }) => open.some(({ by }) => by.runId === runId));
    const links = open.map(({ link }) => link);
    const found = await findLinks(database, links, { cameraId, runs, fromRun, signal });
    for (const unknown of open.filter(({ link }) => !found.has(link))) {
      const { kind, what, where, detail } = linkFinding(unknown, { report, nowMs: nowMs() });
      findings.add(kind, what, { where, detail });
    }
    return open.filter(({ link, by }) => found.has(link) && by.part === "asked").length;
  }

  #isAskedFor({ startMs, endMs }: TimeRange): boolean {
    const { range } = this.#options;
    return endMs >= range.startMs && startMs <= range.endMs;
  }

  #expiredOf(runId: string): ReturnType<typeof readExpired> {
    const { database, cameraId } = this.#options;
    const known = this.#expired.get(runId) ?? readExpired(database, { cameraId, runId });
    this.#expired.set(runId, known);
    return known;
  }

  /** Numbers of which there is an event by now, or which were told because the projections know of them. */
  async #foundSince({ fromSequence, toSequence }: Hole, run: ChainRun): Promise<Set<number>> {
    const { database, cameraId, signal } = this.#options;
    const found = new Set<number>();
    const last = toSequence ?? fromSequence + PAGE - 1;
    for (let from = fromSequence; from <= last; from += PAGE) {
      signal.throwIfAborted();
      const to = Math.min(last, from + PAGE - 1);
      const page = await readPage(database, { cameraId, run, fromSequence: from, toSequence: to });
      for (const { sequence } of [...page.segments, ...page.projected]) found.add(sequence);
    }
    return found;
  }

  #tellPiece(piece: HolePiece, { hole, isNamed }: { hole: Hole; isNamed: boolean }): void {
    const { why, ...span } = piece;
    if (why === "told") return;
    const where = { runId: hole.runId, ...span };
    const { findings } = this.#missing;
    if (why) findings.addSpan("explained", why, { where, detail: REASONS[why] });
    else findings.addSpan("removed", "segment", { where, detail: removed(hole, isNamed) });
  }
}

const REASONS = {
  expired: EXPIRED,
  split: "It became a run of its own, since the camera's video had changed.",
  waiting: "It is not stored yet: it waits on site, by what the site last told, or was recorded just now.",
} as const;

/** Whether a record comes right after a hole. */
const follows = ({ runId, sequence }: { runId: string; sequence: number }, hole: Hole) =>
  runId === hole.runId && hole.toSequence === sequence - 1;

function removed({ toSequence, isBridged }: Hole, isNamed: boolean): string {
  const what = "The log has no event of it, and no loss, limit or backlog explains that.";
  if (toSequence === null) return `${what} The run went on after the last segment that is known of it.`;
  if (isNamed) return `${what} What was recorded after it names it.`;
  return isBridged ? `${what} The chain goes on past it: what is gone may be the event of a loss.` : what;
}

/** What to say of a link of which there is no segment in the whole log. */
function linkFinding(
  { by, inPlace, before }: UnknownLink,
  { report, nowMs }: { report: SiteReport | undefined; nowMs: number },
) {
  if (inPlace === "segment") {
    const detail =
      "Its event was changed: what was recorded after it names another link. If its object fits the event, both were changed.";
    return { kind: "changed", what: "event", where: before!, detail } as const;
  }
  if (inPlace === "loss") {
    const detail = "What it names is lost, and the loss did not tell its place in the chain.";
    return { kind: "explained", what: "link", where: by, detail } as const;
  }
  const range = { startMs: before?.endMs ?? 0, endMs: by.startMs };
  if (isWaiting(range, { report, nowMs, expectedMs: 0 })) {
    const detail = "What was recorded before it waits on site, by what the site last told.";
    return { kind: "explained", what: "link", where: by, detail } as const;
  }
  const detail =
    "It names a link that no segment of the log has: what was recorded before it was removed, or changed in log and store.";
  return { kind: "removed", what: "link", where: by, detail } as const;
}
