/**
 * The arguments that FFmpeg gets, as pure functions. Video is copied when it is H.264 or H.265, otherwise (and
 * for webcams and the synthetic camera) encoded to H.264; audio is copied when it is AAC, otherwise encoded to
 * it. The output is MPEG-TS cut into segments at keyframes, with timestamps that go on from file to file.
 */
import { pictureClockFilter } from "@rokuga/media/picture_clock.ts";
import type { CameraConfig, CameraInput } from "./camera_config.ts";

/** What FFmpeg says an input holds: names of its decoders (`h264`, `hevc`, `aac`, `pcm_alaw`, …). */
export type InputCodecs = { video: string; audio: string | undefined };

/**
 * Time-out on connecting to and reading from a camera, µs as FFmpeg takes it. FFmpeg 5.1 waits twice as long before
 * it gives up on a silent camera: that is to come before the watchdog, which cannot tell a silent camera from an
 * FFmpeg that hangs.
 */
const RTSP_TIMEOUT_US = 5_000_000;

/** Encoded video gets a keyframe at least this often, s: it bounds how exactly one can seek. */
const KEYFRAME_SECONDS = 2;

const isNetworkInput = (input: CameraInput) => "rtsp" in input;

/** Whether the codecs of an input must be looked up before it can be recorded. */
export const needsProbe = (input: CameraInput) => isNetworkInput(input) || "file" in input;

export type InputOptions = {
  /** Major version of FFmpeg: the RTSP time-out was called `stimeout` before 5. */
  ffmpegMajor: number;
  platform: NodeJS.Platform;
  /** Now, ms since the epoch, for the synthetic camera's clock. */
  nowMs: number;
};

/** Arguments up to and including `-i`. */
export function inputArguments(input: CameraInput, { ffmpegMajor, platform, nowMs }: InputOptions): string[] {
  if ("rtsp" in input) {
    const timeout = ffmpegMajor >= 5 ? "-timeout" : "-stimeout";
    return ["-rtsp_transport", input.transport, timeout, String(RTSP_TIMEOUT_US), "-i", input.rtsp];
  }
  if ("webcam" in input) return webcamArguments(input, platform);
  if ("file" in input) return ["-re", "-stream_loop", "-1", "-i", input.file];
  const { size, fps } = input;
  const width = Number(size.split("x")[0]);
  const picture = `testsrc2=size=${size}:rate=${fps},${pictureClockFilter({ startMs: nowMs, fps, width })}`;
  return [
    "-re",
    "-f",
    "lavfi",
    "-i",
    picture,
    "-re",
    "-f",
    "lavfi",
    "-i",
    "sine=frequency=220:sample_rate=48000,volume=0.05",
  ];
}

function webcamArguments(
  input: Extract<CameraInput, { webcam: string }>,
  platform: NodeJS.Platform,
): string[] {
  const { webcam, size, fps, format } = input;
  const mode = ["-framerate", String(fps), "-video_size", size];
  switch (platform) {
    case "darwin":
      return [
        "-f",
        "avfoundation",
        ...mode,
        ...(format ? ["-pixel_format", format] : []),
        "-i",
        `${webcam}:none`,
      ];
    case "win32":
      return ["-f", "dshow", ...mode, ...(format ? ["-pixel_format", format] : []), "-i", `video=${webcam}`];
    default:
      return ["-f", "v4l2", ...(format ? ["-input_format", format] : []), ...mode, "-i", webcam];
  }
}

/**
 * AAC frames have 1024 samples: at the 8 kHz of G.711 one lasts 128 ms, and the muxer holds video back until the
 * audio beside it is there. At 48 kHz it is 21 ms.
 */
const ENCODE_AUDIO = ["-c:a", "aac", "-b:a", "64k", "-ac", "1", "-ar", "48000"];

/** Arguments for the codecs of the output. `codecs` is what a probe found; absent for inputs that are always encoded. */
export function codecArguments(camera: CameraConfig, codecs: InputCodecs | undefined): string[] {
  const { input } = camera;
  const copyVideo = codecs !== undefined && ["h264", "hevc"].includes(codecs.video);
  const video = copyVideo ? ["-c:v", "copy"] : ENCODE_VIDEO;
  if (!camera.audio || "webcam" in input || (codecs && codecs.audio === undefined)) return [...video, "-an"];
  return [...video, ...(codecs?.audio === "aac" ? ["-c:a", "copy"] : ENCODE_AUDIO)];
}

/** Access unit delimiters: types of NAL units (ITU-T H.264 table 7-1, H.265 table 7-1). */
const DELIMITER_TYPES: Readonly<Record<string, number>> = { h264: 9, hevc: 35 };

/**
 * What copied video of a network camera may lack. Not for files: theirs need not be in the format of annex B.
 *
 * A camera that tells its parameter sets at the start of the connection only: the muxer puts them in front of IDR
 * pictures by itself, `dump_extra` in front of keyframes that are none (intra refresh, open GOP), without which no
 * segment but the first could be decoded. It looks whether a frame begins with them, so the delimiter, which
 * would be first, is taken off; the muxer writes one again. A camera with B-frames: FFmpeg does not know the PTS of
 * the first frame, and refuses to write it (tried on 5.1).
 */
function copyFilters(input: CameraInput, { codecs, ffmpegMajor }: CaptureOptions): string[] {
  const delimiter = codecs && DELIMITER_TYPES[codecs.video];
  if (!isNetworkInput(input) || delimiter === undefined || ffmpegMajor < 5) return [];
  const filters = [
    `filter_units=remove_types=${delimiter}`,
    "dump_extra=freq=keyframe",
    "setts=pts=if(eq(PTS\\,NOPTS)\\,DTS\\,PTS)",
  ];
  return ["-bsf:v", filters.join(",")];
}

/** By time and not by number of frames: what an input says of its frame rate need not be true. */
const ENCODE_VIDEO = [
  ...[
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-tune",
    "zerolatency",
    "-profile:v",
    "main",
    "-pix_fmt",
    "yuv420p",
  ],
  ...["-crf", "24", "-maxrate", "2M", "-bufsize", "4M", "-threads", "2", "-sc_threshold", "0"],
  ...["-force_key_frames", `expr:gte(t,n_forced*${KEYFRAME_SECONDS})`],
];

export type CaptureOptions = InputOptions & { codecs: InputCodecs | undefined; outputDirectory: string };

/** All arguments of the FFmpeg that records one run of a camera into `<outputDirectory>/<sequence>.ts`. */
export function captureArguments(camera: CameraConfig, options: CaptureOptions): string[] {
  const synthetic = "synthetic" in camera.input;
  return [
    ...["-nostdin", "-hide_banner", "-nostats", "-loglevel", "warning"],
    ...inputArguments(camera.input, options),
    ...["-map", "0:v:0", "-map", synthetic ? "1:a:0" : "0:a:0?"],
    ...codecArguments(camera, options.codecs),
    ...copyFilters(camera.input, options),
    // No data or subtitle tracks, and nothing of the input's metadata (it may name the camera's address).
    ...["-dn", "-sn", "-map_metadata", "-1"],
    ...["-f", "segment", "-segment_format", "mpegts", "-segment_time", String(camera.segment_seconds)],
    // One muxer for the whole run: continuity counters and timestamps go on from file to file.
    ...["-individual_header_trailer", "0", "-muxdelay", "0", "-muxpreload", "0"],
    // Video is not held back for audio that comes late by more than this, µs: what is recorded is seen at once.
    ...["-max_interleave_delta", "100000"],
    ...["-segment_start_number", "0", `${options.outputDirectory}/%d.ts`],
  ];
}
