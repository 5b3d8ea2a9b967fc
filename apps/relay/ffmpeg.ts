/**
 * What can be asked of FFmpeg without recording: its version, and what an input holds. Everything it prints is
 * redacted before it goes anywhere.
 */

import { type Guard, signalGroup, spawnGuarded } from "@rokuga/runtime/guard.ts";
import { redact } from "@rokuga/runtime/redact.ts";
import type { CameraInput } from "./camera_config.ts";
import { type InputCodecs, type InputOptions, inputArguments } from "./ffmpeg_arguments.ts";

export type FfmpegOutput = { code: number | null; stdout: Buffer; stderr: string };

export type RunOptions = { guard: Guard; signal: AbortSignal; timeoutMs: number };

/** Runs FFmpeg to its end. Rejects when it cannot be started; a time-out or the signal ends it. */
export async function runFfmpeg(
  path: string,
  args: readonly string[],
  options: RunOptions,
): Promise<FfmpegOutput> {
  const { guard, timeoutMs } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]);
  signal.throwIfAborted();
  const child = spawnGuarded(guard, path, args, {
    stdio: ["ignore", "pipe", "pipe"],
    deathSignal: "SIGKILL",
  });
  const kill = () => child.pid !== undefined && signalGroup(child.pid, "SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  try {
    const stdout: Buffer[] = [];
    let stderr = "";
    child.stdout?.on("data", (chunk) => stdout.push(chunk));
    child.stderr?.on("data", (chunk) => (stderr += chunk));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", (cause) =>
        reject(new Error(`Cannot run FFmpeg (${path}): set FFMPEG_PATH to it`, { cause })),
      );
      child.once("close", resolve);
    });
    return { code, stdout: Buffer.concat(stdout), stderr: redact(stderr) };
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

export type FfmpegVersion = { text: string; major: number };

/** The version of an FFmpeg. Builds from a repository's head have no number: they count as old. */
export async function ffmpegVersion(
  path: string,
  options: Omit<RunOptions, "timeoutMs">,
): Promise<FfmpegVersion> {
  const { stdout } = await runFfmpeg(path, ["-hide_banner", "-version"], { ...options, timeoutMs: 10_000 });
  const text = /^ffmpeg version (\S+)/.exec(stdout.toString())?.[1];
  if (!text) throw new Error(`Cannot use ${path} as FFmpeg: it does not answer -version as FFmpeg does`);
  return { text, major: Number(/^n?(\d+)\./.exec(text)?.[1] ?? 4) };
}

export type ProbeResult = { ok: true; codecs: InputCodecs } | { ok: false; reason: string };

/** How long a camera may take to say what it sends, ms. */
const PROBE_MS = 20_000;

type ProbeOptions = Omit<RunOptions, "timeoutMs"> & InputOptions;

/** Asks an input what it holds, by letting FFmpeg open it without an output. */
export async function probeInput(
  path: string,
  input: CameraInput,
  options: ProbeOptions,
): Promise<ProbeResult> {
  const { stderr } = await runFfmpeg(path, ["-nostdin", "-hide_banner", ...onceArguments(input, options)], {
    ...options,
    timeoutMs: PROBE_MS,
  });
  options.signal.throwIfAborted();
  const codecs = parseCodecs(stderr);
  return codecs ? { ok: true, codecs } : { ok: false, reason: explainFailure(stderr) };
}

/** The arguments of an input that is looked at once: real speed and loops have no meaning then. */
function onceArguments(input: CameraInput, options: InputOptions): string[] {
  return inputArguments(input, options).filter((argument, index, all) => {
    return argument !== "-re" && argument !== "-stream_loop" && all[index - 1] !== "-stream_loop";
  });
}

export type InputLook =
  | { ok: true; codecs: InputCodecs; size: string | undefined; fps: number | undefined; jpeg: Buffer }
  | { ok: false; reason: string };

/** How wide the picture of a look is at most, pixels. */
const LOOK_WIDTH = 960;

/** Opens an input and takes one picture of it. */
export async function lookAtInput(
  path: string,
  input: CameraInput,
  options: ProbeOptions,
): Promise<InputLook> {
  const timedOut = AbortSignal.timeout(PROBE_MS);
  const args = [
    ...["-nostdin", "-hide_banner", ...onceArguments(input, options)],
    ...["-map", "0:v:0", "-frames:v", "1", "-vf", `scale=w='min(iw,${LOOK_WIDTH})':h=-2`],
    ...["-c:v", "mjpeg", "-q:v", "4", "-f", "mjpeg", "pipe:1"],
  ];
  const { stdout, stderr } = await runFfmpeg(path, args, { ...options, timeoutMs: PROBE_MS });
  options.signal.throwIfAborted();
  const description = stderr.split(/^Output #/m)[0]!;
  const codecs = parseCodecs(description);
  if (codecs && stdout.length > 0) return { ok: true, codecs, ...parsePicture(description), jpeg: stdout };
  if (timedOut.aborted) {
    const seconds = PROBE_MS / 1000;
    return { ok: false, reason: `there was no picture within ${seconds} s` };
  }
  return { ok: false, reason: explainFailure(stderr) };
}

/** Size and frame rate of the first video in FFmpeg's description of an input, as it says them. */
export function parsePicture(description: string): { size: string | undefined; fps: number | undefined } {
  const line = /^\s*Stream #\d+:\d+.*?: Video: .*$/m.exec(description)?.[0] ?? "";
  const fps = Number(/ ([\d.]+) fps\b/.exec(line)?.[1]);
  return { size: /, (\d{2,5}x\d{2,5})\b/.exec(line)?.[1], fps: fps > 0 ? fps : undefined };
}

/** The first video and audio codec of FFmpeg's description of an input. Undefined without video. */
export function parseCodecs(description: string): InputCodecs | undefined {
  const video = /^\s*Stream #\d+:\d+.*?: Video: (\w+)/m.exec(description)?.[1];
  const audio = /^\s*Stream #\d+:\d+.*?: Audio: (\w+)/m.exec(description)?.[1];
  return video ? { video, audio } : undefined;
}

const EXPLANATIONS: [RegExp, string][] = [
  [/401 Unauthorized|authorization failed/i, "the camera refused the user name or password (401)"],
  [/403 Forbidden/i, "the camera forbids access (403)"],
  [/404 (Stream )?Not Found/i, "the camera has nothing at this path (404)"],
  [/461 Unsupported Transport/i, "the camera does not offer this transport: set transport: udp or tcp"],
  [/Connection refused/i, "nothing listens at the camera's address (connection refused)"],
  [/No route to host|Network is unreachable/i, "there is no way to the camera's address"],
  [
    /Name or service not known|Failed to resolve hostname|Temporary failure in name resolution/i,
    "the camera's host name is not known",
  ],
  [/timed out/i, "the camera does not answer (time-out)"],
  [/No such file or directory/i, "there is no such file or device"],
  [/Device or resource busy/i, "the device is in use by another program"],
  [/Permission denied/i, "no permission to open it"],
  [/No space left on device/i, "the disk is full"],
  [/Invalid data found|moov atom not found/i, "what it sends is not video that FFmpeg can read"],
];

/** Why FFmpeg failed, in words for the camera's owner, from what it printed (already redacted). */
export function explainFailure(output: string): string {
  const known = EXPLANATIONS.find(([pattern]) => pattern.test(output));
  if (known) return known[1];
  const last = output.trim().split("\n").at(-1)?.trim();
  return last ? `FFmpeg says: ${last.slice(0, 300)}` : "it gave no video";
}
