/**
 * The fragment index of a segment: from the video frames in the order they are stored to fragments that tile the
 * file, and their durations. Owns the arithmetic on time, and where a segment must end because the next frames
 * cannot be part of it; knows nothing of packets.
 *
 * A fragment starts at the tables in front of a keyframe, so that it plays on its own, at least half a second after
 * the start of the one before; keyframes in between belong to the running fragment. FFmpeg writes tables directly
 * in front of a keyframe, but for one that directly follows another: of a camera that sends keyframes only, those
 * have to do that it writes every 0.1 s in front of whatever comes, be it sound. A segment of d seconds has at most
 * 2d + 1 fragments.
 *
 * Durations lie between the keyframes' PTS. The last fragment ends one frame after its last picture; how long that
 * frame is, only the next segment could tell, so it is taken to be as long as the one before it. Known limits: a
 * picture that is shown before its keyframe although stored after it (open GOP) counts to the fragment before, so
 * a segment whose successor starts with such pictures comes out shorter by them. Frames in front of the first
 * keyframe cannot be decoded: their bytes belong to the first fragment, their time to none.
 *
 * Time is counted by DTS. Where it goes back or jumps ahead, the segment ends at the next keyframe. Frames from the
 * jump to that keyframe need those before it, so they stay, and follow them in time as if nothing had jumped. FFmpeg
 * writes no time stamps that go back: it makes the DTS of every such frame one tick more than the one before, until
 * the camera's have caught up. So frames that stand still are taken for it, if they are too many for a whim of the
 * camera. Keyframes that stand still do not count: of a camera that puts parameter sets in front of each slice,
 * FFmpeg takes every slice of a keyframe for one. Known limit: less than half a second back, and time that goes
 * back of a camera that sends keyframes only, are not noticed.
 */
import { ticksBetween } from "./pes.ts";
import { type Fragment, TICKS_PER_SECOND } from "./segment.ts";

/** The shortest time from the start of a fragment to that of the next. */
export const MIN_FRAGMENT_TICKS = TICKS_PER_SECOND / 2;
/** The longest time between two frames that is taken for one: a camera that is silent for longer is disconnected. */
const MAX_STEP_TICKS = 10 * TICKS_PER_SECOND;
/**
 * So many frames without time between them, keyframes apart, that would usually take half a second, are FFmpeg's way
 * to write that time went back. At the start of a connection it writes a few of them without any reason.
 */
const STANDING_FRAMES = 5;
/** `usualTicks`: how long they would last if time went on; `countedTicks`: how long they are taken to last. */
const NONE_STANDING = { pictures: 0, usualTicks: 0, countedTicks: 0 };
/** A segment that claims to last longer has broken time stamps. It also bounds the fragments: 7,201. */
const MAX_DURATION_TICKS = 3600 * TICKS_PER_SECOND;
/** How long the only frame of a segment is taken to last. */
const LONE_FRAME_TICKS = TICKS_PER_SECOND / 25;

/** A video frame as it is stored. Positions are byte offsets in the segment. */
export type StoredFrame = {
  position: number;
  /**
   * Where the newest tables begin behind the video frame before it, with nothing but sound between them and it.
   * Without any it can start neither a fragment nor, where something changes, a file.
   */
  tablesPosition: number | undefined;
  /** As written (33 bits). A frame without PTS is counted, but cannot start a fragment. */
  pts: number | undefined;
  /** As written; where there is none, it is the PTS. */
  dts: number | undefined;
  keyframe: boolean;
  /** Decoding it takes another codec or another size of picture than the first fragment. */
  changed: boolean;
};

export type FragmentIndexResult =
  | { ok: true; bytes: number; startTicks: number; mediaDurationTicks: number; fragments: Fragment[] }
  | { ok: false; reason: string };

/** `ticks` and all other times in here count on past 2^33 from the first frame's PTS, and over jumps. */
type FragmentStart = { position: number; ticks: number; keyframeEnd: number | undefined };

/** Whether the time from a frame to the next one stored, by DTS, cannot be. */
export function isJump(stepTicks: number): boolean {
  return stepTicks < 0 || stepTicks > MAX_STEP_TICKS;
}

/**
 * Whether a segment whose first PTS is `startTicks` can be the next of a run whose last segment ended at `endTicks`
 * (both modulo 2^33). The end is an estimate, see above, so it may lie somewhat behind the start.
 */
export function canFollow(endTicks: number, startTicks: number): boolean {
  const step = ticksBetween(endTicks, startTicks);
  return step >= -MIN_FRAGMENT_TICKS && step <= MAX_STEP_TICKS;
}

/** Collects frames, in the order they are stored. Memory grows with the fragments only. */
export class FragmentIndex {
  #starts: FragmentStart[] = [];
  #startPts = 0;
  #frameCount = 0;
  #timedCount = 0;
  #dts = 0;
  #decodeTicks = 0;
  /** Between the last two frames stored, of those between which nothing jumped. */
  #stepTicks = LONE_FRAME_TICKS;
  /** The frames since the last one that was later than the one before it. */
  #standing = NONE_STANDING;
  #jumped = false;
  #earliest = Number.POSITIVE_INFINITY;
  #latest = Number.NEGATIVE_INFINITY;
  #secondLatest = Number.NEGATIVE_INFINITY;
  #end: { position: number; ticks: number } | undefined;

  /** Frames of the segment so far; none from where it must end. */
  get frameCount(): number {
    return this.#frameCount;
  }

