/**
 * Plays the playlist of a share in an element, by hls.js or the browser's own HLS, and tells the wall-clock time of the
 * picture. The element's own controls do the rest.
 */
import { chooseEngine } from "./engines.ts";
import { CONFIG } from "./hls_engine.ts";
import { fragmentPlacer } from "./hls_fragments.ts";
import { wallAt } from "./position.ts";

export type SharedVideoListener = {
  /** The picture is that of this moment, ms. */
  onTime(ms: number): void;
  /** A request was refused with this status, or the video cannot be played (null). */
  onProblem(status: number | null): void;
};

type PlayOptions = { url: string; startMs: number; listener: SharedVideoListener; signal: AbortSignal };

/** Plays until `signal` aborts. Begins where the playlist says, at the shared range's start. */
export async function playShared(video: HTMLVideoElement, options: PlayOptions): Promise<void> {
  const { url, listener, signal } = options;
  const { default: Hls } = await import("hls.js");
  if (signal.aborted) return;
  if (!Hls.isSupported()) return await playNatively(video, options);
  const hls = new Hls({ ...CONFIG, autoStartLoad: true });
  const placed = fragmentPlacer();
  signal.addEventListener("abort", () => hls.destroy(), { once: true });
  hls.on(Hls.Events.ERROR, (_event, { fatal, response }) => {
    const status = response?.code ?? null;
    if (fatal || status === 401 || status === 410) listener.onProblem(status);
  });
  const tell = () => {
    const details = hls.latestLevelDetails;
    const ms = details && wallAt(placed(details), video.currentTime);
    if (ms !== null && ms !== undefined) listener.onTime(ms);
  };
  for (const name of ["timeupdate", "seeking", "seeked"]) video.addEventListener(name, tell, { signal });
  hls.loadSource(url);
  hls.attachMedia(video);
}

/** Where hls.js cannot run (older iPhones); times count on from the range's start, gaps in it are not known here. */
async function playNatively(
  video: HTMLVideoElement,
  { url, startMs, listener, signal }: PlayOptions,
): Promise<void> {
  const engine = await chooseEngine(video, { oneOfMany: false });
  if (!engine) return listener.onProblem(null);
  const dated: HTMLVideoElement & { getStartDate?: () => Date } = video;
  const tell = () => {
    const begunMs = dated.getStartDate?.().getTime() ?? Number.NaN;
    listener.onTime((Number.isNaN(begunMs) ? startMs : begunMs) + video.currentTime * 1000);
  };
  video.addEventListener("timeupdate", tell, { signal });
  video.addEventListener("error", () => listener.onProblem(null), { signal });
  video.src = url;
}
