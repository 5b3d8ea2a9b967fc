/**
 * Plays a playlist with hls.js. Starts loading only where playback is to begin, translates hls.js' errors into
 * the few kinds that the player acts on, and leaves live latency to it: without a latency of our own it keeps
 * the distance to the edge that the playlist's HOLD-BACK asks for.
 * A live playlist lists one run of the camera. When the next one begins, hls.js would place it hours later on
 * its timeline; instead, what is loaded is played to its end, and the player opens what follows.
 */
import type {
  ErrorData,
  default as HlsClass,
  HlsConfig,
  HlsListeners,
  LevelDetails,
  LoadPolicy,
} from "hls.js";
import { fragmentPlacer } from "./hls_fragments.ts";
import type { Engine, Playback, PlaybackFailure, PlaybackOptions } from "./playback.ts";
import { startTime } from "./windows.ts";

/** Seconds of video to have ahead at normal speed; faster playback needs as many times more. */
const AHEAD_S = 30;
const MOST_AHEAD_S = 240;

/** The player repeats playlists itself, and says so to the viewer. */
const ONCE: LoadPolicy = {
  default: { maxTimeToFirstByteMs: 10_000, maxLoadTimeMs: 20_000, timeoutRetry: null, errorRetry: null },
};

/** A reload of a live playlist is answered when there is something new, so it may take long to begin. */
const LIVE_RELOAD: LoadPolicy = {
  default: {
    maxTimeToFirstByteMs: 40_000,
    maxLoadTimeMs: 60_000,
    timeoutRetry: { maxNumRetry: 1, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: 4, retryDelayMs: 1_000, maxRetryDelayMs: 8_000 },
  },
};

const FRAGMENT: LoadPolicy = {
  default: {
    maxTimeToFirstByteMs: 10_000,
    maxLoadTimeMs: 60_000,
    timeoutRetry: { maxNumRetry: 2, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: 4, retryDelayMs: 1_000, maxRetryDelayMs: 8_000 },
  },
};

export const CONFIG: Partial<HlsConfig> = {
  // Repackaging runs beside the page, so that the timeline stays smooth; the bundler puts the file there.
  workerPath: new URL("hls.js/dist/hls.worker.js", import.meta.url).href,
  autoStartLoad: false,
  maxBufferLength: AHEAD_S,
  maxMaxBufferLength: MOST_AHEAD_S,
  backBufferLength: 60,
  manifestLoadPolicy: ONCE,
  playlistLoadPolicy: LIVE_RELOAD,
  fragLoadPolicy: FRAGMENT,
};

/**
 * A browser opens six connections to a server that speaks HTTP/1.1. Many players that each hold one while they wait for
 * a live list would leave none to the video: one of many asks for the list as it is, once or twice a second at most.
 */
const ONE_OF_MANY: Partial<HlsConfig> = {
  lowLatencyMode: false,
  maxBufferLength: 15,
  xhrSetup(xhr, url) {
    const address = new URL(url, location.href);
    if (!address.searchParams.has("_HLS_msn")) return;
    address.searchParams.delete("_HLS_msn");
    // hls.js opens only what is not open yet.
    xhr.open("GET", address, true);
  },
};

/** A decoder shows no more when less than this is left, s. */
const PLAYED_OUT_S = 0.2;
/** Time for what was loaded to be taken in by the element, ms. */
const APPEND_MS = 1_000;

/** Addresses of media are signed for a while: these answers mean that a new playlist is needed. */
const EXPIRED = new Set([401, 403, 410]);

/**
 * An engine that uses the given hls.js. Its player rests between playbacks and serves the next one, because to make one
 * and to start its worker takes about as long as to load a playlist. One that has failed is not used again.
 */
export function hlsEngine(Hls: typeof HlsClass, { oneOfMany }: { oneOfMany: boolean }): Engine {
  let resting: HlsClass | null = null;
  let disposed = false;
  const rest = (hls: HlsClass) => {
    if (resting || disposed) return hls.destroy();
    hls.stopLoad();
    hls.detachMedia();
    resting = hls;
  };
  return {
    open(options) {
      const hls = resting ?? new Hls(oneOfMany ? { ...CONFIG, ...ONE_OF_MANY } : CONFIG);
      resting = null;
      return open(hls, { Hls, rest, ...options });
    },
    [Symbol.dispose]() {
      disposed = true;
      resting?.destroy();
      resting = null;
    },
  };
}

type HlsOptions = PlaybackOptions & {
  Hls: typeof HlsClass;
  /** Takes back the player of a playback that has ended well. */
  rest: (hls: HlsClass) => void;
};

