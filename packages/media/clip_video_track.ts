/**
 * The video track of a clip: which samples of a fragment it keeps, and when they are decoded and shown. A fragment's
 * first keyframe stands where the plan has it, everything else by its time stamps from there.
 *
 * Of the first fragment of a stretch it keeps what is needed from the asked moment on: the last keyframe before it,
 * without the pictures that are stored after that keyframe and shown before it, which need what is not there. Of the
 * last one it leaves out what is decoded after the end, which nothing that is shown can need.
 *
 * Known limit: time stamps that FFmpeg has written as standing still (see ts_fragment_index.ts) are taken as they are:
 * such pictures pass within a few ticks, and the last of them stands until the next fragment.
 */
import type { PesTrack } from "./clip_demuxer.ts";
import type { ClipFragment, ClipStretch } from "./clip_plan.ts";
import { SampleTable } from "./clip_table.ts";
import { VideoReader, type VideoSample } from "./clip_video.ts";
import type { VideoConfig } from "./clip_video_config.ts";
import { ticksBetween } from "./pes.ts";
import { isJump } from "./ts_fragment_index.ts";
import type { VideoCodec } from "./ts_program.ts";

/** A time stamp as written, and the clip time that it stands for, ticks. */
export type Anchor = { pts: number; atTicks: number };

export type VideoPart = {
  /** What is to be written at the offset that was given, in pieces. */
  bytes: Uint8Array[];
  length: number;
  /** Undefined when the fragment holds no picture. */
  anchor: Anchor | undefined;
};

type PlacedSample = VideoSample & { dtsTicks: number; ptsTicks: number };

const NOTHING: VideoPart = { bytes: [], length: 0, anchor: undefined };

export class ClipVideoTrack {
  readonly table = new SampleTable();
  readonly configs: VideoConfig[] = [];
  /** When the first picture is shown that is not before the asked beginning; undefined when there is none. */
  firstShownTicks: number | undefined;
  #descriptions = new Map<VideoConfig, number>();
  #stretch: ClipStretch | undefined;
  #reader: VideoReader | undefined;

  /** Takes the next fragment, whose kept samples are going to be written at `offset` of the file. */
  add(
    track: PesTrack,
    {
      codec,
      stretch,
      fragment,
      offset,
    }: { codec: VideoCodec; stretch: ClipStretch; fragment: ClipFragment; offset: number },
  ): VideoPart {
    const isFirst = stretch !== this.#stretch;
    if (isFirst || !this.#reader) this.#reader = new VideoReader(codec);
    const { bytes, samples } = this.#reader.read(track);
    const first = samples.find(({ keyframe }) => keyframe) ?? (isFirst ? undefined : samples[0]);
    if (!first) return NOTHING;
    const anchor = { pts: first.pts, atTicks: fragment.atTicks };
    if (fragment.soundOnly) return { ...NOTHING, anchor };
    this.#stretch = stretch;
    const placed = place(samples.slice(samples.indexOf(first)), fragment.atTicks);
    const kept = (isFirst ? fromKeyframe(placed, stretch.startTicks) : placed).filter(
      ({ dtsTicks }) => dtsTicks < stretch.endTicks,
    );
    return { ...this.#write(bytes, kept, offset), anchor };
  }

  #write(bytes: Uint8Array, samples: readonly PlacedSample[], offset: number) {
    const parts: { start: number; end: number }[] = [];
    const { chunks } = this.table;
    let length = 0;
    let description = 0;
    for (const sample of samples) {
      const { start, end, keyframe, dtsTicks, ptsTicks } = sample;
      const own = this.#descriptionOf(sample);
      if (own !== description) chunks.push({ offset: offset + length, samples: 0, description: own });
      description = own;
      chunks.at(-1)!.samples++;
      // Decoding times only ever grow, also where a stretch with B-frames follows one without.
      const dts = this.table.firstDts === undefined ? dtsTicks : Math.max(dtsTicks, this.table.lastDts + 1);
      this.table.push({ bytes: end - start, dts, offset: ptsTicks - dts, isSync: keyframe });
      if (ptsTicks >= 0) this.firstShownTicks = Math.min(ptsTicks, this.firstShownTicks ?? ptsTicks);
      length += end - start;
      const last = parts.at(-1);
      if (last?.end === start) last.end = end;
      else parts.push({ start, end });
    }
    return { bytes: parts.map(({ start, end }) => bytes.subarray(start, end)), length };
  }

  /** From 1 on. */
  #descriptionOf({ config }: VideoSample): number {
    if (!config) throw new Error("The video has no parameter sets (SPS, PPS), so that it cannot be decoded");
    const known = this.#descriptions.get(config);
    if (known !== undefined) return known;
    const same = this.configs.findIndex((one) => Buffer.compare(one.record, config.record) === 0);
    const description = same < 0 ? this.configs.push(config) : same + 1;
    this.#descriptions.set(config, description);
    return description;
  }
}

/** The first one is shown at `atTicks`. */
function place(samples: readonly VideoSample[], atTicks: number): PlacedSample[] {
  const [first] = samples;
  if (!first) return [];
  let dtsTicks = atTicks - ticksBetween(first.dts, first.pts);
  let before = first.dts;
  let usual = 0;
  return samples.map((sample) => {
    const step = ticksBetween(before, sample.dts);
    // As the index of fragments counts it: frames behind a jump follow as if nothing had jumped.
    if (!isJump(step)) usual = step;
    dtsTicks += usual;
    before = sample.dts;
    return { ...sample, dtsTicks, ptsTicks: dtsTicks + ticksBetween(sample.dts, sample.pts) };
  });
}

/** From the last keyframe on that is shown by `startTicks`, or from the first one. */
function fromKeyframe(samples: readonly PlacedSample[], startTicks: number): PlacedSample[] {
  const by = samples.findLastIndex(({ keyframe, ptsTicks }) => keyframe && ptsTicks <= startTicks);
  const from = Math.max(0, by);
  const keyframe = samples[from]!;
  return samples.slice(from).filter(({ ptsTicks }) => ptsTicks >= keyframe.ptsTicks);
}
