/**
 * What is known of a segment once it is closed: the description that the relay derives by parsing the TS
 * (ISO/IEC 13818-1), that the job carries and that `SegmentStored` keeps for ever. Media durations are in
 * ticks of 90 kHz; wall times are integer milliseconds since the epoch, UTC.
 */
import { z } from "zod";
import { CameraId, RunId, Sequence } from "./ids.ts";

/** Ticks of the MPEG-TS clock per second (ISO/IEC 13818-1 §2.4.3.7: PTS and DTS count at 90 kHz). */
export const TICKS_PER_SECOND = 90_000;
export const TICKS_PER_MS = 90;

/**
 * A byte range of a segment that starts at a keyframe. Fragments tile their segment: the first begins at
 * byte 0, each next one where the one before ends, the last ends with the file.
 */
export const Fragment = z.strictObject({
  /** Length of the fragment in bytes. */
  bytes: z.int().positive(),
  /** Presentation duration: from this keyframe's PTS to the next fragment's, or to the end of the last frame. */
  durationTicks: z.int().positive(),
  /** Bytes from the fragment's start to the end of its keyframe: a playable picture on its own. 0 if it has none. */
  keyframeBytes: z.int().min(0),
});
export type Fragment = z.infer<typeof Fragment>;

/** Codecs as RFC 6381 strings, for CODECS in a multivariant playlist and for MSE. */
export const Tracks = z.strictObject({
  video: z.strictObject({
    codec: z.string().max(64),
    width: z.int().positive(),
    height: z.int().positive(),
  }),
  audio: z.strictObject({ codec: z.string().max(64) }).nullable(),
});
export type Tracks = z.infer<typeof Tracks>;

/** What the bytes alone say of a segment. */
export const ParsedSegment = z.strictObject({
  bytes: z.int().positive(),
  /** PTS of the first video frame, as written (33 bits, wraps every 26.5 h). */
  startTicks: z.int().min(0),
  /** Sum of the fragments' durations. */
  mediaDurationTicks: z.int().positive(),
  tracks: Tracks,
  fragments: z.array(Fragment).min(1).max(10_000),
});
export type ParsedSegment = z.infer<typeof ParsedSegment>;

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal characters");

/** No segment is longer, ms: what finds the segments of a moment need not look back further. */
export const LONGEST_SEGMENT_MS = 3_600_000;

/** A closed segment: its bytes, its identity and its place on the wall clock. */
export const Segment = ParsedSegment.extend({
  cameraId: CameraId,
  runId: RunId,
  sequence: Sequence,
  /** Number of fragments in the run before this segment: makes media sequence numbers the same for every reader. */
  firstFragment: z.int().min(0),
  /** Wall-clock time of the first video frame. */
  startMs: z.int().positive(),
  /** SHA-256 of the bytes as they were recorded, lower-case hex. */
  sha256: Sha256.optional(),
  /**
   * The link of the segment that the camera recorded before this one (chain.ts); null for the camera's first, and
   * where that is not known. Undefined for one that an earlier version has closed.
   */
  previous: Sha256.nullable().optional(),
  /** From `startMs` to the next segment's: media duration corrected by at most 500 ppm. */
  wallDurationMs: z.int().positive().max(LONGEST_SEGMENT_MS),
});
export type Segment = z.infer<typeof Segment>;

/** Tracks in a few characters, as the log keeps them: `avc1.64001f 1280x720 mp4a.40.2`, without the last when silent. */
export const TracksText = z
  .string()
  .max(160)
  .regex(/^\S{1,64} [1-9]\d{0,5}x[1-9]\d{0,5}( \S{1,64})?$/, "must be like 'avc1.64001f 1280x720 mp4a.40.2'");

export function tracksText({ video: { codec, width, height }, audio }: Tracks): string {
  return `${codec} ${width}x${height}${audio ? ` ${audio.codec}` : ""}`;
}

/** `text`: a {@link TracksText}. */
export function tracksOf(text: string): Tracks {
  const [codec, size, audio] = text.split(" ") as [string, string, string | undefined];
  const [width, height] = size.split("x").map(Number) as [number, number];
  return { video: { codec, width, height }, audio: audio === undefined ? null : { codec: audio } };
}

/** Whether two descriptions of video are the same, so that one decoder set-up plays both. */
export function sameVideo(a: Tracks["video"], b: Tracks["video"]): boolean {
  return a.codec === b.codec && a.width === b.width && a.height === b.height;
}

/** The longest hole between neighbours that is taken for the uncertainty of a last frame's duration, ms. */
export const BRIDGE_MS = 2_000;
