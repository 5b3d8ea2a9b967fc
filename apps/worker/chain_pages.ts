/** A run's segments as the log has them, page by page, in the form in which the chain is checked. */
import type { Database } from "@rokuga/db/connect.ts";
import { type ChainRun, readChainPage, type Stretch, segmentOf } from "@rokuga/db/read_chain.ts";
import type { RecordedEvent } from "@rokuga/db/read_log.ts";
import type { TimeRange } from "@rokuga/media/api.ts";
import { linkOfSegment } from "@rokuga/media/chain.ts";
import type { EventData } from "@rokuga/media/events.ts";
import type { GapCause } from "@rokuga/media/gap_cause.ts";
import type { SegmentId } from "@rokuga/media/ids.ts";
import { objectKey } from "@rokuga/media/object_key.ts";

/** Sequence numbers that are read at a time. */
export const PAGE = 500;

/** What the log says of one sequence number. Times include the corrections of the run's clock. */
export type LoggedSegment = SegmentId &
  TimeRange & { sha256: string | undefined; previous: string | null } & (
    | { state: "stored"; key: string; bytes: number }
    | { state: "lost"; cause: GapCause }
    /** Its event cannot be read, or speaks of another segment. */
    | { state: "unreadable"; problem: string }
  );

export type LoggedPage = {
  /** By sequence number. */
  segments: LoggedSegment[];
  /** Those that the log has no event of, although the projections know of them. */
  projected: ({ sequence: number } & TimeRange)[];
};

export async function readPage(
  database: Database,
  { run, ...stretch }: Omit<Stretch, "runId"> & { run: ChainRun },
): Promise<LoggedPage> {
  const page = await readChainPage(database, { ...stretch, runId: run.runId });
  const bySequence = new Map<number, LoggedSegment>();
  // One that was given up and stored all the same is stored.
  const rank = { lost: 0, unreadable: 1, stored: 2 };
  const add = (segment: LoggedSegment) => {
    const other = bySequence.get(segment.sequence);
    if (!other || rank[other.state] < rank[segment.state]) bySequence.set(segment.sequence, segment);
  };
  for (const { eventId, problem } of page.unreadable)
    add(unreadable(eventId, `It cannot be read (${problem}).`));
  for (const event of page.events) add(loggedOf(event, run.correctedByMs));
  const segments = [...bySequence.values()].sort((a, b) => a.sequence - b.sequence);
  return { segments, projected: page.projected };
}

function loggedOf(event: RecordedEvent, correctedByMs: number): LoggedSegment {
  const { eventId, type, data } = event;
  if (type !== "SegmentStored" && type !== "SegmentLost") {
    return unreadable(eventId, `It is a ${type}, which its id does not say.`);
  }
  const { cameraId, runId, sequence } = data;
  if (eventId !== `${cameraId}/${runId}/${sequence}/${type}`) {
    return unreadable(eventId, `It speaks of ${cameraId}/${runId}/${sequence}, which its id does not say.`);
  }
  const startMs = data.startMs + correctedByMs;
  const span = { startMs, endMs: startMs + data.wallDurationMs };
  const { sha256, previous = null } = data;
  const common = { cameraId, runId, sequence, ...span, sha256, previous };
  return type === "SegmentLost"
    ? { ...common, state: "lost", cause: data.cause }
    : { ...common, state: "stored", bytes: data.bytes, key: keyOf(data) };
}

const keyOf = (data: EventData<"SegmentStored">) => data.key ?? objectKey(data);

function unreadable(eventId: string, problem: string): LoggedSegment {
  const id = segmentOf(eventId)!;
  return { ...id, startMs: 0, endMs: 0, sha256: undefined, previous: null, state: "unreadable", problem };
}

/**
 * Which of these links a segment of the log has. Looks from `fromRun` (an index of `runs`) backwards, where they
 * most likely are, and then forwards.
 */
export async function findLinks(
  database: Database,
  links: Iterable<string>,
  {
    cameraId,
    runs,
    fromRun,
    signal,
  }: { cameraId: string; runs: readonly ChainRun[]; fromRun: number; signal: AbortSignal },
): Promise<Set<string>> {
  const wanted = new Set(links);
  const found = new Set<string>();
  for (const run of [...runs.slice(0, fromRun + 1).reverse(), ...runs.slice(fromRun + 1)]) {
    for (let to = run.lastSequence; to >= 0 && found.size < wanted.size; to -= PAGE) {
      signal.throwIfAborted();
      const fromSequence = Math.max(0, to - PAGE + 1);
      const { segments } = await readPage(database, { cameraId, run, fromSequence, toSequence: to });
      for (const segment of segments) {
        const link = linkOfSegment(segment);
        if (link !== null && wanted.has(link)) found.add(link);
      }
    }
  }
  return found;
}

/** Numbers of a run to read. `toSequence` null: to its end. */
export type Scope = { run: ChainRun; fromSequence: number; toSequence: number | null };

/** The pages of a run in order; the next one is read while its caller works on the one before. */
export async function* pagesOf(
  database: Database,
  { cameraId, scope, signal }: { cameraId: string; scope: Scope; signal: AbortSignal },
): AsyncGenerator<LoggedPage> {
  const { run, fromSequence, toSequence } = scope;
  const read = (from: number) => {
    const to = Math.min(from + PAGE - 1, toSequence ?? Number.POSITIVE_INFINITY);
    return readPage(database, { cameraId, run, fromSequence: from, toSequence: to });
  };
  let next = read(fromSequence);
  for (let from = fromSequence; ; ) {
    const page = await next;
    signal.throwIfAborted();
    from += PAGE;
    // The projections may know less than the log: it is read until nothing more is found.
    const hasMore = from <= run.lastSequence || page.segments.at(-1)?.sequence === from - 1;
    const isLast = toSequence === null ? !hasMore : from > toSequence;
    if (!isLast) {
      next = read(from);
      // It is awaited only after this one; should that fail, this is no second failure.
      next.catch(() => undefined);
    }
    yield page;
    if (isLast) return;
  }
}
