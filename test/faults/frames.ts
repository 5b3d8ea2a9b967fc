/**
 * The frame counter: what became of every frame that a camera sent. Pure; playback.ts brings what was played.
 *
 * A frame is accounted for when it is played once and in its place, or when it lies in a hole that the timeline
 * shows as a gap with a cause that the test expects. Everything else is unexplained: a frame that is missing,
 * unreadable, played twice or out of order, or that was never sent. Gaps are checked the other way round, too: where
 * the timeline shows one there must be a hole.
 */
import type { CausedGap, TimeRange } from "@rokuga/media/api.ts";
import type { GapCause } from "@rokuga/media/gap_cause.ts";

export type PlayedFrame = {
  /** The number in the picture; undefined when it could not be read. */
  number: number | undefined;
  /** Where the playlist places the frame, ms since the epoch. */
  atMs: number;
  /** The run it was recorded in. */
  runId: string;
};

/** A cause that gaps may have, and when: what a fault explains. */
export type Expectation = TimeRange & { causes: readonly GapCause[] };

export type History = {
  camera: string;
  /** Frame n is made at n·frameMs, ms since the epoch. */
  frameMs: number;
  /** What is accounted for. Everything recorded in it must have been stored or reported lost. */
  window: TimeRange;
  /** Numbers of the frames that the camera sent, ascending. */
  sent: readonly number[];
  /** In the order in which the playlist gives them. */
  played: readonly PlayedFrame[];
  /** The timeline's gaps in the window, sorted and disjoint. */
  gaps: readonly CausedGap[];
  expected: readonly Expectation[];
};

/** Frames of the camera that were not played, between two that were. */
export type Hole = TimeRange & {
  /** Of them, how many the camera sent. */
  frames: number;
  /** What the timeline says of it; empty when it says nothing. */
  causes: readonly GapCause[];
};

export type Account = {
  camera: string;
  sent: number;
  played: number;
  inGaps: number;
  unexplained: number;
  holes: Hole[];
  /** From the time in the picture to the time of the playlist, ms: the least and the most. */
  offsetMs: { least: number; most: number };
  /** One sentence for everything that is not as it should be. */
  problems: string[];
};

/** A hole and its gap begin and end together, give or take what capture delays and a frame's duration make, ms. */
export const EDGE_MS = 700;
/** At the ends of the window what is missing for less than this is not looked at: it is placed outside, ms. */
const WINDOW_EDGE_MS = 1_000;
/** Footage lies at its true time, give or take this, ms. */
export const PLACE_MS = 1_000;
/**
 * When the camera sends nothing for up to this in one run, its last picture stands for so long: that is played as it
 * was, and needs no gap (MAX_STEP_TICKS of ts_fragment_index.ts), ms.
 */
const STILL_MS = 10_000;
const MOST_PROBLEMS = 20;

/** Accounts for all frames of a camera in a window. */
export function account(history: History): Account {
  const { camera, frameMs, window } = history;
  const counted = new Problems();
  const inOrder = playedInOrder(history, counted);
  const stretches = openStretches(history.gaps);
  const sent = inside(history.sent, [inOrder[0], inOrder.at(-1)]);
  const totals = { sent: sent.length, inGaps: 0 };
  const holes: Hole[] = [];
  for (const hole of findHoles(history, inOrder)) {
    if (hole.isEdge) totals.sent += hole.frames;
    const stretch = stretches.find((candidate) => isSame(candidate, hole));
    if (stretch) stretch.matched = true;
    holes.push({ ...pickHole(hole), causes: stretch?.gaps.map((gap) => gap.cause) ?? [] });
    const wrong = stretch ? wrongCause(stretch, history.expected) : whyUnmatched(hole);
    if (wrong) counted.frames(hole.frames, `${describe(hole, window)} ${wrong}`);
    else totals.inGaps += hole.frames;
  }
  for (const stretch of stretches) {
    const isEdge = stretch.startMs <= window.startMs || stretch.endMs >= window.endMs;
    const least = EDGE_MS + (isEdge ? WINDOW_EDGE_MS : 0);
    if (stretch.matched || stretch.endMs - stretch.startMs <= least) continue;
    counted.say(`a gap (${causesOf(stretch)}) ${times(stretch, window)} has no hole: frames play there`);
  }
  const offsets = placesTold(inOrder, frameMs);
  const offsetMs = { least: Math.round(Math.min(...offsets)), most: Math.round(Math.max(...offsets)) };
  if (-offsetMs.least > PLACE_MS || offsetMs.most > PLACE_MS) {
    counted.say(`footage lies off its true time, by ${offsetMs.least} to ${offsetMs.most} ms`);
  }
  return {
    camera,
    ...totals,
    played: inOrder.length,
    unexplained: counted.unexplained,
    holes,
    offsetMs,
    problems: counted.list(),
  };
}