function open(hls: HlsClass, options: HlsOptions): Playback {
  const { Hls, rest, video, url, at, signal, onReady, onTrouble } = options;
  let started = false;
  let failed = false;
  /** The playlist as long as its run goes on, and where live was in it; hls.js replaces its own. */
  let details: LevelDetails | null = null;
  let syncS: number | null = null;
  let runEnded = false;
  const placed = fragmentPlacer();
  const ending = new AbortController();
  const dispose = () => {
    if (ending.signal.aborted) return;
    ending.abort();
    signal.removeEventListener("abort", dispose);
    if (failed) hls.destroy();
    else rest(hls);
  };
  signal.addEventListener("abort", dispose);
  const on = <E extends keyof HlsListeners>(event: E, listener: HlsListeners[E]) => {
    hls.on(event, listener);
    ending.signal.addEventListener("abort", () => hls.off(event, listener));
  };
  const onFailure = (failure: PlaybackFailure) => {
    failed = true;
    options.onFailure(failure);
  };

  on(Hls.Events.LEVEL_LOADED, (_event, loaded) => {
    if (started) return;
    started = true;
    details = loaded.details;
    syncS = details.live ? hls.liveSyncPosition : null;
    const timeS = startTime(at, { fragments: placed(details), liveSyncS: syncS });
    if (timeS === null) return onFailure({ kind: "outside" });
    hls.startLoad(timeS);
    onReady();
  });
  on(Hls.Events.LEVEL_UPDATED, (_event, updated) => {
    if (runEnded) return;
    if (!details || follows(details, updated.details)) {
      details = updated.details;
      syncS = details.live ? hls.liveSyncPosition : null;
      return;
    }
    runEnded = true;
    hls.stopLoad();
    whenPlayedOut(video, { signal: AbortSignal.any([signal, ending.signal]), onEnd: options.onEnd });
  });
  on(Hls.Events.FRAG_BUFFERED, () => onTrouble(null));
  on(Hls.Events.ERROR, (_event, data) => {
    const failure = failureOf(data, Hls);
    const expired = failure.kind === "network" && EXPIRED.has(failure.status ?? 0);
    const alive = AbortSignal.any([signal, ending.signal]);
    // What is loaded before damaged footage is still worth playing.
    if (data.fatal && failure.kind === "media" && failure.untilMs !== null) {
      whenPlayedOut(video, { signal: alive, onEnd: () => onFailure(failure) });
    } else if (data.fatal || expired) onFailure(failure);
    else if (failure.kind === "network") onTrouble(failure);
    // Other errors that are not fatal are repaired by hls.js; if that does not help, a fatal one follows.
  });
  // It expands variables, so that long addresses of a store say what they share once.
  hls.loadSource(at.kind === "live" ? url : `${url}&define=1`);
  // In this order: to a player that has an element already, another source means to attach it once more.
  hls.attachMedia(video);

  return {
    fragments: () => placed(details),
    liveSyncS: () => (details?.live && !runEnded ? hls.liveSyncPosition : syncS),
    prepareFor(rate) {
      hls.config.maxBufferLength = Math.min(AHEAD_S * Math.max(1, rate), MOST_AHEAD_S);
    },
    recover: () => hls.recoverMediaError(),
    [Symbol.dispose]: dispose,
  };
}

/** Whether a reloaded playlist goes on where the last one was. */
function follows(last: LevelDetails, next: LevelDetails): boolean {
  return next.startSN <= last.endSN + 1 && next.endSN >= last.startSN;
}

/** Calls `onEnd` once when the element has played all it has, with the time of that end. */
function whenPlayedOut(
  video: HTMLVideoElement,
  { signal, onEnd }: { signal: AbortSignal; onEnd: (endS: number) => void },
): void {
  const listening = new AbortController();
  const options = { signal: AbortSignal.any([signal, listening.signal]) };
  const check = () => {
    const endS = bufferEnd(video);
    if (endS - video.currentTime > PLAYED_OUT_S) return;
    listening.abort();
    onEnd(endS);
  };
  for (const type of ["timeupdate", "waiting"]) video.addEventListener(type, check, options);
  // An element that has stopped already reports nothing more; what was loaded last may still be on its way to it.
  const timer = setTimeout(check, APPEND_MS);
  options.signal.addEventListener("abort", () => clearTimeout(timer));
}

/** The end of what is buffered, s; the current time when nothing is ahead. */
function bufferEnd({ buffered, currentTime }: HTMLVideoElement): number {
  return buffered.length === 0 ? currentTime : Math.max(currentTime, buffered.end(buffered.length - 1));
}

function failureOf(data: ErrorData, Hls: typeof HlsClass): PlaybackFailure {
  const { ErrorDetails, ErrorTypes } = Hls;
  const codecErrors: readonly string[] = [
    ErrorDetails.BUFFER_ADD_CODEC_ERROR,
    ErrorDetails.BUFFER_INCOMPATIBLE_CODECS_ERROR,
    ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR,
  ];
  if (codecErrors.includes(data.details)) {
    return { kind: "codec", codec: /codecs="?([^",]+)/.exec(data.mimeType ?? "")?.[1] ?? "?" };
  }
  if (data.type !== ErrorTypes.NETWORK_ERROR) {
    const damaged = data.details === ErrorDetails.FRAG_PARSING_ERROR ? data.frag : undefined;
    const untilMs = damaged?.endProgramDateTime ?? null;
    return { kind: "media", detail: `${data.details}: ${data.error.message}`, untilMs };
  }
  return {
    kind: "network",
    what: data.frag ? "video" : "playlist",
    // hls.js reports 0 when there was no answer.
    status: data.response?.code || null,
    timedOut: /timeout/i.test(data.details),
  };
}
