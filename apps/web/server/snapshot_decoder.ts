/**
 * Decodes a keyframe to a JPEG: one FFmpeg for each picture, which gets the bytes on its standard input and is ended
 * when it takes too long or nobody waits any more. The number of them is bounded elsewhere.
 */
import { buffer, text } from "node:stream/consumers";
import { type Guard, signalGroup, spawnGuarded } from "@rokuga/runtime/guard.ts";
import { redact } from "@rokuga/runtime/redact.ts";

/** How long one picture may take, ms: usually a tenth of a second. */
const LIMIT_MS = 10_000;
/** FFmpeg's scale, 2 (best) to 31. */
const QUALITY = "4";

export type DecodeOptions = {
  /** Pixels at most; undefined for as many as it has. */
  width: number | undefined;
  signal: AbortSignal;
};

/** Gives a JPEG, or undefined when the bytes hold no picture. Throws {@link NoFfmpegError}, Error, the signal's reason. */
export type DecodeSnapshot = (ts: Uint8Array, options: DecodeOptions) => Promise<Uint8Array | undefined>;

/** FFmpeg is not where it should be. */
export class NoFfmpegError extends Error {
  override name = "NoFfmpegError";
}

/** `path`: FFmpeg's, or its name on the PATH. `limitMs`: how long a picture may take. */
export function snapshotDecoder(path: string, guard: Guard, { limitMs = LIMIT_MS } = {}): DecodeSnapshot {
  return async (ts, { width, signal }) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    limit.throwIfAborted();
    const child = spawnGuarded(guard, path, snapshotArguments(width), {
      stdio: ["pipe", "pipe", "pipe"],
      deathSignal: "SIGKILL",
    });
    const kill = () => child.pid !== undefined && signalGroup(child.pid, "SIGKILL");
    limit.addEventListener("abort", kill, { once: true });
    try {
      // It may end before it has read everything: the picture is complete then, or its messages say what was wrong.
      child.stdin!.on("error", () => undefined);
      child.stdin!.end(ts);
      const ended = new Promise<number | null>((resolve, reject) => {
        child.once("error", (cause) => reject(new NoFfmpegError(`Cannot run FFmpeg (${path})`, { cause })));
        child.once("close", resolve);
      });
      const [picture, messages, code] = await Promise.all([
        buffer(child.stdout!),
        text(child.stderr!),
        ended,
      ]);
      signal.throwIfAborted();
      if (picture.length > 0 && code === 0) return picture;
      if (limit.aborted) throw new Error(`FFmpeg did not decode a keyframe within ${limitMs} ms`);
      // A keyframe that cannot stand alone gives no picture and no error.
      if (code === 0 || /Output file is empty|does not contain any stream/.test(messages)) return undefined;
      throw new Error(`FFmpeg could not decode a keyframe: ${redact(messages).trim().slice(-300)}`);
    } finally {
      limit.removeEventListener("abort", kill);
    }
  };
}

/** From MPEG-TS on standard input to one JPEG on standard output. */
export function snapshotArguments(width: number | undefined): string[] {
  return [
    ...["-hide_banner", "-nostats", "-loglevel", "error", "-threads", "1"],
    // Nothing has to be found out: the tables are in front, the picture is behind them.
    ...["-f", "mpegts", "-analyzeduration", "0", "-i", "pipe:0"],
    ...["-map", "0:v:0", "-frames:v", "1"],
    // An even height, which 4:2:0 needs.
    ...(width === undefined ? [] : ["-vf", `scale=w='min(iw,${width})':h=-2`]),
    ...["-c:v", "mjpeg", "-q:v", QUALITY, "-f", "mjpeg", "pipe:1"],
  ];
}
