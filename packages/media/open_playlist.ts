/**
 * The playlist of a range without an end: it begins at a moment and grows into live (EXT-X-PLAYLIST-TYPE:EVENT).
 *
 * Players reload it, and whatever was listed must stay where it was (RFC 8216 §6.2.1), while footage may come late: out
 * of order, or days after an outage. So a playlist belongs to one viewer from the moment at which it was opened, its
 * pin, which its address carries: every reload, by any server, computes the same order anew from when each segment was
 * recorded in the log. The rule:
 *
 * 1. What was known when it was opened comes in order of time, what is recorded later goes to the end.
 * 2. What would leave a hole before it waits for {@link PATIENCE_MS}, since it was recorded, for the hole to be filled:
 *    segments are often uploaded in another order.
 * 3. What comes later than that, for a place that the playlist has passed, is left out. Who opens the range afterwards
 *    sees it.
 *
 * Segments are listed whole; where in the first one the asked moment is, EXT-X-START says.
 * Known limits: what a clock's correction moves, or retention removes, while a playlist is read. It is answered by an
 * error when it concerns the first item, and not noticed otherwise.
 */
import { OVERLAP_MS, withoutOverlaps } from "./overlaps.ts";
import { growingItems, type WholeSegment } from "./playlist_items.ts";
import * as lines from "./playlist_text.ts";
import { BRIDGE_MS, TICKS_PER_SECOND } from "./segment.ts";

/** How long a segment waits for those before it, ms. */
export const PATIENCE_MS = 30_000;
/**
 * What was recorded within this may not be visible yet, ms: it is appended under one lock a camera, so that only who
 * concludes from a segment's absence has to wait.
 */
const COMMIT_MS = 10_000;

/** When a segment was recorded in the log, ms by the database's clock. */
export type Recorded<S> = S & { recordedMs: number };

export type Pin = {
  /** When the playlist was opened, ms by the database's clock. */
  openedMs: number;
  /** When the last segment was recorded that was known then. */
  seenMs: number;
  /** Which segment it begins with. */
  runId: string;
  sequence: number;
  /** It may not change either. */
  targetSeconds: number;
};

const PIN = /^(\d{1,15})-(\d{1,15})-(\d{1,5})-([0-9a-z]{13})-(\d{1,8})$/;

export const pinText = ({ openedMs, seenMs, targetSeconds, runId, sequence }: Pin) =>
  `${openedMs}-${seenMs}-${targetSeconds}-${runId}-${sequence}`;

/** Undefined when the text is no pin. */
export function parsePin(text: string): Pin | undefined {
  const match = PIN.exec(text);
  if (!match) return undefined;
  const [, openedMs, seenMs, targetSeconds, runId, sequence] = match as unknown as [string, ...string[]];
  return {
    openedMs: Number(openedMs),
    seenMs: Number(seenMs),
    targetSeconds: Number(targetSeconds),
    runId: runId!,
    sequence: Number(sequence),
  };
}

/**
 * The pin of a playlist that is opened now; undefined without a segment to begin with. Segments may become longer than
 * those known so far: the target duration leaves half as much again.
 */
export function pinOf(segments: readonly Recorded<WholeSegment>[], openedMs: number): Pin | undefined {
  const seenMs = segments.reduce((most, { recordedMs }) => Math.max(most, recordedMs), 0);
  const first = knownBy(seenMs, segments)[0];
  if (!first) return undefined;
  const longest = segments.reduce((most, one) => Math.max(most, one.mediaDurationTicks), 0);
  const targetSeconds = Math.ceil((1.5 * longest) / TICKS_PER_SECOND);
  return { openedMs, seenMs, runId: first.runId, sequence: first.sequence, targetSeconds };
}

/**
 * The segments in the order in which a pinned playlist lists them at `nowMs` (by the database's clock). Empty when the
 * one that it begins with is gone.
 */
export function appendOrder<S extends WholeSegment>(
  segments: readonly Recorded<S>[],
  { pin, nowMs }: { pin: Pin; nowMs: number },
): S[] {
  const waiting = [...knownBy(pin.seenMs, segments)];
  const first = waiting.shift();
  if (first?.runId !== pin.runId || first.sequence !== pin.sequence) return [];
  const listed: S[] = [first];
  const list = (untilMs: number) => {
    for (let head = waiting[0]; head; head = waiting[0]) {
      const last = listed.at(-1)!;
      const isLate = head.startMs < last.endMs - OVERLAP_MS;
      if (!isLate && !continues(last, head) && head.recordedMs + PATIENCE_MS > untilMs) return;
      waiting.shift();
      if (!isLate) listed.push(head);
    }
  };
  list(pin.seenMs);
  const later = Map.groupBy(
    segments.filter((one) => one.recordedMs > pin.seenMs),
    (one) => one.recordedMs,
  );
  for (const [recordedMs, batch] of [...later].sort(([a], [b]) => a - b)) {
    list(recordedMs);
    waiting.push(...batch);
    waiting.sort(byTime);
    list(recordedMs);
  }
  list(nowMs - COMMIT_MS);
  return listed;
}

const byTime = (a: WholeSegment, b: WholeSegment) => a.startMs - b.startMs || (a.runId < b.runId ? -1 : 1);

/** All that was visible together: a camera's segments become visible in the order in which they are recorded. */
const knownBy = <S extends WholeSegment>(seenMs: number, segments: readonly Recorded<S>[]) =>
  withoutOverlaps(segments.filter((one) => one.recordedMs <= seenMs).sort(byTime));

const continues = (last: WholeSegment, next: WholeSegment) =>
  last.runId === next.runId && last.sequence + 1 === next.sequence && next.startMs <= last.endMs + BRIDGE_MS;

export type OpenOptions = {
  /** The asked moment, ms. */
  fromMs: number;
  targetSeconds: number;
  addressOf: lines.AddressOf;
  /** Nothing will be added any more. */
  ended: boolean;
};

/** `segments`: in the order of {@link appendOrder}. */
export function openPlaylist(
  segments: readonly WholeSegment[],
  { fromMs, targetSeconds, addressOf, ended }: OpenOptions,
): string {
  const items = growingItems(segments);
  const offsetSeconds = Math.max(0, fromMs - (items[0]?.startMs ?? fromMs)) / 1000;
  return lines.text([
    "#EXTM3U",
    `#EXT-X-VERSION:${lines.VERSIONS.decimals}`,
    `#EXT-X-TARGETDURATION:${targetSeconds}`,
    "#EXT-X-MEDIA-SEQUENCE:0",
    "#EXT-X-PLAYLIST-TYPE:EVENT",
    // Players would begin at the end of what grows.
    `#EXT-X-START:TIME-OFFSET=${offsetSeconds.toFixed(3)},PRECISE=YES`,
    "#EXT-X-INDEPENDENT-SEGMENTS",
    ...lines.itemLines(items, lines.inFull(addressOf)),
    ...(ended ? ["#EXT-X-ENDLIST"] : []),
  ]);
}
