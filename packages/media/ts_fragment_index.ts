/**
 * The fragment index of a segment: from the video frames in the order they are stored to fragments that tile the
 * file, and their durations. Owns the arithmetic on time; knows nothing of packets.
 *
 * Durations lie between the keyframes' PTS. The last fragment ends one frame after its last picture; how long that
 * frame is, only the next segment could tell, so it is taken to be as long as the one before it. Known limits: a
 * picture that is shown before its keyframe although stored after it (open GOP) counts to the fragment before, so
 * a segment whose successor starts with such pictures comes out shorter by them. Frames in front of the first
 * keyframe cannot be decoded: their bytes belong to the first fragment, their time to none.
 */
import { TIMESTAMP_WRAP_TICKS, ticksBetween } from "./pes.ts";
import { type Fragment, TICKS_PER_SECOND } from "./segment.ts";

/** A segment with more keyframes than this is not one: 10 s at 60 frames/s, all of them keyframes, has 600. */
const MAX_FRAGMENTS = 10_000;
/** A segment that claims to last longer has broken time stamps. */
const MAX_DURATION_TICKS = 3600 * TICKS_PER_SECOND;
/** How long the only frame of a segment is taken to last. */
const LONE_FRAME_TICKS = TICKS_PER_SECOND / 25;

/** A video frame as it is stored. Positions are byte offsets in the segment. */
export type StoredFrame = {
  position: number;
  /** Where a fragment that starts with this frame would begin: at the tables in front of it, if there are any. */
  fragmentPosition: number;
  /** As written (33 bits). A frame without one is counted, but cannot start a fragment. */
  pts: number | undefined;
  keyframe: boolean;
};

export type FragmentIndexResult =
  | { ok: true; startTicks: number; mediaDurationTicks: number; fragments: Fragment[] }
  | { ok: false; reason: string };

/** `ticks` and all other times in here are unwrapped: counted on past 2^33 from the first frame's PTS. */
type Keyframe = { fragmentPosition: number; ticks: number; endPosition: number | undefined };

/** Collects frames, in the order they are stored. Memory grows with the keyframes only. */
export class FragmentIndex {
  #keyframes: Keyframe[] = [];
  #keyframeCount = 0;
  #frameCount = 0;
  #timedCount = 0;
  #ticks = 0;
  #earliest = Number.POSITIVE_INFINITY;
  #latest = Number.NEGATIVE_INFINITY;
  #secondLatest = Number.NEGATIVE_INFINITY;

  /** Frames added so far. */
  get frameCount(): number {
    return this.#frameCount;
  }

  add(frame: StoredFrame): void {
    this.#frameCount++;
    const last = this.#keyframes.at(-1);
    if (last) last.endPosition ??= frame.position;
    if (frame.pts === undefined) return;

    this.#ticks = this.#timedCount === 0 ? frame.pts : this.#ticks + ticksBetween(this.#ticks, frame.pts);
    this.#timedCount++;
    this.#noteTime(this.#ticks);
    if (!frame.keyframe) return;
    this.#keyframeCount++;
    if (this.#keyframeCount > MAX_FRAGMENTS) return;
    const { fragmentPosition } = frame;
    this.#keyframes.push({ fragmentPosition, ticks: this.#ticks, endPosition: undefined });
  }

  #noteTime(ticks: number): void {
    this.#earliest = Math.min(this.#earliest, ticks);
    if (ticks > this.#latest) {
      this.#secondLatest = this.#latest;
      this.#latest = ticks;
    } else if (ticks < this.#latest) {
      this.#secondLatest = Math.max(this.#secondLatest, ticks);
    }
  }

  /** The index of a segment of `bytes` bytes that holds the frames added so far. */
  build(bytes: number): FragmentIndexResult {
    const [first] = this.#keyframes;
    if (!first)
      return failure(`None of its ${this.#frameCount} video frames is a keyframe with a time stamp.`);
    if (this.#keyframeCount > MAX_FRAGMENTS) {
      return failure(
        `It holds ${this.#keyframeCount} keyframes, more than the ${MAX_FRAGMENTS} a segment may have.`,
      );
    }
    const endTicks = this.#latest + this.#lastFrameTicks();
    const mediaDurationTicks = endTicks - first.ticks;
    if (mediaDurationTicks > MAX_DURATION_TICKS) {
      const hours = (mediaDurationTicks / TICKS_PER_SECOND / 3600).toFixed(1);
      return failure(`Its time stamps span ${hours} h, more than the hour a segment may last.`);
    }
    const fragments: Fragment[] = [];
    for (const [index, keyframe] of this.#keyframes.entries()) {
      const next = this.#keyframes[index + 1];
      const start = index === 0 ? 0 : keyframe.fragmentPosition;
      const end = next?.fragmentPosition ?? bytes;
      const durationTicks = (next?.ticks ?? endTicks) - keyframe.ticks;
      if (durationTicks <= 0) {
        return failure(
          `Its time stamps go backwards: the keyframe at byte ${end} is not later than the one before.`,
        );
      }
      // The next frame may be a keyframe: the tables in front of it belong to its own fragment.
      const keyframeEnd = Math.min(keyframe.endPosition ?? bytes, end);
      fragments.push({ bytes: end - start, durationTicks, keyframeBytes: keyframeEnd - start });
    }
    const wrapped = first.ticks % TIMESTAMP_WRAP_TICKS;
    const startTicks = wrapped < 0 ? wrapped + TIMESTAMP_WRAP_TICKS : wrapped;
    return { ok: true, startTicks, mediaDurationTicks, fragments };
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