/** Several accounts as one, for a last line. */
export function total(
  accounts: readonly Account[],
): Pick<Account, "sent" | "played" | "inGaps" | "unexplained"> {
  const sum = (pick: (one: Account) => number) => accounts.reduce((all, one) => all + pick(one), 0);
  return {
    sent: sum((one) => one.sent),
    played: sum((one) => one.played),
    inGaps: sum((one) => one.inGaps),
    unexplained: sum((one) => one.unexplained),
  };
}

export function totalLine(accounts: readonly Account[]): string {
  const { sent, played, inGaps, unexplained } = total(accounts);
  return `frames sent ${sent}, played ${played}, in gaps ${inGaps}, unexplained ${unexplained}`;
}

/** Whether every frame is explained and every gap is true. */
export const isRight = ({ unexplained, problems }: Account) => unexplained === 0 && problems.length === 0;

class Problems {
  unexplained = 0;
  readonly #sentences: string[] = [];

  say(sentence: string): void {
    this.#sentences.push(sentence);
  }
  frames(count: number, sentence: string): void {
    this.unexplained += count;
    this.say(sentence);
  }
  list(): string[] {
    const more = this.#sentences.length - MOST_PROBLEMS;
    return more > 0 ? [...this.#sentences.slice(0, MOST_PROBLEMS), `… and ${more} more`] : this.#sentences;
  }
}

type ReadableFrame = PlayedFrame & { number: number };

/** The frames that were played in their place: ascending, each once, and sent. Counts the others. */
function playedInOrder({ played, sent, window }: History, counted: Problems): ReadableFrame[] {
  const known = new Set(sent);
  const seen = new Set<number>();
  const inOrder: ReadableFrame[] = [];
  for (const { number, atMs, runId } of played) {
    const when = `at ${seconds(atMs, window)}`;
    const last = inOrder.at(-1);
    if (number === undefined) counted.frames(1, `a frame ${when} cannot be read`);
    else if (!known.has(number)) counted.frames(1, `frame ${number} ${when} was never sent`);
    else if (seen.has(number)) counted.frames(1, `frame ${number} ${when} is played again`);
    else if (last && number < last.number)
      counted.frames(1, `frame ${number} ${when} comes after frame ${last.number}`);
    else inOrder.push({ number, atMs, runId });
    if (number !== undefined) seen.add(number);
  }
  return inOrder;
}

/**
 * How far each frame lies from its true time, ms. Not of the first frame after a still: FFmpeg's RTSP input sometimes
 * gives every frame the time of the one before, a steady 1/fps that nobody sees, but after a hole the whole hole.
 */
function placesTold(inOrder: readonly ReadableFrame[], frameMs: number): number[] {
  return inOrder
    .filter(({ number, runId }, index) => {
      const before = inOrder[index - 1];
      return before === undefined || before.runId !== runId || number === before.number + 1;
    })
    .map(({ number, atMs }) => atMs - number * frameMs);
}

type FoundHole = TimeRange & {
  frames: number;
  isEdge: boolean;
  /** A gap is welcome and not needed. */
  isStill: boolean;
};
const pickHole = ({ startMs, endMs, frames }: FoundHole) => ({ startMs, endMs, frames });

/**
 * What was not played, between neighbours that were and at the ends of the window. Left out is what needs no gap: a
 * short time in which the camera sent nothing.
 */
function findHoles(history: History, inOrder: readonly ReadableFrame[]): FoundHole[] {
  const { frameMs, window, sent, played } = history;
  // What was played in the wrong place is counted already: it is not missing as well.
  const heard = new Set(played.map(({ number }) => number));
  const between = (startMs: number, endMs: number) =>
    inside(sent, [
      { number: Math.ceil(startMs / frameMs) },
      { number: Math.ceil(endMs / frameMs) - 1 },
    ]).filter((number) => !heard.has(number)).length;
  const hole = (startMs: number, endMs: number, { isEdge = false, sameRun = false } = {}): FoundHole[] => {
    const frames = endMs > startMs ? between(startMs, endMs) : 0;
    const isStill = sameRun && frames === 0 && endMs - startMs <= STILL_MS;
    const least = isEdge ? WINDOW_EDGE_MS : EDGE_MS;
    const matters = endMs - startMs > least || (frames > 0 && !isEdge);
    return matters ? [{ startMs, endMs, frames, isEdge, isStill }] : [];
  };
  const first = inOrder[0];
  const last = inOrder.at(-1);
  if (!first || !last) return hole(window.startMs, window.endMs, { isEdge: true });
  return [
    ...hole(window.startMs, first.number * frameMs, { isEdge: true }),
    ...inOrder.slice(1).flatMap(({ number, runId }, index) => {
      const before = inOrder[index]!;
      if (number === before.number + 1) return [];
      const sameRun = runId === before.runId;
      return hole((before.number + 1) * frameMs, number * frameMs, { sameRun });
    }),
    ...hole((last.number + 1) * frameMs, window.endMs, { isEdge: true }),
  ];
}

/** The ascending `numbers` from the first to the last of the two, both included. */
function inside(
  numbers: readonly number[],
  [first, last]: readonly [{ number: number } | undefined, { number: number } | undefined],
): readonly number[] {
  if (!first || !last) return [];
  return numbers.slice(lowerBound(numbers, first.number), lowerBound(numbers, last.number + 1));
}

/** Index of the first of the ascending numbers that is not below `value`. */
function lowerBound(numbers: readonly number[], value: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Gaps that touch, whatever their causes: a hole has one story, but it may have several chapters. */
type Stretch = TimeRange & { gaps: CausedGap[]; matched: boolean };

function openStretches(gaps: readonly CausedGap[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const gap of gaps) {
    const last = stretches.at(-1);
    if (last && gap.startMs <= last.endMs) {
      last.gaps.push(gap);
      last.endMs = gap.endMs;
    } else stretches.push({ startMs: gap.startMs, endMs: gap.endMs, gaps: [gap], matched: false });
  }
  return stretches;
}

function isSame(stretch: Stretch, hole: TimeRange): boolean {
  const apart = Math.max(Math.abs(stretch.startMs - hole.startMs), Math.abs(stretch.endMs - hole.endMs));
  return !stretch.matched && apart <= EDGE_MS;
}

function wrongCause(stretch: Stretch, expected: readonly Expectation[]): string | undefined {
  const wrong = stretch.gaps.find(
    (gap) =>
      !expected.some(
        ({ causes, startMs, endMs }) =>
          causes.includes(gap.cause) && gap.startMs < endMs && gap.endMs > startMs,
      ),
  );
  return wrong && `lies in a gap whose cause, ${wrong.cause}, does not explain it`;
}

function whyUnmatched({ isStill, frames }: FoundHole): string | undefined {
  if (isStill) return undefined;
  return frames > 0 ? "lies in no gap of the timeline" : "(nothing sent) is no gap of the timeline";
}

const causesOf = ({ gaps }: Stretch) => gaps.map((gap) => gap.cause).join(", ");

const describe = (hole: FoundHole, window: TimeRange) =>
  `a hole of ${hole.frames} frames ${times(hole, window)}`;

const times = ({ startMs, endMs }: TimeRange, window: TimeRange) =>
  `from ${seconds(startMs, window)} to ${seconds(endMs, window)}`;

const seconds = (ms: number, window: TimeRange) => `${((ms - window.startMs) / 1000).toFixed(2)} s`;
