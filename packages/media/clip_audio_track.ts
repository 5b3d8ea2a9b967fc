/**
 * The audio track of a clip: AAC frames at the times that their PES packets tell, on a scale of the sample rate. As
 * long as frames follow each other they are as long as their samples; where the time stamps say otherwise, by more
 * than rounding, the frame before is made to last longer or shorter. So sound that is missing is a pause and moves
 * nothing, and sound whose clock runs fast or slow stays with the picture.
 */
import { type AudioConfig, type AudioFrame, AudioFrames } from "./clip_audio.ts";
import type { PesTrack } from "./clip_demuxer.ts";
import type { ClipStretch } from "./clip_plan.ts";
import { SampleTable } from "./clip_table.ts";
import type { Anchor } from "./clip_video_track.ts";
import { ticksBetween } from "./pes.ts";
import { TICKS_PER_SECOND } from "./segment.ts";

/** A frame that begins so far from where the one before ends follows it, seconds: time stamps are rounded. */
const TOLERANCE_SECONDS = 0.005;
/** Frames before the asked moment that are kept, because a frame is decoded with the one before it. */
const PREROLL_FRAMES = 2;

export class ClipAudioTrack {
  readonly table = new SampleTable();
  readonly configs: AudioConfig[] = [];
  /** Units per second of the table's times: the sample rate of the first frame. */
  timescale = 0;
  #descriptions = new Map<AudioConfig, number>();
  #stretch: ClipStretch | undefined;
  #frames = new AudioFrames();
  /** Where the last frame ends, and how long it is. */
  #end = 0;
  #lastDuration = 0;

  get lastDuration(): number {
    return this.#lastDuration;
  }

  /** Takes the sound of the next fragment. Returns the bytes that are going to be written at `offset` of the file. */
  add(
    track: PesTrack,
    {
      stretch,
      isLast,
      anchor,
      offset,
    }: { stretch: ClipStretch; isLast: boolean; anchor: Anchor; offset: number },
  ): Uint8Array {
    const isFirst = this.#stretch === undefined || (stretch === this.#stretch && stretch.startTicks === 0);
    if (stretch !== this.#stretch) this.#frames = new AudioFrames();
    this.#stretch = stretch;
    const parts: Uint8Array[] = [];
    let length = 0;
    let description = 0;
    for (const frame of this.#frames.read(track)) {
      const ticks =
        anchor.atTicks + ticksBetween(anchor.pts, frame.pts) + frame.afterSeconds * TICKS_PER_SECOND;
      const lasts = (frame.samples / frame.config.sampleRate) * TICKS_PER_SECOND;
      const earliest = stretch.startTicks - (isFirst ? PREROLL_FRAMES * lasts : 0);
      // What sounds beyond a break would be heard with what follows it.
      const latest = stretch.endTicks - (isLast ? 0 : lasts);
      if (ticks < earliest || (isLast ? ticks >= latest : ticks > latest)) continue;
      if (!this.#place(frame, ticks)) continue;
      const own = this.#descriptionOf(frame.config);
      if (own !== description)
        this.table.chunks.push({ offset: offset + length, samples: 0, description: own });
      description = own;
      this.table.chunks.at(-1)!.samples++;
      parts.push(frame.bytes);
      length += frame.bytes.length;
    }
    // A copy: the frames are views of memory that is used again.
    return Buffer.concat(parts);
  }

  /** False when there is no place for it, because it does not begin after the frame before. */
  #place({ bytes, config, samples }: AudioFrame, ticks: number): boolean {
    if (this.timescale === 0) this.timescale = config.sampleRate;
    const duration = Math.round((samples * this.timescale) / config.sampleRate);
    const told = Math.round((ticks * this.timescale) / TICKS_PER_SECOND);
    const isFirst = this.table.firstDts === undefined;
    const follows = !isFirst && Math.abs(told - this.#end) <= TOLERANCE_SECONDS * this.timescale;
    const dts = follows ? this.#end : told;
    if (!isFirst && dts <= this.table.lastDts) return false;
    this.table.push({ bytes: bytes.length, dts, offset: 0, isSync: true });
    this.#end = dts + duration;
    this.#lastDuration = duration;
    return true;
  }

  /** From 1 on. */
  #descriptionOf(config: AudioConfig): number {
    const known = this.#descriptions.get(config);
    if (known !== undefined) return known;
    const same = this.configs.findIndex((one) => Buffer.compare(one.specific, config.specific) === 0);
    const description = same < 0 ? this.configs.push(config) : same + 1;
    this.#descriptions.set(config, description);
    return description;
  }
}
