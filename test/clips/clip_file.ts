/** What a clip's file says and shows, by FFmpeg: nothing here is ours but the picture clock. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type DecodedClocks, decodeClocks } from "../fixtures/clock_frames.ts";

const run = promisify(execFile);
const SAMPLE_RATE = 48_000;

export type ClipStreamInfo = {
  codec_name: string;
  codec_tag_string: string;
  codec_type: "video" | "audio";
  start_time: string;
  duration: string;
  nb_frames: string;
  width?: number;
  height?: number;
};

export type ClipFile = {
  seconds: number;
  video: ClipStreamInfo;
  audio: ClipStreamInfo | undefined;
  tags: Record<string, string>;
};

/** What ffprobe reads in the file. Throws when it complains of anything. */
export async function probeClip(path: string): Promise<ClipFile> {
  const args = ["-v", "warning", "-show_format", "-show_streams", "-of", "json", path];
  const { stdout, stderr } = await run("ffprobe", args, { timeout: 60_000 });
  if (stderr.trim() !== "") throw new Error(`ffprobe complains of the clip: ${stderr}`);
  const { format, streams } = JSON.parse(stdout) as {
    format: { duration: string; tags: Record<string, string> };
    streams: ClipStreamInfo[];
  };
  return {
    seconds: Number(format.duration),
    video: streams.find(({ codec_type }) => codec_type === "video")!,
    audio: streams.find(({ codec_type }) => codec_type === "audio"),
    tags: format.tags,
  };
}

/** The pictures that a player shows, with the time in each and when in the clip it is shown. */
export async function shownPictures(path: string, nearMs: number): Promise<DecodedClocks> {
  return await decodeClocks(path, { nearMs, signal: AbortSignal.timeout(60_000) });
}

/**
 * When each beep of a part of the clip begins, ms from the part's beginning: its sound as a player gives it, with
 * silence where there is none.
 */
export async function beepsIn(path: string, part: { startMs: number; endMs: number }): Promise<number[]> {
  const seconds = (ms: number) => String(ms / 1000);
  // After a seek FFmpeg begins without the sound before it that decoding needs, also at the beginning.
  const from = part.startMs > 0 ? ["-ss", seconds(part.startMs)] : [];
  const window = [...from, "-t", seconds(part.endMs - part.startMs)];
  const { stdout } = await run(
    "ffmpeg",
    [
      ...["-nostdin", "-v", "error", ...window, "-i", path, "-map", "0:a:0"],
      ...[
        "-af",
        "aresample=async=1:first_pts=0",
        "-ac",
        "1",
        "-ar",
        String(SAMPLE_RATE),
        "-f",
        "s16le",
        "pipe:1",
      ],
    ],
    { encoding: "buffer", maxBuffer: 1 << 28, timeout: 60_000 },
  );
  const samples = new Int16Array(stdout.buffer, stdout.byteOffset, stdout.length >> 1);
  const beeps: number[] = [];
  let lastLoud = Number.NEGATIVE_INFINITY;
  for (const [index, sample] of samples.entries()) {
    if (Math.abs(sample) < LOUD) continue;
    if (index - lastLoud > SAMPLE_RATE / 4) beeps.push((index * 1000) / SAMPLE_RATE);
    lastLoud = index;
  }
  return beeps;
}

/** A quarter of a beep's own level: what the encoder rings before it is quieter. */
const LOUD = 6_000;
