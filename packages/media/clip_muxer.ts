/**
 * Writes a clip as MP4 (ISO/IEC 14496-12) from the bytes of its fragments, as they come and without re-encoding. Pure:
 * it is given bytes and gives bytes.
 *
 * The samples come first and `moov`, which says where they are, last, so that nothing has to be read twice or held.
 * Where what was written can be changed afterwards, all samples are in one `mdat`, whose length is filled in at the
 * end; in a stream each fragment has its own. An edit list makes players begin at the asked moment: what is before it,
 * back to the keyframe, is in the file and is not shown.
 */
import { ClipAudioTrack } from "./clip_audio_track.ts";
import { closedMdat, type Edit, ftyp, mdatHeader, moov, openMdat, type TrackBoxes } from "./clip_boxes.ts";
import { ClipDemuxer } from "./clip_demuxer.ts";
import type { ClipFragment, ClipPlan, ClipStretch } from "./clip_plan.ts";
import { ClipVideoTrack } from "./clip_video_track.ts";
import { TICKS_PER_SECOND } from "./segment.ts";

/** Bytes that belong at the end of the file, in pieces. */
export type Appended = Uint8Array[];

export type MuxerOptions = {
  /** `stream`: what was given cannot be changed. `file`: at the end, `patch` is to be written. */
  into: "stream" | "file";
};

/** Registered brands (mp4ra.org): what a reader has to know to read it. */
const BRANDS = ["isom", "iso2", "mp41"];

export class ClipMuxer {
  readonly #plan: ClipPlan;
  readonly #into: MuxerOptions["into"];
  #demuxer = new ClipDemuxer();
  #stretch: ClipStretch | undefined;
  #video = new ClipVideoTrack();
  #audio = new ClipAudioTrack();
  /** Bytes of the file so far. */
  #length = 0;
  #mdatAt = 0;

  constructor(plan: ClipPlan, { into }: MuxerOptions) {
    this.#plan = plan;
    this.#into = into;
  }

  /** How the file begins. */
  begin(): Appended {
    const brands = [...BRANDS, this.#plan.video.codec.startsWith("avc") ? "avc1" : "hvc1"];
    const beginning = this.#append([ftyp(brands)]);
    this.#mdatAt = this.#length;
    return this.#into === "file" ? [...beginning, ...this.#append([openMdat()])] : beginning;
  }

  /** Takes the bytes of the plan's next fragment. Throws Error with a sentence when they are no video. */
  add(bytes: Uint8Array, { stretch, fragment }: { stretch: ClipStretch; fragment: ClipFragment }): Appended {
    if (stretch !== this.#stretch) this.#demuxer = new ClipDemuxer();
    this.#stretch = stretch;
    const { codec, video, audio } = this.#demuxer.demux(bytes);
    if (!codec) return [];
    const isStream = this.#into === "stream";
    const offset = this.#length + (isStream ? mdatHeader(0).length : 0);
    const pictures = this.#video.add(video, { codec, stretch, fragment, offset });
    const { anchor } = pictures;
    const isLast = stretch === this.#plan.stretches.at(-1);
    const sound = anchor
      ? this.#audio.add(audio, { stretch, isLast, anchor, offset: offset + pictures.length })
      : new Uint8Array(0);
    const length = pictures.length + sound.length;
    if (length === 0) return [];
    return this.#append([...(isStream ? [mdatHeader(length)] : []), ...pictures.bytes, sound]);
  }

  /**
   * How the file ends. `patch` is to be written over what is there (only `into` a file). Throws Error with a sentence
   * when there was no picture.
   */
  finish(): { end: Appended; patch: { at: number; bytes: Uint8Array } | undefined } {
    const patch =
      this.#into === "file"
        ? { at: this.#mdatAt, bytes: closedMdat(this.#length - this.#mdatAt - openMdat().length) }
        : undefined;
    const tracks = [this.#videoBoxes(), ...this.#audioBoxes()];
    const { durationTicks: duration, stretches } = this.#plan;
    const createdMs = stretches[0]!.startMs;
    const end = this.#append([moov({ timescale: TICKS_PER_SECOND, duration, createdMs, tracks })]);
    return { end, patch };
  }

  #videoBoxes(): TrackBoxes {
    const { table, configs, firstShownTicks = 0 } = this.#video;
    const { durationTicks: duration, video } = this.#plan;
    if (table.firstDts === undefined) throw new Error("The footage holds no picture that can be decoded");
    // The last picture stands until the end.
    const mediaDuration = table.finish(Math.max(1, duration - table.lastDts));
    // Begun in the middle of a picture's time, FFmpeg would show the next one at once, and out of step with the sound.
    const shownTicks = Math.min(firstShownTicks, duration - 1);
    const edits = editsOf(
      { fromTicks: shownTicks, endTicks: duration },
      { firstDts: table.firstDts, scale: 1 },
    );
    const { width, height } = video;
    return {
      kind: "video",
      id: 1,
      timescale: TICKS_PER_SECOND,
      table,
      mediaDuration,
      edits,
      configs,
      width,
      height,
    };
  }

  #audioBoxes(): TrackBoxes[] {
    const { table, configs, timescale, lastDuration } = this.#audio;
    if (table.firstDts === undefined) return [];
    const mediaDuration = table.finish(lastDuration);
    const scale = timescale / TICKS_PER_SECOND;
    const endTicks = Math.min(this.#plan.durationTicks, Math.round((table.lastDts + lastDuration) / scale));
    const fromTicks = Math.max(0, Math.round(table.firstDts / scale));
    const edits = editsOf({ fromTicks, endTicks }, { firstDts: table.firstDts, scale });
    return [{ kind: "audio", id: 2, timescale, table, mediaDuration, edits, configs }];
  }

  #append(parts: readonly Uint8Array[]): Appended {
    for (const { length } of parts) this.#length += length;
    return parts.filter(({ length }) => length > 0);
  }
}

/** Shows a track from one clip time to another. `firstDts`: of its own scale, which has `scale` units a tick. */
function editsOf(
  { fromTicks, endTicks }: { fromTicks: number; endTicks: number },
  { firstDts, scale }: { firstDts: number; scale: number },
): Edit[] {
  const mediaTime = Math.max(0, Math.round(fromTicks * scale) - firstDts);
  const shown = { duration: Math.max(0, endTicks - fromTicks), mediaTime };
  return fromTicks === 0 ? [shown] : [{ duration: fromTicks, mediaTime: null }, shown];
}
