/**
 * Listens to a media element: its events, each frame that it shows, and the passing of time while it plays. The
 * element is the truth about playback; this only passes on what it reports.
 */

export type MediaReport = {
  /** Time has passed or moved: about ten times a second while it plays, and at every change. */
  onTime(): void;
  /** Paused, speed or volume changed. */
  onControls(): void;
  /** Out of data (true), or going on (false). */
  onStall(stalled: boolean): void;
  onSeeking(): void;
  /** A picture is there: the first of a source, or the one sought. */
  onPicture(): void;
  /** The first picture of a source is there; the element is paused, whatever it did before. */
  onSource(): void;
  onEnded(): void;
  /** A frame came to the screen; `mediaTimeS` is its time in the media, s. */
  onFrame(mediaTimeS: number): void;
};

/** How often time is reported while it plays, ms. */
const TIME_EVERY_MS = 100;

/** Watches until `signal` aborts. */
export function watchMedia(video: HTMLVideoElement, report: MediaReport, signal: AbortSignal): void {
  const on = (types: string[], listener: () => void) => {
    for (const type of types) video.addEventListener(type, listener, { signal });
  };
  on(["play", "pause", "ratechange", "volumechange"], report.onControls);
  on(["timeupdate", "seeked", "loadeddata", "pause"], report.onTime);
  on(["waiting"], () => report.onStall(true));
  on(["playing", "canplay", "pause", "emptied"], () => report.onStall(false));
  on(["seeking"], report.onSeeking);
  on(["loadeddata", "seeked", "playing"], report.onPicture);
  on(["loadeddata"], report.onSource);
  on(["ended"], report.onEnded);
  watchTime(video, report.onTime, signal);
  watchFrames(video, report.onFrame, signal);
}

function watchTime(video: HTMLVideoElement, onTime: () => void, signal: AbortSignal): void {
  let request = 0;
  let reportedMs = 0;
  const turn = (nowMs: number) => {
    request = 0;
    if (signal.aborted || video.paused) return;
    if (nowMs - reportedMs >= TIME_EVERY_MS) {
      reportedMs = nowMs;
      onTime();
    }
    request = requestAnimationFrame(turn);
  };
  const start = () => {
    if (request === 0) request = requestAnimationFrame(turn);
  };
  video.addEventListener("playing", start, { signal });
  signal.addEventListener("abort", () => cancelAnimationFrame(request), { once: true });
}

function watchFrames(
  video: HTMLVideoElement,
  onFrame: (mediaTimeS: number) => void,
  signal: AbortSignal,
): void {
  // Missing in some browsers: frame steps then assume a usual frame rate.
  if (!("requestVideoFrameCallback" in video)) return;
  let request = 0;
  const next = (_now: number, { mediaTime }: VideoFrameCallbackMetadata) => {
    onFrame(mediaTime);
    request = video.requestVideoFrameCallback(next);
  };
  request = video.requestVideoFrameCallback(next);
  signal.addEventListener("abort", () => video.cancelVideoFrameCallback(request), { once: true });
}
