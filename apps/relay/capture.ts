/**
 * One attempt at recording: one FFmpeg process, from its start to its end. How it ended is data; whether and
 * when to try again is the supervisor's business.
 */
import { createInterface } from "node:readline";
import type { RunEndReason } from "@rokuga/media/events.ts";
import { type Guard, signalGroup, spawnGuarded } from "@rokuga/runtime/guard.ts";
import { redact } from "@rokuga/runtime/redact.ts";
import { explainFailure } from "./ffmpeg.ts";

export type CaptureExit = {
  reason: RunEndReason;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** One sentence for a person. */
  detail: string;
  /** Whether FFmpeg ended its last file itself, so that it ends with a whole frame. */
  whole: boolean;
};

export type Capture = {
  readonly pid: number | undefined;
  readonly exited: Promise<CaptureExit>;
  /** Ends FFmpeg so that it finishes its file; by force after the grace time. */
  stop(reason: StopReason): void;
};

/** Why the relay ends an FFmpeg: it wrote nothing, it is to stop, the video changed, its files cannot be followed. */
export type StopReason = "stalled" | "stopped" | "changed" | "failed";

/** From SIGTERM to SIGKILL, ms. */
const GRACE_MS = 5_000;
/** Lines of FFmpeg's output that are kept to explain its end. */
const KEPT_LINES = 30;

export function startCapture(guard: Guard, ffmpegPath: string, args: readonly string[]): Capture {
  const child = spawnGuarded(guard, ffmpegPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  const lines: string[] = [];
  let stopped: StopReason | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  if (child.stderr) {
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines.push(redact(line));
      if (lines.length > KEPT_LINES) lines.shift();
    });
  }
  const exited = new Promise<CaptureExit>((resolve) => {
    child.once("error", (error) => {
      const detail = `FFmpeg cannot be run: ${error.message}`;
      resolve({ reason: "failed", code: null, signal: null, detail, whole: false });
    });
    child.once("close", (code, signal) => {
      clearTimeout(killTimer);
      resolve(describeExit({ code, signal, stopped, output: lines.join("\n") }));
    });
  });
  return {
    pid: child.pid,
    exited,
    stop(reason) {
      if (stopped || child.pid === undefined) return;
      stopped = reason;
      const { pid } = child;
      signalGroup(pid, "SIGTERM");
      // A process stopped by SIGSTOP does not see SIGTERM; SIGKILL ends it all the same.
      killTimer = setTimeout(() => signalGroup(pid, "SIGKILL"), GRACE_MS);
    },
  };
}

const STOPPED: Record<StopReason, string> = {
  stopped: "recording was stopped",
  stalled: "the camera sent nothing for too long",
  changed: "the camera sends other video than before",
  failed: "what FFmpeg writes cannot be followed",
};

/** FFmpeg's words for a write that failed with ENOSPC. */
const isDiskFull = (output: string) => /No space left on device/i.test(output);

type ExitFacts = {
  code: number | null;
  signal: NodeJS.Signals | null;
  stopped: StopReason | undefined;
  output: string;
};

/** FFmpeg exits with 0 both at the end of an input and when a server goes away: either is a disconnect. */
export function describeExit({ code, signal, stopped, output }: ExitFacts): CaptureExit {
  // 255 is how FFmpeg exits after a SIGTERM that it could handle.
  const facts = { code, signal, whole: code === 0 || code === 255 };
  if (isDiskFull(output)) return { ...facts, reason: "disk-full", detail: "the disk of the spool is full" };
  if (stopped === "stalled" && signal === "SIGKILL")
    return { ...facts, reason: "hung", detail: "FFmpeg wrote nothing and did not react" };
  if (stopped) return { ...facts, reason: stopped, detail: STOPPED[stopped] };
  if (signal) return { ...facts, reason: "killed", detail: `FFmpeg was ended by ${signal}` };
  if (code === 0) return { ...facts, reason: "disconnected", detail: "the camera closed the connection" };
  return { ...facts, reason: "failed", detail: explainFailure(output) };
}
