/** Cameras for benchmarks: a clip of 2 Mbit/s, made once, that FFmpeg plays in a loop at its own speed and copies. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export const BITRATE = 2_000_000;

/** Makes the clip: 60 s of H.264 with a keyframe every 2 s, and AAC. */
export function makeClip(directory: string): string {
  const path = join(directory, "clip.mp4");
  const video = ["-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=15,noise=alls=12:allf=t"];
  const audio = ["-f", "lavfi", "-i", "sine=frequency=220:sample_rate=48000"];
  const encode = [
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-b:v",
    "1950k",
    "-minrate",
    "1950k",
    "-maxrate",
    "1950k",
  ];
  const rest = [
    "-bufsize",
    "2M",
    "-nal-hrd",
    "cbr",
    "-g",
    "30",
    "-sc_threshold",
    "0",
    "-c:a",
    "aac",
    "-b:a",
    "48k",
  ];
  execFileSync("ffmpeg", ["-v", "error", ...video, ...audio, "-t", "60", ...encode, ...rest, path], {
    stdio: "inherit",
  });
  return path;
}

export function cameraList(clip: string, count: number, segmentSeconds: number): string {
  const entries = Array.from({ length: count }, (_, index) =>
    [
      `  - id: camera-${index}`,
      `    input: { file: ${clip} }`,
      `    segment_seconds: ${segmentSeconds}`,
    ].join("\n"),
  );
  return `cameras:\n${entries.join("\n")}\n`;
}
