/**
 * The playlist of a range without an end: it begins at a moment and grows into live (EXT-X-PLAYLIST-TYPE:EVENT).
 *
 * Players reload it, and whatever was listed must stay where it was (RFC 8216 §6.2.1), while footage may come late: out
 * of order, or days after an outage. So a playlist belongs to one viewer from the moment at which it was opened, its
 * pin, which its address carries: every reload, by any server, computes the same order anew from when each segment was
 * recorded in the log. The rule:
 *
 * 1. What was known well before the pin is listed in order of time.
 * 2. What is recorded later goes to the end, if that is where it belongs. If it leaves a hole, it waits for
 *    {@link PATIENCE_MS} for the hole to be filled: segments are often uploaded in another order.
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
const SETTLED_MS = PATIENCE_MS + COMMIT_MS;

/** When a segment was recorded in the log, ms by the database's clock. */
export type Recorded<S> = S & { recordedMs: number };

export type Pin = {
  /** When the playlist was opened, ms by the database's clock. */
  openedMs: number;
  /** Which segment it begins with. */
  runId: string;
  sequence: number;
  /** It may not change either. */
  targetSeconds: number;
};

const PIN = /^(\d{1,15})-(\d{1,5})-([0-9a-z]{13})-(\d{1,8})$/;

export const pinText = ({ openedMs, targetSeconds, runId, sequence }: Pin) =>
  `${openedMs}-${targetSeconds}-${runId}-${sequence}`;

/** Undefined when the text is no pin. */
export function parsePin(text: string): Pin | undefined {
  const match = PIN.exec(text);
  if (!match) return undefined;
  const [, openedMs, targetSeconds, runId, sequence] = match as unknown as [string, ...string[]];
  return {
    openedMs: Number(openedMs),
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
  const known = knownWhenOpened(segments, openedMs);
  const first = (known.length > 0 ? known : [...segments].sort(byTime))[0];
  if (!first) return undefined;
  const longest = Math.max(...segments.map((segment) => segment.mediaDurationTicks));
  const targetSeconds = Math.ceil((1.5 * longest) / TICKS_PER_SECOND);
  return { openedMs, runId: first.runId, sequence: first.sequence, targetSeconds };
}

/**
 * The segments in the order in which a pinned playlist lists them at `nowMs` (by the database's clock). Empty when the
 * one that it begins with is gone.
 */
export function appendOrder<S extends WholeSegment>(
  segments: readonly Recorded<S>[],
  { pin, nowMs }: { pin: Pin; nowMs: number },
): S[] {
  const isFirst = (one: S) => one.runId === pin.runId && one.sequence === pin.sequence;
  const known = knownWhenOpened(segments, pin.openedMs);
  const listed: S[] = known.length > 0 ? [...known] : segments.filter(isFirst);
  if (listed.length === 0 || !isFirst(listed[0]!)) return [];
  const waiting: Recorded<S>[] = [];
  const list = (untilMs: number) => {
    for (let head = waiting[0]; head; head = waiting[0]) {
      const last = listed.at(-1)!;
      const isLate = head.startMs < last.endMs - OVERLAP_MS;
      if (!isLate && !continues(last, head) && head.recordedMs + PATIENCE_MS > untilMs) return;
      waiting.shift();
      if (!isLate) listed.push(head);
    }
  };
  const later = segments.filter((one) => one.recordedMs > pin.openedMs - SETTLED_MS);
  for (const [recordedMs, batch] of [...Map.groupBy(later, (one) => one.recordedMs)].sort(
    ([a], [b]) => a - b,
  )) {
    list(recordedMs);
    waiting.push(...batch);
    waiting.sort(byTime);
    list(recordedMs);
  }
  list(nowMs - COMMIT_MS);
  return listed;
}

const byTime = (a: WholeSegment, b: WholeSegment) => a.startMs - b.startMs || (a.runId < b.runId ? -1 : 1);

/** What was recorded so long before the playlist was opened that all of it was visible, and in its order. */
const knownWhenOpened = <S extends WholeSegment>(segments: readonly Recorded<S>[], openedMs: number) =>
  withoutOverlaps(segments.filter((one) => one.recordedMs <= openedMs - SETTLED_MS).sort(byTime));

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