  /** Where the segment must end because what follows differs from its first fragment or has other times. */
  get endPosition(): number | undefined {
    return this.#end?.position;
  }

  /** Since the first keyframe, time stamps went back or jumped ahead: a segment that follows is of another run. */
  get jumped(): boolean {
    return this.#jumped && this.#starts.length > 0;
  }

  add(frame: StoredFrame): void {
    if (this.#end) return;
    const ticks = this.#timeOf(frame);
    if (ticks !== undefined && this.#mustEndAt(frame)) {
      const position = frame.tablesPosition!;
      this.#end = { position, ticks: ticks > this.#latest ? ticks : this.#endOfLatest() };
      return;
    }
    this.#frameCount++;
    const last = this.#starts.at(-1);
    if (last) last.keyframeEnd ??= frame.position;
    if (ticks === undefined) return;
    this.#noteTime(ticks);
    if (frame.keyframe && this.#mayStartAt(frame, ticks)) {
      const position = last ? frame.tablesPosition! : 0;
      this.#starts.push({ position, ticks, keyframeEnd: undefined });
    }
  }

  #mustEndAt({ keyframe, changed, tablesPosition }: StoredFrame): boolean {
    return this.#starts.length > 0 && tablesPosition !== undefined && (changed || (keyframe && this.#jumped));
  }

  #mayStartAt(frame: StoredFrame, ticks: number): boolean {
    const last = this.#starts.at(-1);
    if (last) return frame.tablesPosition !== undefined && ticks - last.ticks >= MIN_FRAGMENT_TICKS;
    this.#startPts = frame.pts!;
    // What lies in front of the first keyframe cannot be decoded: it is no reason to end the segment.
    this.#jumped = false;
    this.#standing = NONE_STANDING;
    return true;
  }

  /** The frame's PTS on the segment's own scale. */
  #timeOf({ pts, dts, keyframe }: StoredFrame): number | undefined {
    if (pts === undefined) return undefined;
    const decode = dts ?? pts;
    if (this.#timedCount === 0) {
      this.#decodeTicks = pts - ticksBetween(decode, pts);
    } else {
      this.#advance(ticksBetween(this.#dts, decode), keyframe);
    }
    this.#dts = decode;
    return this.#decodeTicks + ticksBetween(decode, pts);
  }

  #advance(step: number, keyframe: boolean): void {
    if (step === 0 || step === 1) {
      this.#stand(step, keyframe);
      return;
    }
    this.#standing = NONE_STANDING;
    if (isJump(step)) this.#jumped = true;
    else this.#stepTicks = step;
    this.#decodeTicks += this.#stepTicks;
  }

  #stand(step: number, keyframe: boolean): void {
    const before = this.#standing;
    const pictures = before.pictures + (keyframe ? 0 : 1);
    const usualTicks = before.usualTicks + this.#stepTicks;
    const wentBack = pictures >= STANDING_FRAMES && usualTicks >= MIN_FRAGMENT_TICKS;
    const countedTicks = wentBack ? usualTicks : before.countedTicks + step;
    if (wentBack) this.#jumped = true;
    this.#decodeTicks += countedTicks - before.countedTicks;
    this.#standing = { pictures, usualTicks, countedTicks };
  }

  #noteTime(ticks: number): void {
    this.#timedCount++;
    this.#earliest = Math.min(this.#earliest, ticks);
    if (ticks > this.#latest) {
      this.#secondLatest = this.#latest;
      this.#latest = ticks;
    } else if (ticks < this.#latest) {
      this.#secondLatest = Math.max(this.#secondLatest, ticks);
    }
  }

  /** The index of a segment of the frames added so far: of the file's `bytes` bytes, or of those before its end. */
  build(bytes: number): FragmentIndexResult {
    const [first] = this.#starts;
    if (!first)
      return failure(`None of its ${this.#frameCount} video frames is a keyframe with a time stamp.`);
    const end = this.#end ?? { position: bytes, ticks: this.#endOfLatest() };
    const mediaDurationTicks = end.ticks - first.ticks;
    if (mediaDurationTicks > MAX_DURATION_TICKS) {
      const hours = (mediaDurationTicks / TICKS_PER_SECOND / 3600).toFixed(1);
      return failure(`Its time stamps span ${hours} h, more than the hour a segment may last.`);
    }
    const fragments = this.#starts.map((start, index) => {
      const next = this.#starts[index + 1] ?? end;
      // The next frame may be one that starts a fragment: the tables in front of it belong to its own.
      const keyframeEnd = Math.min(start.keyframeEnd ?? next.position, next.position);
      return {
        bytes: next.position - start.position,
        durationTicks: next.ticks - start.ticks,
        keyframeBytes: keyframeEnd - start.position,
      };
    });
    return { ok: true, bytes: end.position, startTicks: this.#startPts, mediaDurationTicks, fragments };
  }

  #endOfLatest(): number {
    return this.#latest + this.#lastFrameTicks();
  }

  /** The time between the last two pictures shown, or the average if they are more than twice as far apart. */
  #lastFrameTicks(): number {
    if (this.#secondLatest === Number.NEGATIVE_INFINITY) return LONE_FRAME_TICKS;
    const last = this.#latest - this.#secondLatest;
    const average = (this.#latest - this.#earliest) / (this.#timedCount - 1);
    return last > 2 * average ? Math.max(1, Math.round(average)) : last;
  }
}

function failure(reason: string): { ok: false; reason: string } {
  return { ok: false, reason };
}
